"""Feasts of Indonesia whose days move, as the library `holidays` knows them."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Final

import holidays

from rewards.moments.facts import Certainty

COUNTRY: Final = "ID"
NAMES: Final = {
    "Eid al-Fitr": "lebaran",
    "Eid al-Fitr Second Day": "lebaran",
    "Eid al-Adha": "idul_adha",
    "Lunar New Year": "imlek",
    "Day of Silence": "nyepi",
    "Vesak Day": "waisak",
}
ESTIMATED_MARK: Final = " (estimated)"

RAMADAN_DECIDED: Final = (
    date(2016, 6, 6), date(2017, 5, 27), date(2018, 5, 17), date(2019, 5, 6), date(2020, 4, 24), date(2021, 4, 13),
    date(2022, 4, 3), date(2023, 3, 23), date(2024, 3, 12), date(2025, 3, 1), date(2026, 2, 19),
)  # fmt: skip
"""First days of fasting as the Minister of Religious Affairs announced them; no holiday, so no library has them."""

Feast = tuple[date, date, Certainty]


@cache
def feasts(code: str, year: int) -> tuple[Feast, ...]:
    """Return (first day, last day, how sure) of each time the feast begins in that year: Lebaran twice in 2033."""
    if code == "ramadan":
        return tuple(fast for near in (year, year + 1) for fast in _fasts_before(near) if fast[0].year == year)
    days = {day: sure for day, name, sure in _moving_days(year) if name == code}
    return tuple((run[0], run[-1], days[run[0]]) for run in _group_into_runs(days))


def _fasts_before(year: int) -> Iterator[Feast]:
    """Yield the month of fasting before each Lebaran of the year: 30 days, unless it was announced otherwise."""
    for lebaran, _, _ in feasts("lebaran", year):
        last = lebaran - timedelta(days=1)
        decided = next((day for day in RAMADAN_DECIDED if 28 <= (last - day).days <= 29), None)
        if decided is not None:
            yield decided, last, Certainty.OFFICIAL
        else:
            yield lebaran - timedelta(days=30), last, Certainty.ESTIMATED


@cache
def _moving_days(year: int) -> tuple[tuple[date, str, Certainty], ...]:
    """Return the moving days; until the state decrees a year's days, its Lebaran and all the others are estimates."""
    named = [
        (day, label)
        for day, labels in sorted(holidays.country_holidays(COUNTRY, years=year, language="en_US").items())
        for label in labels.split("; ")
        if label.removesuffix(ESTIMATED_MARK) in NAMES
    ]
    decreed = not any(label.startswith("Eid al-Fitr") and label.endswith(ESTIMATED_MARK) for _, label in named)
    sure = Certainty.OFFICIAL if decreed else Certainty.ESTIMATED
    return tuple((day, NAMES[label.removesuffix(ESTIMATED_MARK)], sure) for day, label in named)


def _group_into_runs(days: Iterable[date]) -> list[list[date]]:
    """Group days that follow each other."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs
