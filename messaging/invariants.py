"""What must hold in the tables of messaging on live data; each violation names the row that breaks it (I19)."""

from __future__ import annotations

from typing import Final

from django.db import connection

from common.violations import Violation
from merchants.facts import MerchantFacts
from messaging.models import Suppression

NOBODY_ELSE: Final = "I19"
NAMED_PER_CHECK: Final = 100

# invariant, table, message, statement that lists the ids breaking it
_STATEMENTS: Final = (
    (
        NOBODY_ELSE,
        "messaging_suppression",
        "was taken away, and the audit trail does not say that anybody lifted it",
        """
        SELECT a.subject_id FROM merchants_auditentry a
        LEFT JOIN messaging_suppression s ON s.merchant_id = %(merchant)s AND s.id = a.subject_id
        WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'suppression' AND a.action = 'address.suppressed'
          AND s.id IS NULL AND NOT EXISTS (
              SELECT FROM merchants_auditentry l WHERE l.merchant_id = %(merchant)s AND l.subject_kind = 'suppression'
                 AND l.subject_id = a.subject_id AND l.action = 'address.unsuppressed')
        ORDER BY a.subject_id""",
    ),
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Every broken row, at most 100 per check; empty when all is well."""
    found = []
    with connection.cursor() as cursor:
        for invariant, table, message, statement in _STATEMENTS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    return found


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """How many rows the checks went over, by table."""
    return {model._meta.db_table: model.objects.filter(merchant_id=merchant.id).count() for model in (Suppression,)}
