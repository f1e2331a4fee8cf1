"""By which keys birthdays of some days or of a month are found; 29 February is kept on the 28th in common years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from members.rules import birthday_keys_between, birthday_keys_in, birthday_next_on


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 11, 30), date(2026, 12, 2), {1130, 1201, 1202}),
        (date(2026, 12, 31), date(2027, 1, 1), {1231, 101}),
        (date(2026, 2, 27), date(2026, 2, 28), {227, 228, 229}),
        (date(2026, 3, 1), date(2026, 3, 1), {301}),
        (date(2028, 2, 28), date(2028, 2, 28), {228}),
        (date(2028, 2, 29), date(2028, 3, 1), {229, 301}),
    ],
)
def test_birthdays_of_some_days(first: date, last: date, expected: set[int]) -> None:
    assert set(birthday_keys_between(first, last)) == expected


@pytest.mark.parametrize("year", [2027, 2028])
def test_every_birthday_is_found_in_the_days_in_which_it_is_kept(year: int) -> None:
    """Each day of a leap year as a date of birth: in the week ahead exactly when its next birthday is."""
    today, days = date(year, 2, 24), timedelta(days=6)
    keys = set(birthday_keys_between(today, today + days))
    for count in range(366):
        born = date(2000, 1, 1) + timedelta(days=count)
        assert (born.month * 100 + born.day in keys) == (birthday_next_on(born, today) <= today + days), born


def test_a_month_has_all_its_days() -> None:
    assert {229, 201} <= set(birthday_keys_in(2))
    assert not {131, 301} & set(birthday_keys_in(2))
