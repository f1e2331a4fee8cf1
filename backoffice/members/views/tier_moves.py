"""The list's filter by moves between tiers in a month, which the page of these moves leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext

from common.languages import reader_language
from common.quantities import format_day
from members.queries import AmongMembers, members_who_moved
from merchants.facts import MerchantFacts

WAYS: Final = ("up", "down")
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999


@dataclass(frozen=True)
class AskedMoves:
    """Moves of the month that begins on `first`, up or down."""

    first: date
    is_up: bool

    @property
    def end(self) -> date:
        """Return the first day of the next month."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def code(self) -> str:
        """Return it as it is in an address."""
        return f"{self.first:%Y-%m}-{'up' if self.is_up else 'down'}"

    @property
    def words(self) -> str:
        month = format_day(self.first, reader_language()).partition(" ")[2]
        words = gettext("Tier up in %(month)s") if self.is_up else gettext("Tier down in %(month)s")
        return words % {"month": month}

    def among(self, merchant: MerchantFacts) -> tuple[AmongMembers, ...]:
        """Return who moved so."""
        return (members_who_moved(merchant=merchant, first=self.first, end=self.end, is_up=self.is_up),)


def read_moves(code: str) -> AskedMoves | None:
    """Return what the address asks for; None for nothing and for a code that is none."""
    month, _, way = code.rpartition("-")
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return AskedMoves(first, way == "up") if way in WAYS and FIRST_YEAR <= first.year <= LAST_YEAR else None
