"""Rules of sales that need no database: months of validity."""

from __future__ import annotations

from datetime import date

import pytest

from merchants.facts import ExpiryRule
from sales.rules import points_expire_on


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
    found = points_expire_on(
        earned_on=earned, received_on=received, rule=ExpiryRule(months=months), available_on=available
    )
    assert found == last
