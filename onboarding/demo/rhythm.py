"""How full an Indonesian shop is: weekends, paydays, the fasting month, Lebaran, Christmas, double dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Final

from rewards.moments.rules import feasts

WEEKDAYS: Final = (0.9, 0.88, 0.92, 0.95, 1.08, 1.3, 1.22)
"""Monday to Sunday."""
PAYDAY_FROM, PAYDAY_UNTIL = 25, 2
LATE_IN_THE_MONTH: Final = range(17, 24)
BEFORE_LEBARAN: Final = timedelta(days=7)
HOLIDAY: Final = timedelta(days=5)
"""So long after Lebaran many are still with their families."""

USUAL: Final = {"breakfast": 24, "lunch": 22, "afternoon": 32, "groceries": 18, "gifts": 4}
FASTING: Final = {"breakfast": 4, "lunch": 5, "afternoon": 6, "groceries": 22, "gifts": 4, "iftar": 48}
LAST_FASTING_WEEK: Final = {"afternoon": 4, "groceries": 28, "gifts": 10, "iftar": 30, "feast": 40}
CHRISTMAS: Final = {**USUAL, "gifts": 12, "feast": 14}


@cache
def crowd(day: date) -> float:
    """Return how many come on that day compared with an average one; 0 when the shop is closed."""
    season = _season_of(day)
    if season == "lebaran":
        return 0.0
    factor = WEEKDAYS[day.weekday()]
    if day.day >= PAYDAY_FROM or day.day <= PAYDAY_UNTIL:
        factor *= 1.2
    elif day.day in LATE_IN_THE_MONTH:
        factor *= 0.9
    if day.day == day.month and day.month >= 9:
        factor *= 1.15
    return factor * {"fasting": 0.85, "last_week": 1.3, "holiday": 0.6, "christmas": 1.12}.get(season, 1.0)


@cache
def errands_on(day: date) -> Mapping[str, int]:
    """Return what people come for on that day: errand -> weight."""
    return {"fasting": FASTING, "last_week": LAST_FASTING_WEEK, "christmas": CHRISTMAS}.get(_season_of(day), USUAL)


def _season_of(day: date) -> str:
    """Return `fasting`, `last_week`, `lebaran`, `holiday`, `christmas`, or '' for none of these."""
    for year in (day.year - 1, day.year):
        for first, last, _ in feasts("ramadan", year):
            if first <= day <= last:
                return "last_week" if last - day < BEFORE_LEBARAN else "fasting"
        for first, last, _ in feasts("lebaran", year):
            if first <= day <= last:
                return "lebaran"
            if last < day <= last + HOLIDAY:
                return "holiday"
    if day.month == 12 and day.day >= 18:
        return "christmas"
    return ""
