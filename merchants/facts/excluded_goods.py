"""Goods that take no part in a merchant's program, by the names that tills send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.text import comparison_key


@dataclass(frozen=True, slots=True)
class GoodsNames:
    """Goods by the names that tills send: product codes and categories."""

    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.skus or self.categories)

    def names_code(self, sku: str) -> bool:
        """Say whether a product code is named, in whatever spelling."""
        return comparison_key(sku) in map(comparison_key, self.skus)

    def names_category(self, category: str) -> bool:
        """Say whether a category is named, in whatever spelling; no category is none of them."""
        return bool(category) and comparison_key(category) in map(comparison_key, self.categories)

    def to_json(self) -> dict[str, list[str]]:
        return {"skus": list(self.skus), "categories": list(self.categories)}


@dataclass(frozen=True, slots=True)
class ExcludedGoods:
    """Goods that take no part in the program, such as tobacco: `never_discounted`, `never_earns`, or both."""

    never_discounted: GoodsNames = GoodsNames()
    never_earns: GoodsNames = GoodsNames()

    def to_json(self) -> dict[str, dict[str, list[str]]]:
        return {"never_discounted": self.never_discounted.to_json(), "never_earns": self.never_earns.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ExcludedGoods:
        """Read it from a merchant's engine settings; a missing key names no goods."""
        sides = {
            name: GoodsNames(tuple(goods.get("skus", ())), tuple(goods.get("categories", ())))
            for name in ("never_discounted", "never_earns")
            if (goods := data.get(name)) is not None
        }
        return cls(**sides)
