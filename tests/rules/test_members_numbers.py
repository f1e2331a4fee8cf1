"""Member and card numbers, birthdays."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import (
    PhoneError,
    birthday_next_on,
    has_check_digit,
    luhn_digit,
    new_member_number,
    normalise_phone,
    show_number,
)


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("4539148803436467", True),
        ("79927398713", True),
        ("79927398710", False),
        ("8273123273520569", False),
        ("0", False),
        ("", False),
        ("12a4", False),
        ("１２３４", False),
    ],
)
def test_check_digits(number: str, right: bool) -> None:
    assert has_check_digit(number) is right


@given(st.text("0123456789", min_size=1, max_size=18), st.data())
def test_one_wrong_digit_is_always_found(digits: str, data: st.DataObject) -> None:
    number = digits + luhn_digit(digits)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert has_check_digit(number)
    assert not has_check_digit(number[:place] + wrong + number[place + 1 :])


def test_new_numbers_are_right_apart_and_no_phone() -> None:
    members = {new_member_number() for _ in range(1_000)}
    assert len(members) == 1_000
    for number in members:
        assert len(number) == 12
        assert has_check_digit(number)
    for number in members:
        for region in ("ID", "GB", "US", "SG", "JP"):
            try:
                stored = normalise_phone(number, region)
            except PhoneError:
                continue
            assert stored != f"+{number}"


def test_a_number_is_shown_in_fours() -> None:
    assert show_number("184212345674") == "1842 1234 5674"


@pytest.mark.parametrize(
    ("born", "today", "next_on"),
    [
        (date(1990, 5, 17), date(2026, 5, 16), date(2026, 5, 17)),
        (date(1990, 5, 17), date(2026, 5, 17), date(2026, 5, 17)),
        (date(1990, 5, 17), date(2026, 5, 18), date(2027, 5, 17)),
        (date(1992, 2, 29), date(2026, 1, 1), date(2026, 2, 28)),
        (date(1992, 2, 29), date(2026, 2, 28), date(2026, 2, 28)),
        (date(1992, 2, 29), date(2026, 3, 1), date(2027, 2, 28)),
        (date(1992, 2, 29), date(2027, 3, 1), date(2028, 2, 29)),
        (date(1992, 2, 29), date(2028, 2, 29), date(2028, 2, 29)),
        (date(1990, 12, 31), date(2026, 12, 31), date(2026, 12, 31)),
        (date(1990, 1, 1), date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_next_birthday(born: date, today: date, next_on: date) -> None:
    assert birthday_next_on(born, today) == next_on


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_the_next_birthday_is_within_a_year(born: date, today: date) -> None:
    next_on = birthday_next_on(born, today)
    assert 0 <= (next_on - today).days <= 366
    assert next_on.month == born.month
