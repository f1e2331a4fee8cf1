"""Moments: days that come again, and what one merchant has said about them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Certainty(StrEnum):
    """How sure a day is: fixed by the calendar, decreed by the state, computed ahead, or said by the merchant."""

    FIXED = "fixed"
    OFFICIAL = "official"
    ESTIMATED = "estimated"
    CHANGED = "changed"


class Repeat(StrEnum):
    YEARLY = "yearly"
    MONTHLY = "monthly"
    DOUBLE = "double"
    """1 January, 2 February ... 12 December."""
    DATED = "dated"
    """Only on the days that were written down."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a moment comes again.

    Yearly: `days` days from `first_day` of `month`. Monthly: from `first_day` to `last_day`, which lies in the next
    month when it is smaller. A day that a month does not have is its last one.
    """

    repeats: Repeat
    month: int | None = None
    first_day: int | None = None
    last_day: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class OwnMoment:
    """A moment the merchant made, or a standard one whose rhythm they changed. `code` is what promotions name."""

    code: str
    name: str
    rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class OwnDates:
    """The merchant's days for one coming of a moment: the `number`-th that begins in `year`, both days included."""

    moment: str
    year: int
    number: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """Everything one merchant has said about moments."""

    moments: tuple[OwnMoment, ...] = ()
    dates: tuple[OwnDates, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One coming of a moment. `year` and `number` name it, also when the merchant moves its days."""

    moment: str
    year: int
    number: int
    first_on: date
    last_on: date
    certainty: Certainty
