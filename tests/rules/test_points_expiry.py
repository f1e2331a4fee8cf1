"""When points lapse: so long after they were earned, rounded or not, or all of a year on one day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts import HeldPoints
from ledger.rules import expiry_day, points_expiry_day, points_lapsing
from merchants.facts import ExpiryKind, ExpiryRounding, ExpiryRule

MONTH, YEAR = ExpiryRounding.MONTH, ExpiryRounding.YEAR
CALENDAR = ExpiryKind.CALENDAR


@pytest.mark.parametrize(
    ("earned", "rule", "last"),
    [
        (date(2026, 1, 31), ExpiryRule(months=1), date(2026, 2, 28)),
        (date(2026, 3, 15), ExpiryRule(months=12), date(2027, 3, 15)),
        (date(2026, 3, 15), ExpiryRule(months=None), None),
        (date(2026, 3, 15), ExpiryRule(months=None, rounding=YEAR), None),
        (date(2026, 3, 15), ExpiryRule(months=12, rounding=MONTH), date(2027, 3, 31)),
        (date(2027, 2, 1), ExpiryRule(months=12, rounding=MONTH), date(2028, 2, 29)),
        (date(2026, 12, 31), ExpiryRule(months=12, rounding=MONTH), date(2027, 12, 31)),
        (date(2026, 3, 15), ExpiryRule(months=12, rounding=YEAR), date(2027, 12, 31)),
        (date(2026, 12, 1), ExpiryRule(months=1, rounding=YEAR), date(2027, 12, 31)),
        (date(2026, 1, 1), ExpiryRule(CALENDAR), date(2027, 12, 31)),
        (date(2026, 12, 31), ExpiryRule(CALENDAR), date(2027, 12, 31)),
        (date(2026, 12, 31), ExpiryRule(CALENDAR, kept_years=0), date(2026, 12, 31)),
        (date(2026, 3, 15), ExpiryRule(CALENDAR, end_month=3, kept_years=1), date(2027, 3, 31)),
        (date(2026, 2, 28), ExpiryRule(CALENDAR, end_month=2, kept_years=2), date(2028, 2, 29)),
        (date(2026, 4, 1), ExpiryRule(CALENDAR, end_month=3, kept_years=0), date(2027, 3, 31)),
        (date(2026, 3, 31), ExpiryRule(CALENDAR, end_month=3, kept_years=0), date(2026, 3, 31)),
    ],
)
def test_the_last_day(earned: date, rule: ExpiryRule, last: date | None) -> None:
    assert points_expiry_day(earned, rule) == last


days = st.dates(date(2020, 1, 1), date(2090, 1, 1))
rules = st.builds(
    ExpiryRule,
    kind=st.sampled_from(list(ExpiryKind)),
    months=st.integers(1, 120),
    rounding=st.sampled_from(list(ExpiryRounding)),
    end_month=st.integers(1, 12),
    kept_years=st.integers(0, 5),
)


@given(day=days, later=st.integers(0, 800), rule=rules)
def test_nothing_lapses_before_it_was_earned_and_later_points_never_earlier(
    day: date, later: int, rule: ExpiryRule
) -> None:
    first, second = points_expiry_day(day, rule), points_expiry_day(day + timedelta(days=later), rule)
    assert first is not None
    assert second is not None
    assert day <= first <= second


@given(day=days, months=st.integers(1, 120))
def test_rounding_only_adds_days_and_at_most_a_year(day: date, months: int) -> None:
    plain = expiry_day(day, months)
    assert plain is not None
    for rounding, most in ((ExpiryRounding.DAY, 0), (MONTH, 30), (YEAR, 365)):
        last = points_expiry_day(day, ExpiryRule(months=months, rounding=rounding))
        assert last is not None
        assert 0 <= (last - plain).days <= most
        if rounding is not ExpiryRounding.DAY:
            assert (last + timedelta(days=1)).day == 1


@given(day=days, end_month=st.integers(1, 12), kept_years=st.integers(0, 5))
def test_all_of_a_year_lapses_together(day: date, end_month: int, kept_years: int) -> None:
    last = points_expiry_day(day, ExpiryRule(CALENDAR, end_month=end_month, kept_years=kept_years))
    assert last is not None
    assert last.month == end_month
    assert (last + timedelta(days=1)).day == 1
    if kept_years:
        assert last.year == day.year + kept_years


def test_what_lapses_is_counted_by_its_own_day_or_by_a_rule() -> None:
    held = [
        HeldPoints(date(2026, 1, 10), date(2027, 1, 10), 100),
        HeldPoints(date(2026, 6, 10), date(2027, 6, 10), 20),
        HeldPoints(date(2026, 7, 1), None, 3),
    ]
    assert points_lapsing(held, date(2027, 6, 10)) == 100
    assert points_lapsing(held, date(2027, 6, 11)) == 120
    assert points_lapsing(held, date(2027, 1, 1), rule=ExpiryRule(CALENDAR, kept_years=0)) == 123
    assert points_lapsing(held, date(2027, 1, 1), rule=ExpiryRule(months=None)) == 0
