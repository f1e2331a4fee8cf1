"""Who is a child by the law on personal data: under 18, until the 18th birthday begins where the store is."""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from members.facts import MemberFacts

ADULT_AT: Final = 18
"""Years; a child's data needs the word of a parent or guardian (UU PDP, article 25), and is never made a profile of."""


AGE_BANDS: Final[tuple[tuple[int, int | None], ...]] = (
    (0, ADULT_AT - 1),
    (ADULT_AT, 24),
    (25, 34),
    (35, 44),
    (45, 54),
    (55, 64),
    (65, None),
)
"""Ages in whole years that figures put together, both ends included; None is open."""


def last_birth_date(age: int, today: date) -> date:
    """Return the last date of birth that makes someone `age` today; who was born on 29 February turns on the 28th."""
    year = today.year - age
    if (today.month, today.day) == (2, 28) and isleap(year) and not isleap(today.year):
        return date(year, 2, 29)
    try:
        return today.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def births_between(first_age: int, last_age: int | None, today: date) -> tuple[date | None, date]:
    """Return the first and last date of birth of those who are of these ages today; None: no first one."""
    earliest = None if last_age is None else last_birth_date(last_age + 1, today) + timedelta(days=1)
    return earliest, last_birth_date(first_age, today)


def adult_on(birth_date: date) -> date:
    """Return the 18th birthday, from which on the person is no child; 29 February falls on the 28th."""
    try:
        return birth_date.replace(year=birth_date.year + ADULT_AT)
    except ValueError:
        return date(birth_date.year + ADULT_AT, 2, 28)


def adult_at(birth_date: date, *, zone: str) -> datetime:
    """Return the instant at which the 18th birthday begins."""
    return datetime.combine(adult_on(birth_date), time(), tzinfo=ZoneInfo(zone))


def is_child(birth_date: date | None, *, zone: str, at: datetime) -> bool:
    """Return whether someone born on that day is a child at that instant; unknown birthdays say no."""
    return birth_date is not None and adult_at(birth_date, zone=zone) > at


def birth_date_for_offers(member: MemberFacts, *, on: date) -> date | None:
    """Return the date of birth that offers go by on that day; None for a child, or where the data is only kept."""
    return None if _is_left_alone(member, on) else member.birth_date


def segment_for_offers(member: MemberFacts, *, on: date) -> str | None:
    """Return the segment that offers go by on that day; None for a child, who may stand in one until the night."""
    return None if _is_left_alone(member, on) else member.segment


def _is_left_alone(member: MemberFacts, on: date) -> bool:
    return member.is_restricted or (member.birth_date is not None and adult_on(member.birth_date) > on)
