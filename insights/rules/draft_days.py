"""The past days on which a draft is tried: those on which it ran, or those that stand for the days to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

Window = tuple[tuple[date, date], ...]
WEEK: Final = timedelta(days=7)
ALWAYS: Final = (date.min, date.max)


@dataclass(frozen=True)
class DraftDays:
    """`spans`: the past days on which the draft acts. Each means the day `shift` later, a whole number of weeks.

    `within`: the days of the draft; a day that would mean one outside of them means the nearest of them.
    """

    spans: Window
    shift: timedelta = timedelta(0)
    within: tuple[date, date] = ALWAYS

    def includes(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.spans)

    def day_meant(self, day: date) -> date:
        """Return the day that a past day means: that of the promotions which act beside the draft."""
        first, last = self.within
        return min(max(day + self.shift, first), last)


def draft_days(window: Window, *, days: tuple[date, date], today: date, comes_again: bool) -> DraftDays:
    """Return the past days for a draft with this window; `days` are the first and last day with receipts.

    Days that come again, such as a payday's, are their own example where a whole run of them has passed. Otherwise the
    last receipts stand for the next days of the draft: as many days, on the same weekdays. A draft that runs longer
    than there are receipts takes all of them; one without a day to come takes those of its days that have passed.
    """
    oldest, newest = days
    passed = tuple((first, last) for first, last in window if oldest <= first and last <= newest)
    if comes_again and passed:
        return DraftDays(passed)
    coming = next(((max(first, today), last) for first, last in sorted(window) if last >= today), None)
    if coming is None:
        return DraftDays(window or (ALWAYS,))
    first, last = coming
    if last - first >= newest - oldest:
        weeks = max(0, -(-(first - oldest) // WEEK))
        return DraftDays(((oldest, newest),), weeks * WEEK, coming)
    shift = max(0, -(-(last - newest) // WEEK)) * WEEK
    return DraftDays(((first - shift, last - shift),), shift, coming)
