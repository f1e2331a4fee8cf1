"""What must hold in the tables of products on live data; each violation names the row that breaks it."""

from __future__ import annotations

from typing import Final

from django.db import connection

from common.violations import Violation
from merchants.facts import MerchantFacts

NAMED_PER_CHECK: Final = 100

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
    """Every broken row, at most 100 per check; empty when all is well."""
    found = []
    with connection.cursor() as cursor:
        for invariant, table, message, statement in CHECKS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    return found


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Rows gone over, by table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM products_productcost WHERE merchant_id = %s", [merchant.id])
        return {"products_productcost": cursor.fetchone()[0]}
