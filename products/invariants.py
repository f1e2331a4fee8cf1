"""What must hold in the tables of products on live data; each violation names the row that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final
from uuid import UUID

from django.db import connection

from common.text import comparison_key
from common.violations import Violation
from merchants.facts import MerchantFacts
from products.rules import name_key, sku_key

NAMED_PER_CHECK: Final = 100
BATCH: Final = 2_000
MISKEYED: Final = "its keys are not those of its code, name and category, so that it is not found by them"
_TEXTS: Final = """
    SELECT id, sku, name, category, sku_key, name_key, category_key FROM products_product
    WHERE merchant_id = %s AND id > %s ORDER BY id LIMIT %s"""

CHECKS: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        "P6",
        "products_productcost",
        "a version of this day's cost is missing before it",
        """
        SELECT id FROM (
            SELECT id, number, row_number() OVER (PARTITION BY product_id, starts_on ORDER BY number) AS place
            FROM products_productcost WHERE merchant_id = %(merchant)s) numbered
        WHERE number <> place ORDER BY id""",
    ),
)
"""(invariant, table, message, statement listing the ids that break it)."""


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return every broken row, at most 100 per check; empty when all is well."""
    found = []
    with connection.cursor() as cursor:
        for invariant, table, message, statement in CHECKS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    wrong = (row_id for row_id, written, kept in _check_keys(merchant) if written != kept)
    return [
        *found,
        *(Violation("P7", "products_product", row_id, MISKEYED) for row_id in islice(wrong, NAMED_PER_CHECK)),
    ]


def _check_keys(merchant: MerchantFacts) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Yield of each product its id, what its code, name and category are compared by, and the keys that are kept."""
    after = str(UUID(int=0))
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_TEXTS, [merchant.id, after, BATCH])
            rows = cursor.fetchall()
        for row_id, sku, name, category, *kept in rows:
            yield str(row_id), (sku_key(sku), name_key(name), comparison_key(category)), tuple(kept)
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Return how many rows the checks covered, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM products_productcost WHERE merchant_id = %s), "
            "(SELECT count(*) FROM products_product WHERE merchant_id = %s)",
            [merchant.id, merchant.id],
        )
        costs, products = cursor.fetchone()
    return {"products_productcost": costs, "products_product": products}
