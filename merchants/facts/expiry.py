"""When points and cashback lapse, as a merchant chose it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ExpiryKind(StrEnum):
    """Each point so many months after it was earned, all of a year on one day, or months after the last purchase."""

    FIXED = "fixed"
    CALENDAR = "calendar"
    INACTIVITY = "inactivity"


class ExpiryRounding(StrEnum):
    """Where a last day of `FIXED` or `INACTIVITY` is put: left as it is, or at the end of its month or year."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class ExpiryRule:
    """`months` and `rounding` are those of FIXED and INACTIVITY (None: never), the others those of CALENDAR.

    CALENDAR: what was earned in a year lapses at the end of `end_month`, `kept_years` years later. INACTIVITY: as
    FIXED, and each purchase of the member moves the last day of all that was earned by this rule.
    """

    kind: ExpiryKind = ExpiryKind.FIXED
    months: int | None = 12
    rounding: ExpiryRounding = ExpiryRounding.DAY
    end_month: int = 12
    kept_years: int = 1

    @property
    def follows_purchases(self) -> bool:
        return self.kind is ExpiryKind.INACTIVITY
