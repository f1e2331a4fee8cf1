"""Who may do what: each row as the audit trail has it. Violations name the row that differs."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from common.violations import Violation
from merchants.facts import MerchantFacts
from merchants.rules import TEST_SCOPE, TILL_SCOPES

NAMED_PER_CHECK: Final = 100
KNOWN_SCOPES: Final = sorted({*TILL_SCOPES, "write_products", TEST_SCOPE})

CHECKS: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        "A1",
        "merchants_membership",
        "works here in a role that the audit trail does not know",
        """
        SELECT m.id FROM merchants_membership m
        LEFT JOIN LATERAL (
            SELECT a.after ->> 'role' AS role FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'user' AND a.subject_id = m.user_id
              AND (a.after ? 'role' OR a.action = 'staff.ended')
            ORDER BY a.id DESC LIMIT 1) said ON true
        WHERE m.merchant_id = %(merchant)s AND m.is_active AND m.role IS DISTINCT FROM said.role ORDER BY m.id""",
    ),
    (
        "A1",
        "merchants_membership",
        "is invited to another role than the one that was offered",
        """
        SELECT m.id FROM merchants_membership m
        JOIN LATERAL (
            SELECT a.after ->> 'role' AS role FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'user' AND a.subject_id = m.user_id
              AND a.after ? 'role'
            ORDER BY a.id DESC LIMIT 1) said ON true
        WHERE m.merchant_id = %(merchant)s AND m.invited_at IS NOT NULL AND m.role <> said.role ORDER BY m.id""",
    ),
    (
        "A1",
        "merchants_merchant",
        "has no owner who could let others in",
        """
        SELECT m.id FROM merchants_merchant m WHERE m.id = %(merchant)s AND m.sandbox_of_id IS NULL AND NOT EXISTS (
            SELECT FROM merchants_membership s WHERE s.merchant_id = %(merchant)s AND s.is_active AND s.role = 'owner')
        ORDER BY m.id""",
    ),
    (
        "A10",
        "merchants_staffoutlet",
        "works at an outlet that the audit trail does not know of",
        """
        SELECT t.id FROM merchants_staffoutlet t
        LEFT JOIN LATERAL (
            SELECT a.after -> 'outlet_ids' AS ids FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.action = 'staff.outlets_changed'
              AND a.subject_kind = 'user' AND a.subject_id = t.user_id
            ORDER BY a.id DESC LIMIT 1) said ON true
        WHERE t.merchant_id = %(merchant)s AND NOT coalesce(said.ids ? t.outlet_id::text, false) ORDER BY t.id""",
    ),
    (
        "A10",
        "merchants_membership",
        "is tied to fewer outlets than the audit trail says, or to none",
        """
        SELECT m.id FROM merchants_membership m
        JOIN LATERAL (
            SELECT jsonb_array_length(a.after -> 'outlet_ids') AS outlets FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.action = 'staff.outlets_changed'
              AND a.subject_kind = 'user' AND a.subject_id = m.user_id
            ORDER BY a.id DESC LIMIT 1) said ON true
        WHERE m.merchant_id = %(merchant)s AND said.outlets <> (
            SELECT count(*) FROM merchants_staffoutlet t WHERE t.merchant_id = %(merchant)s AND t.user_id = m.user_id)
        ORDER BY m.id""",
    ),
    (
        "A10",
        "merchants_membership",
        "is an owner, who works everywhere, and tied to an outlet",
        """
        SELECT m.id FROM merchants_membership m
        WHERE m.merchant_id = %(merchant)s AND m.role = 'owner' AND EXISTS (
            SELECT FROM merchants_staffoutlet t WHERE t.merchant_id = %(merchant)s AND t.user_id = m.user_id)
        ORDER BY m.id""",
    ),
    (
        "A2",
        "merchants_tillkey",
        "opens the shop although the audit trail never saw it issued",
        """
        SELECT k.id FROM merchants_tillkey k
        WHERE k.merchant_id = %(merchant)s AND k.revoked_at IS NULL AND NOT EXISTS (
            SELECT FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.action = 'till_key.issued' AND a.subject_id = k.till_id
              AND a.after ->> 'key' = k.id::text)
        ORDER BY k.id""",
    ),
    (
        "A2",
        "merchants_tillkey",
        "opens the shop at a till that is closed",
        """
        SELECT k.id FROM merchants_tillkey k
        JOIN merchants_till t ON t.merchant_id = %(merchant)s AND t.id = k.till_id
        WHERE k.merchant_id = %(merchant)s AND k.revoked_at IS NULL AND t.closed_at IS NOT NULL ORDER BY k.id""",
    ),
    (
        "A2",
        "merchants_till",
        "is open at an outlet that is closed",
        """
        SELECT t.id FROM merchants_till t
        JOIN merchants_outlet o ON o.merchant_id = %(merchant)s AND o.id = t.outlet_id
        WHERE t.merchant_id = %(merchant)s AND t.kind = 'pos' AND t.closed_at IS NULL AND o.closed_at IS NOT NULL
        ORDER BY t.id""",
    ),
    (
        "A2",
        "merchants_tillkey",
        "opens the shop although it was revoked",
        """
        SELECT k.id FROM merchants_tillkey k
        JOIN merchants_auditentry a ON a.merchant_id = %(merchant)s AND a.action = 'till_key.revoked'
             AND a.subject_id = k.till_id AND a.after ->> 'key' = k.id::text
        WHERE k.merchant_id = %(merchant)s AND k.revoked_at IS NULL ORDER BY k.id""",
    ),
    (
        "A2",
        "merchants_tillkey",
        "may do other things than those it was issued for",
        """
        SELECT k.id FROM merchants_tillkey k
        LEFT JOIN merchants_auditentry a ON a.merchant_id = %(merchant)s AND a.action = 'till_key.issued'
             AND a.subject_id = k.till_id AND a.after ->> 'key' = k.id::text
        WHERE k.merchant_id = %(merchant)s AND k.revoked_at IS NULL
          AND (NOT k.scopes <@ %(scopes)s::jsonb
               OR a.after ->> 'scopes' <> (SELECT string_agg(value, ', ' ORDER BY value)
                                           FROM jsonb_array_elements_text(k.scopes)))
        ORDER BY k.id""",
    ),
    (
        "A2",
        "merchants_tillkey",
        "opens the shop to another secret than the one it was issued with",
        """
        SELECT k.id FROM merchants_tillkey k
        JOIN merchants_auditentry a ON a.merchant_id = %(merchant)s AND a.action = 'till_key.issued'
             AND a.subject_id = k.till_id AND a.after ->> 'key' = k.id::text AND a.after ? 'digest'
        WHERE k.merchant_id = %(merchant)s AND k.revoked_at IS NULL
          AND a.after ->> 'digest' <> encode(sha256(k.secret_hash), 'hex')
        ORDER BY k.id""",
    ),
    (
        "A9",
        "merchants_tillkey",
        "is a test key and leads to the shop, or none and leads to its sandbox",
        """
        SELECT k.id FROM merchants_tillkey k JOIN merchants_merchant m ON m.id = %(merchant)s
        WHERE k.merchant_id = %(merchant)s AND k.revoked_at IS NULL
          AND (k.scopes ? 'test') <> (m.sandbox_of_id IS NOT NULL AND m.is_in_use)
        ORDER BY k.id""",
    ),
    (
        "A9",
        "merchants_membership",
        "lets a person into a sandbox, which has no staff",
        """
        SELECT s.id FROM merchants_membership s JOIN merchants_merchant m ON m.id = %(merchant)s
        WHERE s.merchant_id = %(merchant)s AND m.sandbox_of_id IS NOT NULL ORDER BY s.id""",
    ),
    (
        "A3",
        "merchants_merchant",
        "has a setting that differs from its newest entry in the audit trail",
        """
        SELECT DISTINCT m.id FROM merchants_merchant m
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (e.key) e.key, e.value FROM merchants_auditentry a
            CROSS JOIN LATERAL jsonb_each(a.after) e
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'merchant'
              AND a.action IN ('merchant.settings_changed', 'merchant.alone_limits_changed')
            ORDER BY e.key, a.id DESC) said
        WHERE m.id = %(merchant)s AND to_jsonb(m) ? said.key AND (to_jsonb(m) -> said.key) IS DISTINCT FROM said.value
        ORDER BY m.id""",
    ),
    (
        "A4",
        "merchants_claimedkey",
        "was claimed and never answered, or its answer was taken away",
        """
        SELECT id FROM merchants_claimedkey
        WHERE merchant_id = %(merchant)s AND (status IS NULL OR body IS NULL OR octet_length(request_fingerprint) <> 32)
        ORDER BY id""",
    ),
    (
        "A4",
        "merchants_sentform",
        "was carried out, and its answer was taken away: sent again it would lead nowhere",
        """
        SELECT id FROM merchants_sentform
        WHERE merchant_id = %(merchant)s AND (answer_url = '' OR octet_length(request_fingerprint) <> 32)
        ORDER BY id""",
    ),
    (
        "A7",
        "merchants_job",
        "was not asked as it is, for the audit trail knows nothing of it or of other rights that it needs",
        """
        SELECT j.id FROM merchants_job j
        WHERE j.merchant_id = %(merchant)s AND NOT EXISTS (
            SELECT FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'job' AND a.subject_id = j.id
              AND a.actor_label = j.asked_by AND a.after -> 'needs' = to_jsonb(j.needs))
        ORDER BY j.id""",
    ),
    (
        "A7",
        "merchants_jobpart",
        "belongs to a file that is not as its job finished it",
        """
        SELECT min(p.id::text) FROM merchants_jobpart p
        JOIN merchants_job j ON j.merchant_id = %(merchant)s AND j.id = p.job_id
        WHERE p.merchant_id = %(merchant)s AND j.finished_at IS NOT NULL
        GROUP BY j.id, j.file_bytes
        HAVING sum(octet_length(p.content) - 29) <> j.file_bytes OR count(*) <> max(p.number)
        ORDER BY 1""",
    ),
    (
        "A8",
        "merchants_approval",
        "was not asked or not decided as it says, for the audit trail knows otherwise",
        """
        SELECT p.id FROM merchants_approval p
        WHERE p.merchant_id = %(merchant)s AND (
            NOT EXISTS (
                SELECT FROM merchants_auditentry a
                WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'approval' AND a.subject_id = p.id
                  AND a.action = 'approval.asked' AND a.actor_label = p.asked_by
                  AND a.actor_id IS NOT DISTINCT FROM CASE p.asker_kind WHEN 'person' THEN p.asked_by_id END)
            OR (p.state <> 'waiting' AND NOT EXISTS (
                SELECT FROM merchants_auditentry a
                WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'approval' AND a.subject_id = p.id
                  AND a.action = 'approval.' || p.state AND a.actor_id IS NOT DISTINCT FROM CASE
                      WHEN p.asker_kind = 'person' OR p.decided_by_id <> p.asked_by_id THEN p.decided_by_id END)))
        ORDER BY p.id""",
    ),
    (
        "A8",
        "merchants_job",
        "is a file with contacts of more members than one person may take alone, and no other person approved it",
        """
        SELECT j.id FROM merchants_job j
        WHERE j.merchant_id = %(merchant)s AND j.kind = 'members_export' AND (j.parameters ->> 'in_full')::boolean
          AND (j.parameters ->> 'count')::bigint > (j.parameters ->> 'limit')::bigint AND NOT EXISTS (
            SELECT FROM merchants_approval p
            WHERE p.merchant_id = %(merchant)s AND p.kind = 'members.export' AND p.subject_id = j.id
              AND p.state = 'approved' AND p.asked_by_id = j.asked_by_id AND p.decided_by_id <> j.asked_by_id)
        ORDER BY j.id""",
    ),
    (
        "A5",
        "merchants_auditentry",
        "does not say who did what",
        """
        SELECT id FROM merchants_auditentry
        WHERE merchant_id = %(merchant)s AND (actor_label = '' OR action = '') ORDER BY id""",
    ),
    (
        "A6",
        "merchants_merchant",
        "has no night to come: its points would not expire, its tiers and segments would stay as they are",
        """
        SELECT m.id FROM merchants_merchant m WHERE m.id = %(merchant)s AND m.is_in_use AND NOT EXISTS (
            SELECT FROM merchants_duework w
            WHERE w.merchant_id = %(merchant)s AND w.kind = 'night' AND w.subject_id IS NULL)
        ORDER BY m.id""",
    ),
    (
        "A6",
        "merchants_job",
        "waits or runs, and no work asks for it",
        """
        SELECT j.id FROM merchants_job j
        WHERE j.merchant_id = %(merchant)s AND j.finished_at IS NULL AND NOT EXISTS (
            SELECT FROM merchants_duework w
            WHERE w.merchant_id = %(merchant)s AND w.kind = 'jobs' AND w.subject_id IS NULL)
        ORDER BY j.id""",
    ),
    (
        "A6",
        "merchants_outboxevent",
        "waits to be handled, and no work asks for it",
        """
        SELECT e.id FROM merchants_outboxevent e
        WHERE e.merchant_id = %(merchant)s AND e.handled_at IS NULL AND NOT EXISTS (
            SELECT FROM merchants_duework w
            WHERE w.merchant_id = %(merchant)s AND w.kind = 'event' AND w.subject_id = e.id)
        ORDER BY e.id""",
    ),
)
"""(invariant, table, message, statement listing the ids that break it)."""


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return every row that differs, at most 100 per check."""
    found = []
    named: dict[str, UUID | str] = {"merchant": merchant.id, "scopes": _json_list(KNOWN_SCOPES)}
    with connection.cursor() as cursor:
        for invariant, table, message, statement in CHECKS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", named)
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    return found


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Return how many rows the checks covered, by table."""
    counts = {}
    with connection.cursor() as cursor:
        for name in (
            "membership",
            "staffoutlet",
            "tillkey",
            "claimedkey",
            "terminalnumber",
            "sentform",
            "auditentry",
            "job",
            "jobpart",
            "duework",
        ):
            table = f"merchants_{name}"
            cursor.execute(f"SELECT count(*) FROM {table} WHERE merchant_id = %s", [merchant.id])  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts


def _json_list(words: list[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
