"""Rules of sales that need no database: months of validity."""

from __future__ import annotations

from datetime import date

import pytest

from sales.rules import add_months, points_expire_on


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 3, 15), 12, date(2027, 3, 15)),
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2026, 3, 15), 0, date(2026, 3, 15)),
    ],
)
def test_the_same_day_of_a_later_month_or_its_last(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@pytest.mark.parametrize(
    ("months", "received", "available", "last"),
    [
        (None, date(2026, 9, 1), None, None),
        (1, date(2026, 3, 5), None, date(2026, 4, 5)),
        (1, date(2026, 3, 29), None, date(2026, 4, 5)),
        (1, date(2026, 3, 30), None, date(2026, 4, 6)),
        (1, date(2026, 3, 5), date(2026, 5, 1), date(2026, 5, 8)),
        (1, date(2026, 5, 4), date(2026, 5, 1), date(2026, 5, 11)),
    ],
)
def test_late_points_keep_a_week(months: int | None, received: date, available: date | None, last: date | None) -> None:
    earned = date(2026, 3, 5)
    found = points_expire_on(earned_on=earned, received_on=received, valid_months=months, available_on=available)
    assert found == last
