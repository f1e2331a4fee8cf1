"""Birthdays, those of 29 February included."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

BETWEEN_CHANGES: Final = timedelta(days=365)
"""A till replaces a known date of birth once in so many days: each birthday brings gifts."""


def birthday_next_on(birth_date: date, today: date) -> date:
    """Return the next birthday, today included; one on 29 February falls on the 28th in common years."""
    this_year = _birthday_in(birth_date, today.year)
    return this_year if this_year >= today else _birthday_in(birth_date, today.year + 1)


def birth_date_locked_until(changed_on: date | None) -> date | None:
    """Return the first day on which a till may replace the date of birth again; None where it was never replaced."""
    return None if changed_on is None else changed_on + BETWEEN_CHANGES


def _birthday_in(birth_date: date, year: int) -> date:
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
