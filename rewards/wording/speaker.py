"""How figures are written for one reader."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from common.quantities import format_day, format_money, format_points


@dataclass(frozen=True, slots=True)
class Speaker:
    """Writes figures for one reader. `language` is "id" or "en"; `currency` an ISO code.

    `point_value` is what a point pays, as numerator and denominator of the smallest unit; None where nobody said.
    """

    language: str
    currency: str
    point_value: tuple[int, int] | None = None

    def money(self, amount: Any) -> str:
        return format_money(int(amount), self.currency, self.language)

    def points(self, points: Any) -> str:
        return format_points(int(points), self.language)

    def day(self, text: Any) -> str:
        return format_day(date.fromisoformat(str(text)), self.language)
