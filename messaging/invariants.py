"""What must hold in the tables of messaging on live data; each violation names its row (I18, I19, A6)."""

from __future__ import annotations

from typing import Final

from django.db import connection

from common.violations import Violation
from merchants.facts import MerchantFacts
from messaging.models import Attempt, Dispatch, Message, Suppression

ONE_MAIL: Final = "I18"
NOBODY_ELSE: Final = "I19"
WORK_ASKED_FOR: Final = "A6"
NAMED_PER_CHECK: Final = 100
GUARDS: Final = (
    "message_begins",
    "message_moves",
    "dispatch_moves",
    "attempt_is_allowed",
    "attempt_moves",
    "message_stays",
    "message_attempt_stays",
)

# invariant, table, message, statement that lists the ids breaking it
_STATEMENTS: Final = (
    (
        NOBODY_ELSE,
        "messaging_attempt",
        "was made for a sandbox, which writes to no one",
        """
        SELECT a.id FROM messaging_attempt a JOIN merchants_sandbox s ON s.merchant_id = %(merchant)s
        WHERE a.merchant_id = %(merchant)s ORDER BY a.id""",
    ),
    (
        WORK_ASKED_FOR,
        "messaging_dispatch",
        "its messages wait or are being handed over, and no work asks for it",
        """
        SELECT p.id FROM messaging_dispatch p
        WHERE p.merchant_id = %(merchant)s AND NOT EXISTS (
            SELECT FROM merchants_work w
            WHERE w.merchant_id = %(merchant)s AND w.kind = 'messages' AND w.subject_id = p.id)
          AND EXISTS (
            SELECT FROM messaging_message m
            WHERE m.merchant_id = %(merchant)s AND m.dispatch_id = p.id
              AND (m.state = 'sending' OR p.state = 'open' AND m.state IN ('queued', 'deferred')))
        ORDER BY p.id""",
    ),
    (
        ONE_MAIL,
        "messaging_message",
        "more than one accepted attempt, or one still open beside it",
        """
        SELECT a.message_id FROM messaging_attempt a
        WHERE a.merchant_id = %(merchant)s AND a.state IN ('accepted', 'sending', 'uncertain')
        GROUP BY a.message_id HAVING count(*) > 1
        ORDER BY a.message_id""",
    ),
    (
        ONE_MAIL,
        "messaging_message",
        "its state is not what its attempts say",
        """
        SELECT m.id FROM messaging_message m
        LEFT JOIN messaging_attempt a ON a.merchant_id = %(merchant)s AND a.message_id = m.id
            AND a.state IN ('accepted', 'sending', 'uncertain')
        WHERE m.merchant_id = %(merchant)s
          AND coalesce(a.state, 'none') <> CASE WHEN m.state IN ('accepted', 'sending', 'uncertain') THEN m.state
                                                ELSE 'none' END
        ORDER BY m.id""",
    ),
    (
        ONE_MAIL,
        "messaging_message",
        "its purpose is not that of its dispatch",
        """
        SELECT m.id FROM messaging_message m
        JOIN messaging_dispatch p ON p.merchant_id = %(merchant)s AND p.id = m.dispatch_id
        WHERE m.merchant_id = %(merchant)s AND m.purpose <> p.purpose
        ORDER BY m.id""",
    ),
    (
        NOBODY_ELSE,
        "messaging_attempt",
        "was made for a member and names no consent",
        """
        SELECT a.id FROM messaging_attempt a
        JOIN messaging_message m ON m.merchant_id = %(merchant)s AND m.id = a.message_id
        WHERE a.merchant_id = %(merchant)s AND a.consent_id IS NULL AND m.purpose NOT IN ('staff', 'notice')
        ORDER BY a.id""",
    ),
    (
        NOBODY_ELSE,
        "messaging_attempt",
        "was made for an address that was suppressed before",
        """
        SELECT a.id FROM messaging_attempt a
        JOIN messaging_message m ON m.merchant_id = %(merchant)s AND m.id = a.message_id
        JOIN messaging_suppression s ON s.merchant_id = %(merchant)s AND s.address_hash = m.address_hash
        WHERE a.merchant_id = %(merchant)s AND a.started_at > s.created_at + interval '10 seconds'
        ORDER BY a.id""",
    ),
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
    """Return every broken row, at most 100 per check, and every missing guard; empty when all is well."""
    found = _missing_guards()
    with connection.cursor() as cursor:
        for invariant, table, message, statement in _STATEMENTS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    return found


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Return how many rows the checks covered, by table."""
    return {
        model._meta.db_table: model.objects.filter(merchant_id=merchant.id).count()
        for model in (Dispatch, Message, Attempt, Suppression)
    }


def _missing_guards() -> list[Violation]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A') "
            "AND tgrelid::regclass::text LIKE 'messaging%%'",
            [list(GUARDS)],
        )
        standing = {row[0] for row in cursor.fetchall()}
    return [
        Violation(ONE_MAIL, "pg_trigger", name, "the guard is missing or switched off")
        for name in GUARDS
        if name not in standing
    ]
