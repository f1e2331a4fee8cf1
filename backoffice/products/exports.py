"""Products as a file that the import reads back: its rows, and the job that writes a long one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from imports.operations import TEMPLATE
from merchants.facts import MerchantFacts
from merchants.tasks import JobRun
from merchants.tenancy import merchant_scope
from products.facts import ProductFacts
from products.queries import count_products, products_page

PRODUCTS_EXPORT: Final = "products_export"
FILE_NAME: Final = "products.csv"
BATCH_ROWS: Final = 2_000
COLUMNS: Final = TEMPLATE[0]
"""The headings that the import reads, so that costs can be filled in and brought back."""


@dataclass(frozen=True)
class ProductsExport:
    """What a job of this kind is asked for: the filters of the list."""

    search: str
    category: str
    without_cost: bool
    archived: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ProductsExport:
        return cls(
            search=str(data["search"]),
            category=str(data["category"]),
            without_cost=bool(data["without_cost"]),
            archived=bool(data["archived"]),
        )


def write_products(run: JobRun) -> None:
    """Write the file that a job asks for, with the costs of the day on which it was asked."""
    export, day = ProductsExport.from_json(run.job.parameters), run.merchant.day_of(run.job.asked_at)
    with merchant_scope(run.merchant.id):
        count = count_products(merchant=run.merchant, day=day, **export.to_json())
    run.write_file(
        name=FILE_NAME,
        head=lambda at: [COLUMNS],
        batch=product_batches(run.merchant, export, day),
        total=count,
    )


def product_batches(
    merchant: MerchantFacts, export: ProductsExport, day: date
) -> Callable[[str | None], tuple[list[list[Any]], str | None]]:
    """Return the function that gives the next rows, by code, and the cursor behind them."""

    def batch(after: str | None) -> tuple[list[list[Any]], str | None]:
        found = products_page(merchant=merchant, day=day, after=after, limit=BATCH_ROWS, **export.to_json())
        return _product_cells(merchant, found.products), found.next_after

    return batch


def _product_cells(merchant: MerchantFacts, found: Sequence[ProductFacts]) -> list[list[Any]]:
    digits = merchant.currency_digits

    def shown(amount: int | None) -> int | str:
        if amount is None:
            return ""
        return f"{amount // 10**digits}.{amount % 10**digits:0{digits}d}" if digits else amount

    return [[p.sku, p.name, p.category, shown(p.price_amount), shown(p.cost_amount), ""] for p in found]
