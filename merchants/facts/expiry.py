"""When points and cashback lapse, as a merchant chose it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ExpiryKind(StrEnum):
    """Each point so many months after it was earned, or all points of a year together on one day."""

    FIXED = "fixed"
    CALENDAR = "calendar"


class ExpiryRounding(StrEnum):
    """Where a last day of `FIXED` is put: left as it is, or at the end of its month or year."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class ExpiryRule:
    """`months` and `rounding` are those of FIXED (None: never), `end_month` and `kept_years` those of CALENDAR.

    CALENDAR: what was earned in a year lapses at the end of `end_month`, `kept_years` years later.
    """

    kind: ExpiryKind = ExpiryKind.FIXED
    months: int | None = 12
    rounding: ExpiryRounding = ExpiryRounding.DAY
    end_month: int = 12
    kept_years: int = 1
