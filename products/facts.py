"""Frozen values about products that cross app borders. Amounts are per unit, in the currency's smallest unit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from common.text import comparison_key

MAX_PRODUCTS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """What is known of a product; None leaves a field as it is. A new product without a name is called by its sku.

    `cost_starts_on` None means today, and then a cost that is in force already adds nothing.
    """

    sku: str
    name: str | None = None
    category: str | None = None
    price_amount: int | None = None
    cost_amount: int | None = None
    cost_starts_on: date | None = None


@dataclass(frozen=True, slots=True)
class ProductText:
    """What is said of one product by hand, whole: None and "" mean that it is not known.

    `never_…`: None leaves it as it is: the person did not touch it, and another may have.
    """

    name: str
    category: str
    price_amount: int | None
    never_discounted: bool | None
    never_earns: bool | None


@dataclass(frozen=True, slots=True)
class SavedProducts:
    """What became of drafts: products by what happened to them, and cost versions added."""

    created: int
    changed: int
    unchanged: int
    costs_added: int

    def to_json(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, int]) -> SavedProducts:
        """Read what `to_json` wrote."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class PricedProduct:
    """A product as a till shows it: no cost."""

    id: UUID
    sku: str
    name: str
    category: str
    price_amount: int | None


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product with its list price and the cost in force on the asked day; None where none was given."""

    id: UUID
    sku: str
    name: str
    category: str
    price_amount: int | None
    cost_amount: int | None
    cost_starts_on: date | None
    archived_at: datetime | None = None

    @property
    def margin_amount(self) -> int | None:
        """Return what the list price leaves; below 0 when it does not even pay the cost."""
        if self.price_amount is None or self.cost_amount is None:
            return None
        return self.price_amount - self.cost_amount


@dataclass(frozen=True, slots=True)
class CostVersion:
    """A cost as it was written: from `starts_on` until the next start. `counts`: none replaced it on its first day."""

    starts_on: date
    cost_amount: int
    recorded_at: datetime
    recorded_by: str
    counts: bool


@dataclass(frozen=True, slots=True)
class ProductsPage:
    """One page of the list by sku; `next_after` continues it, `total` counts up to 10,000."""

    products: tuple[ProductFacts, ...]
    next_after: str | None
    total: int


@dataclass(frozen=True, slots=True)
class CostBook:
    """All costs of a merchant: what a sku is compared by -> (start days, costs), oldest first, one per start day."""

    by_key: Mapping[str, tuple[Sequence[date], Sequence[int]]]

    def on(self, sku: str, day: date) -> int | None:
        """Return the cost in force on `day`, in whatever spelling the till sends the sku; None if no cost is known."""
        known = self.by_key.get(comparison_key(sku) or sku)
        if known is None:
            return None
        position = bisect_right(known[0], day)
        return known[1][position - 1] if position else None


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """A file of products that someone brought; `result` once it is taken in."""

    id: UUID
    filename: str
    content: bytes
    result: SavedProducts | None
