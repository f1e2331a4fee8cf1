"""What must hold in the tables of sales on live data, from the rows up; each violation names the row that breaks it."""

from __future__ import annotations

from typing import Final

from django.db import connection

from common.violations import Check, Violation
from merchants.facts import MerchantFacts
from sales.invariants.awaited_sales import AWAITED
from sales.invariants.batches import BATCHES
from sales.invariants.benefits import BENEFITS
from sales.invariants.parked_returns import PARKED
from sales.invariants.quarantine import QUARANTINE
from sales.invariants.receipts import RECEIPTS
from sales.invariants.till_debts import TILL_DEBTS

NAMED_PER_CHECK: Final = 100
CHECKS: Final[tuple[Check, ...]] = (*RECEIPTS, *BENEFITS, *PARKED, *AWAITED, *TILL_DEBTS, *BATCHES, *QUARANTINE)
"""(invariant, table, message, statement listing the ids that break it)."""

COUNTED: Final = (
    "sale",
    "saleline",
    "refund",
    "refundline",
    "parkedreturn",
    "unmatchedreturn",
    "tilldebt",
    "tilldebtday",
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return every broken row, at most 100 per check; empty when all is well."""
    found = []
    with connection.cursor() as cursor:
        for invariant, table, message, statement in CHECKS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    return found


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Return the number of rows gone over, by table."""
    counts = {}
    with connection.cursor() as cursor:
        for name in COUNTED:
            cursor.execute(f"SELECT count(*) FROM sales_{name} WHERE merchant_id = %s", [merchant.id])  # noqa: S608
            counts[f"sales_{name}"] = cursor.fetchone()[0]
    return counts
