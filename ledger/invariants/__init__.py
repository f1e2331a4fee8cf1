"""Proves the ledger's invariants on live data, from the rows up: nothing that the guards maintain is taken on trust.

docs/ledger.md says what each invariant means. Every check is one set-based statement that returns the rows breaking it.
"""

from __future__ import annotations

from django.db import connection

from common.violations import Violation
from ledger.invariants import book, guards, holds, lots, reversals, seals
from ledger.invariants.check import Check
from merchants.facts import MerchantFacts

CHECKS: tuple[Check, ...] = (
    *guards.CHECKS,
    *book.CHECKS,
    *lots.CHECKS,
    *holds.CHECKS,
    *reversals.CHECKS,
    *seals.CHECKS,
)
NAMED_PER_CHECK = 100
COUNTED = ("account", "transfer", "entry", "lot", "lotuse", "debtmove", "hold", "sealedblock")


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return every broken row, at most 100 per check, in the order of the checks; empty when all is well.

    Sums the whole book: on large merchants open the scope with `allow_long_statements`.
    """
    found = [violation for check in CHECKS for violation in check.run(merchant, NAMED_PER_CHECK)]
    return found + seals.differing_heads(merchant)


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Return how many rows the checks covered, by table."""
    counts = {}
    with connection.cursor() as cursor:
        for name in COUNTED:
            table = f"ledger_{name}"
            cursor.execute(f"SELECT count(*) FROM {table} WHERE merchant_id = %s", [merchant.id])  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts
