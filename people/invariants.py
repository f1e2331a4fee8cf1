"""What must hold of people across apps; each violation names the member."""

from __future__ import annotations

from typing import Final

from django.db import connection

from common.violations import Check, Violation
from merchants.facts import MerchantFacts

CHECKS: Final[tuple[Check, ...]] = (
    (
        "M14",
        "members_member",
        "was merged away and has points or wallet money of their own",
        """
        SELECT DISTINCT g.merged_id FROM members_merged g
        JOIN ledger_balance b ON b.merchant_id = %(merchant)s AND b.owner_id = g.merged_id
        WHERE g.merchant_id = %(merchant)s AND g.undone_at IS NULL AND (b.balance <> 0 OR b.held <> 0 OR b.debt <> 0)
        ORDER BY g.merged_id""",
    ),
    (
        "M14",
        "members_member",
        "was merged away, and the ledger does not know with whom their points went",
        """
        SELECT DISTINCT g.merged_id FROM members_merged g
        JOIN ledger_movement t ON t.merchant_id = %(merchant)s AND t.source_kind = 'merge' AND t.source_id = g.merge_id
        WHERE g.merchant_id = %(merchant)s AND g.undone_at IS NULL AND t.owner_id = g.merged_id
        ORDER BY g.merged_id""",
    ),
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return all violations of this merchant, by invariant."""
    found = []
    with connection.cursor() as cursor:
        for invariant, table, message, statement in CHECKS:
            cursor.execute(statement, {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row_id), message) for (row_id,) in cursor.fetchall()]
    return found
