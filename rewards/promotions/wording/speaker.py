"""How figures and goods are written for one reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from common.quantities import format_day, format_money, format_points
from rewards.engine.facts import Filter
from rewards.engine.names import name_key
from rewards.promotions.wording.goods import goods_text
from rewards.promotions.wording.names import Words


@dataclass(frozen=True, slots=True)
class Speaker:
    """Writes figures and goods for one reader. `language` is "id" or "en"; `currency` an ISO code.

    `point_value` is what a point pays, as numerator and denominator of the smallest unit; None where it has no value.
    `products`: what a product's code is compared by -> what the product is called; `tiers` in the same way.
    """

    language: str
    currency: str
    point_value: tuple[int, int] | None = None
    products: Mapping[str, str] = field(default_factory=dict)
    tiers: Words = field(default_factory=dict)

    def money(self, amount: Any) -> str:
        return format_money(int(amount), self.currency, self.language)

    def points(self, points: Any) -> str:
        return format_points(int(points), self.language)

    def goods(self, goods: Filter | None) -> str:
        return goods_text(goods, self.products)

    def product(self, sku: str) -> str:
        return self.products.get(name_key(sku)) or sku

    def day(self, text: Any) -> str:
        return format_day(date.fromisoformat(str(text)), self.language)
