"""Birthdays, those of 29 February included."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from typing import Final

BETWEEN_CHANGES: Final = timedelta(days=365)
"""A till replaces a known date of birth once in so many days: each birthday brings gifts."""


def birthday_next_on(birth_date: date, today: date) -> date:
    """Return the next birthday, today included; one on 29 February falls on the 28th in common years."""
    this_year = _birthday_in(birth_date, today.year)
    return this_year if this_year >= today else _birthday_in(birth_date, today.year + 1)


def birthday_key(month: int, day: int) -> int:
    """Return what birthdays are found by: 305 is the fifth of March."""
    return month * 100 + day


def birthday_keys_between(first: date, last: date) -> list[int]:
    """Return the keys of the birthdays kept from `first` to `last`, at most a year; 29 February falls on the 28th."""
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    keys = [birthday_key(day.month, day.day) for day in days]
    is_kept_early = any((day.month, day.day) == (2, 28) and not isleap(day.year) for day in days)
    return [*keys, birthday_key(2, 29)] if is_kept_early else keys


def birthday_keys_in(month: int) -> list[int]:
    """Return the keys of all birthdays in that month."""
    return [birthday_key(month, day) for day in range(1, 32)]


def birth_date_locked_until(changed_on: date | None) -> date | None:
    """Return the first day on which a till may replace the date of birth again; None where it was never replaced."""
    return None if changed_on is None else changed_on + BETWEEN_CHANGES


def _birthday_in(birth_date: date, year: int) -> date:
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
