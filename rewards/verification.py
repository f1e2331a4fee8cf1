"""What must hold in the tables of rewards on live data; each violation names the row that breaks it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from ledger.facts import Violation
from merchants.facts import MerchantFacts
from rewards.rules import STANDARD

NAMED_PER_CHECK: Final = 100

CHECKS: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        "I12",
        "rewards_coupon",
        "committed uses differ from the standing redemptions",
        """
        SELECT c.id FROM rewards_coupon c
        LEFT JOIN (SELECT coupon_id, count(*) AS uses FROM rewards_couponredemption
                   WHERE merchant_id = %(merchant)s AND NOT over AND reinstated_at IS NULL GROUP BY coupon_id) r
               ON r.coupon_id = c.id
        WHERE c.merchant_id = %(merchant)s AND c.committed <> coalesce(r.uses, 0)
        ORDER BY c.id""",
    ),
    (
        "I12",
        "rewards_coupon",
        "more uses than allowed",
        """
        SELECT id FROM rewards_coupon
        WHERE merchant_id = %(merchant)s AND committed + reserved > max_uses ORDER BY id""",
    ),
    (
        "I15",
        "rewards_coupon",
        "reserved uses differ from the open reservations",
        """
        SELECT c.id FROM rewards_coupon c
        LEFT JOIN (SELECT coupon_id, count(*) AS held FROM rewards_couponreservation
                   WHERE merchant_id = %(merchant)s AND state = 'open' GROUP BY coupon_id) r ON r.coupon_id = c.id
        WHERE c.merchant_id = %(merchant)s AND c.reserved <> coalesce(r.held, 0)
        ORDER BY c.id""",
    ),
    (
        "R6",
        "rewards_stampcard",
        "the stamps that stand differ from the card's entries",
        """
        SELECT c.id FROM rewards_stampcard c
        LEFT JOIN (SELECT stamp_card_id, sum(change) AS adds_up FROM rewards_stampentry
                   WHERE merchant_id = %(merchant)s GROUP BY stamp_card_id) e ON e.stamp_card_id = c.id
        WHERE c.merchant_id = %(merchant)s AND c.have <> coalesce(e.adds_up, 0)
        ORDER BY c.id""",
    ),
    (
        "R6",
        "rewards_stampentry",
        "more stamps taken back than the sale had given",
        """
        SELECT max(id::text) FROM rewards_stampentry
        WHERE merchant_id = %(merchant)s AND kind IN ('earn', 'return')
        GROUP BY stamp_card_id, sale_id, promotion_id HAVING sum(change) < 0 ORDER BY 1""",
    ),
    (
        "R6",
        "rewards_couponclawback",
        "a coupon taken back as unused can still be used or was used",
        """
        SELECT b.id FROM rewards_couponclawback b
        JOIN rewards_coupon c ON c.merchant_id = %(merchant)s AND c.id = b.coupon_id
        WHERE b.merchant_id = %(merchant)s AND NOT b.failed AND c.state <> 'cancelled'
        ORDER BY b.id""",
    ),
    (
        "I13",
        "rewards_promotionuse",
        "a member used a promotion more often than its latest limit allows",
        """
        SELECT u.id FROM rewards_promotionuse u
        JOIN LATERAL (SELECT (v.definition -> 'usage' ->> 'per_member_limit')::int AS most
                      FROM rewards_promotionversion v
                      WHERE v.merchant_id = %(merchant)s AND v.promotion_id = u.promotion_id
                      ORDER BY (v.definition -> 'usage' ->> 'per_member_limit')::int DESC NULLS FIRST LIMIT 1) v ON true
        WHERE u.merchant_id = %(merchant)s AND u.slot > v.most
        ORDER BY u.id""",
    ),
    (
        "I14",
        "rewards_promotion",
        "used or spent beyond its limit",
        """
        SELECT id FROM rewards_promotion
        WHERE merchant_id = %(merchant)s AND (used_count > usage_limit OR spent_amount > budget_limit) ORDER BY id""",
    ),
    (
        "I20",
        "rewards_coupon",
        "a second coupon of one source for the same member",
        """
        SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY source_id, member_id ORDER BY id) AS nth
                        FROM rewards_coupon
                        WHERE merchant_id = %(merchant)s AND source_id IS NOT NULL AND member_id IS NOT NULL) numbered
        WHERE nth > 1 ORDER BY id""",
    ),
    (
        "I16",
        "rewards_coupon",
        "a code stored otherwise than as a 32-byte hash and an encrypted copy",
        """
        SELECT id FROM rewards_coupon
        WHERE merchant_id = %(merchant)s AND (octet_length(code_hmac) <> 32 OR octet_length(code_encrypted) < 80)
        ORDER BY id""",
    ),
    (
        "moments",
        "rewards_momentdates",
        "days of a moment that nobody has",
        """
        SELECT d.id FROM rewards_momentdates d
        LEFT JOIN rewards_moment m ON m.merchant_id = %(merchant)s AND m.code = d.moment
        WHERE d.merchant_id = %(merchant)s AND m.id IS NULL AND d.moment <> ALL(%(standard)s) ORDER BY d.id""",
    ),
)
"""(invariant, table, message, statement listing the ids that break it)."""

COUNTED: Final = (
    "promotion",
    "promotionuse",
    "coupon",
    "couponreservation",
    "couponredemption",
    "redemption",
    "momentdates",
    "stampcard",
    "stampentry",
    "couponclawback",
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Every broken row, at most 100 per check; empty when all is well."""
    found = []
    named: dict[str, UUID | list[str]] = {"merchant": merchant.id, "standard": list(STANDARD)}
    with connection.cursor() as cursor:
        for invariant, table, message, statement in CHECKS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", named)
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    return found


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Rows gone over, by table."""
    counts = {}
    with connection.cursor() as cursor:
        for name in COUNTED:
            cursor.execute(f"SELECT count(*) FROM rewards_{name} WHERE merchant_id = %s", [merchant.id])  # noqa: S608
            counts[f"rewards_{name}"] = cursor.fetchone()[0]
    return counts
