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
    (
        "M16",
        "people_breach",
        "has had another step than the audit trail says",
        """
        SELECT b.id FROM people_breach b
        WHERE b.merchant_id = %(merchant)s AND (
            (b.sent_at IS NOT NULL) <> EXISTS (
                SELECT FROM merchants_auditentry a WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'breach'
                  AND a.subject_id = b.id AND a.action = 'breach.letters_sent')
            OR (b.state = 'closed') <> EXISTS (
                SELECT FROM merchants_auditentry a WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'breach'
                  AND a.subject_id = b.id AND a.action = 'breach.closed')
            OR b.due_at <> b.known_at + interval '72 hours')
        ORDER BY b.id""",
    ),
    (
        "M17",
        "people_touchedmember",
        "is said to have been written to, and no mail of this breach is theirs",
        """
        SELECT t.id FROM people_touchedmember t
        LEFT JOIN messaging_outcome o ON o.merchant_id = %(merchant)s AND o.message_id = t.message_id
        WHERE t.merchant_id = %(merchant)s AND t.channel = 'email'
          AND (o.dispatch_id IS DISTINCT FROM t.breach_id OR o.purpose <> 'notice')
        ORDER BY t.id""",
    ),
    (
        "M17",
        "people_breach",
        "is closed, and a member whom it touched was never told",
        """
        SELECT DISTINCT b.id FROM people_breach b
        JOIN people_touchedmember t ON t.merchant_id = %(merchant)s AND t.breach_id = b.id
        WHERE b.merchant_id = %(merchant)s AND b.state = 'closed' AND t.channel = '' AND t.told_at IS NULL
        ORDER BY b.id""",
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
