"""Birthdays, those of 29 February included."""

from __future__ import annotations

from datetime import date


def birthday_next_on(birth_date: date, today: date) -> date:
    """Return the next birthday, today included; one on 29 February falls on the 28th in common years."""
    this_year = _birthday_in(birth_date, today.year)
    return this_year if this_year >= today else _birthday_in(birth_date, today.year + 1)


def _birthday_in(birth_date: date, year: int) -> date:
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
