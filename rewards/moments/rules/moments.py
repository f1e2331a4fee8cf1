"""When moments are: the standard calendar, and what a merchant has changed in it."""

import calendar
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from rewards.moments.facts import Certainty, Occurrence, OwnCalendar, OwnDates, Repeat, Rhythm
from rewards.moments.rules.feasts import feasts

STANDARD: Final[Mapping[str, Rhythm | None]] = {
    "new_year": Rhythm(Repeat.YEARLY, month=1, first_day=1, days=1),
    "imlek": None,
    "ramadan": None,
    "nyepi": None,
    "lebaran": None,
    "waisak": None,
    "idul_adha": None,
    "independence_day": Rhythm(Repeat.YEARLY, month=8, first_day=17, days=1),
    "double_dates": Rhythm(Repeat.DOUBLE),
    "harbolnas": Rhythm(Repeat.YEARLY, month=12, first_day=12, days=1),
    "natal": Rhythm(Repeat.YEARLY, month=12, first_day=25, days=1),
    "payday": Rhythm(Repeat.MONTHLY, first_day=25, last_day=1),
}
"""The moments every merchant has, by the code that promotions name; None for feasts whose days move."""

NOTHING_OWN: Final = OwnCalendar()
CALENDAR_YEARS: Final = range(2010, 2061)
"""What the engine is handed: history that may be imported, and the days ahead for as long as anyone plans."""

Runs = tuple[tuple[date, date], ...]


def is_standard(code: str) -> bool:
    return code in STANDARD


def rhythm_of(code: str, own: OwnCalendar = NOTHING_OWN) -> Rhythm | None:
    """Return when the moment comes again; None for feasts whose days move. Raises KeyError for an unknown moment."""
    changed = next((moment.rhythm for moment in own.moments if moment.code == code), None)
    return STANDARD[code] if changed is None else changed


def occurrences(code: str, years: Iterable[int], own: OwnCalendar = NOTHING_OWN) -> list[Occurrence]:
    """Return every coming of a moment that begins in these years, in order; none for an unknown moment.

    The merchant's days take the place of the standard ones. Fasting ends on the eve of their Lebaran.
    """
    mine = {(dates.year, dates.number): dates for dates in own.dates if dates.moment == code}
    found = []
    for year in years:
        standard = {(year, n): o for n, o in enumerate(_standard_occurrences(code, year, own), start=1)}
        named = sorted(standard.keys() | {key for key in mine if key[0] == year})
        found += [_own_days(mine[key]) if key in mine else replace(standard[key], number=key[1]) for key in named]
    return sorted(found, key=lambda o: (o.first_on, o.number))


def _own_days(dates: OwnDates) -> Occurrence:
    return Occurrence(dates.moment, dates.year, dates.number, dates.first_on, dates.last_on, Certainty.CHANGED)


def _standard_occurrences(code: str, year: int, own: OwnCalendar) -> Iterator[Occurrence]:
    try:
        rhythm = rhythm_of(code, own)
    except KeyError:
        return
    if rhythm is not None:
        for first, last in _days_of(rhythm, year):
            yield Occurrence(code, year, 0, first, last, Certainty.FIXED)
        return
    for first, last, sure in feasts(code, year):
        eve = _eve_of_own_lebaran(last, own) if code == "ramadan" else None
        if eve is not None and eve > first:
            yield Occurrence(code, year, 0, first, eve, Certainty.CHANGED)
        else:
            yield Occurrence(code, year, 0, first, last, sure)


def _eve_of_own_lebaran(last: date, own: OwnCalendar) -> date | None:
    """Return the day before the Lebaran that the merchant has moved, for the month of fasting that leads to it."""
    lebaran = last + timedelta(days=1)
    firsts = [first for first, _, _ in feasts("lebaran", lebaran.year)]
    for dates in own.dates:
        if (dates.moment, dates.year) == ("lebaran", lebaran.year) and firsts[dates.number - 1 :][:1] == [lebaran]:
            return dates.first_on - timedelta(days=1)
    return None


def _days_of(rhythm: Rhythm, year: int) -> Iterator[tuple[date, date]]:
    if rhythm.repeats is Repeat.YEARLY:
        first = _day_of_month(year, rhythm.month or 1, rhythm.first_day or 1)
        yield first, first + timedelta(days=(rhythm.days or 1) - 1)
    elif rhythm.repeats is Repeat.MONTHLY:
        for month in range(1, 13):
            yield _from_to(year, month, rhythm.first_day or 1, rhythm.last_day or 1)
    elif rhythm.repeats is Repeat.DOUBLE:
        for month in range(1, 13):
            yield date(year, month, month), date(year, month, month)


def _from_to(year: int, month: int, first: int, last: int) -> tuple[date, date]:
    following = (year + month // 12, month % 12 + 1)
    return _day_of_month(year, month, first), _day_of_month(*((year, month) if last >= first else following), last)


def _day_of_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def window(first: date, last: date, *, days_before: int = 0, days_after: int = 0) -> tuple[date, date]:
    """Return the days around one coming of a moment on which a promotion runs, both included."""
    return first - timedelta(days=days_before), last + timedelta(days=days_after)


def moment_runs(codes: Iterable[str], own: OwnCalendar = NOTHING_OWN) -> dict[str, Runs]:
    """Return the days of each moment as the engine takes them; a moment without any is left out."""
    found = {code: _runs_of(code, own) for code in sorted(set(codes))}
    return {code: runs for code, runs in found.items() if runs}


@lru_cache(maxsize=1000)
def _runs_of(code: str, own: OwnCalendar) -> Runs:
    return tuple((o.first_on, o.last_on) for o in occurrences(code, CALENDAR_YEARS, own))
