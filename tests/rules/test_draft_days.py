"""Which past days stand for the days of a draft: tables, no database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from insights.rules.draft_days import ALWAYS, DraftDays, Window, draft_days

TODAY = date(2026, 3, 5)
"""A Thursday; receipts reach from 1 January to the day before."""
DAYS = (date(2026, 1, 1), date(2026, 3, 4))


def of(*window: tuple[date, date], comes_again: bool = False) -> DraftDays:
    return draft_days(window, days=DAYS, today=TODAY, comes_again=comes_again)


@pytest.mark.parametrize(
    ("window", "spans", "weeks"),
    [
        ((ALWAYS,), (DAYS,), 9),
        (((date(2026, 4, 1), date.max),), (DAYS,), 13),
        (((date(2026, 3, 9), date(2026, 3, 15)),), ((date(2026, 2, 23), date(2026, 3, 1)),), 2),
        (((date(2026, 12, 12), date(2026, 12, 12)),), ((date(2026, 2, 28), date(2026, 2, 28)),), 41),
        (((date(2026, 2, 1), date(2026, 3, 10)),), ((date(2026, 2, 26), date(2026, 3, 3)),), 1),
        (((date(2026, 3, 1), date(9998, 1, 1)),), (DAYS,), 9),
        (((date(2026, 2, 1), date(2026, 2, 5)),), ((date(2026, 2, 1), date(2026, 2, 5)),), 0),
        ((), (ALWAYS,), 0),
    ],
    ids=["always", "from_april", "a_week", "a_saturday", "under_way", "for_ever", "over", "moment_without_days"],
)
def test_the_days_that_stand_for_those_of_a_draft(window: Window, spans: Window, weeks: int) -> None:
    found = of(*window)
    assert (found.spans, found.shift) == (spans, timedelta(weeks=weeks))


def test_days_that_come_again_are_their_own_example() -> None:
    paydays = ((date(2026, 1, 25), date(2026, 1, 31)), (date(2026, 2, 25), date(2026, 3, 3)), (TODAY, TODAY))
    found = of(*paydays, comes_again=True)
    assert found.spans == paydays[:2]
    assert found.day_meant(date(2026, 1, 26)) == date(2026, 1, 26)
    assert not found.includes(date(2026, 2, 1))


def test_a_day_stands_for_the_same_weekday_within_the_days_of_the_draft() -> None:
    found = of((date(2026, 4, 1), date(2026, 4, 14)))
    for day in (date(2026, 2, 18), date(2026, 2, 28), date(2026, 3, 3)):
        assert found.includes(day)
        assert found.day_meant(day).isoweekday() == day.isoweekday()
        assert date(2026, 4, 1) <= found.day_meant(day) <= date(2026, 4, 14)
