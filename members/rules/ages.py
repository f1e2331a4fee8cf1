"""Who is a child by the law on personal data: under 18, until the 18th birthday begins where the store is."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

ADULT_AT: Final = 18
"""Years; a child's data needs the word of a parent or guardian (UU PDP, article 25), and is never made a profile of."""


def adult_at(birth_date: date, *, zone: str) -> datetime:
    """Return the instant from which the person is no child: the 18th birthday begins; 29 February falls on the 28th."""
    try:
        birthday = birth_date.replace(year=birth_date.year + ADULT_AT)
    except ValueError:
        birthday = date(birth_date.year + ADULT_AT, 2, 28)
    return datetime.combine(birthday, time(), tzinfo=ZoneInfo(zone))


def is_child(birth_date: date | None, *, zone: str, at: datetime) -> bool:
    """Return whether someone born on that day is a child at that instant; unknown birthdays say no."""
    return birth_date is not None and adult_at(birth_date, zone=zone) > at
