"""What must hold in the tables of rewards on live data; each violation names the row that breaks it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from ledger.facts import Violation
from merchants.facts import MerchantFacts
from rewards.rules import STANDARD

NAMED_PER_CHECK: Final = 100

REFERRAL_CHECKS: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        "R5",
        "rewards_referral",
        "granted without exactly one grant, or a grant without being granted",
        """
        SELECT r.id FROM rewards_referral r
        LEFT JOIN (SELECT referral_id, count(*) AS grants FROM rewards_referralgrant
                   WHERE merchant_id = %(merchant)s GROUP BY referral_id) g ON g.referral_id = r.id
        WHERE r.merchant_id = %(merchant)s
          AND coalesce(g.grants, 0) <> CASE WHEN r.state IN ('granted', 'clawed_back') THEN 1 ELSE 0 END
        ORDER BY r.id""",
    ),
    (
        "R5",
        "rewards_referral",
        "taken back without exactly one clawback, or a clawback without being taken back",
        """
        SELECT r.id FROM rewards_referral r
        LEFT JOIN (SELECT referral_id, count(*) AS backs FROM rewards_referralclawback
                   WHERE merchant_id = %(merchant)s GROUP BY referral_id) c ON c.referral_id = r.id
        WHERE r.merchant_id = %(merchant)s
          AND coalesce(c.backs, 0) <> CASE WHEN r.state = 'clawed_back' THEN 1 ELSE 0 END
        ORDER BY r.id""",
    ),
    (
        "R5",
        "rewards_referralgrant",
        "the ledger gave something else than the grant says",
        """
        SELECT g.id FROM rewards_referralgrant g
        LEFT JOIN (SELECT source_id, sum(change) AS given, count(*) AS transfers FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND source_kind = 'referral' AND change > 0 GROUP BY source_id) m
               ON m.source_id = g.referral_id
        WHERE g.merchant_id = %(merchant)s
          AND (coalesce(m.given, 0), coalesce(m.transfers, 0))
              <> (g.amount, CASE WHEN g.kind = 'coupon' THEN 0 ELSE 1 END)
        ORDER BY g.id""",
    ),
    (
        "R5",
        "rewards_referral",
        "the ledger moved something for a referral that was not granted, or took back other than its clawback says",
        """
        SELECT r.id FROM rewards_referral r
        JOIN (SELECT source_id, -coalesce(sum(change) FILTER (WHERE change < 0), 0) AS taken FROM ledger_movement
              WHERE merchant_id = %(merchant)s AND source_kind = 'referral' GROUP BY source_id) m ON m.source_id = r.id
        LEFT JOIN rewards_referralgrant g ON g.merchant_id = %(merchant)s AND g.referral_id = r.id
        LEFT JOIN rewards_referralclawback c ON c.merchant_id = %(merchant)s AND c.referral_id = r.id
        WHERE r.merchant_id = %(merchant)s AND (g.id IS NULL OR m.taken > coalesce(c.taken, 0))
        ORDER BY r.id""",
    ),
    (
        "R5",
        "rewards_referral",
        "granted or waiting although its sale does not stand at the programme's minimum",
        """
        SELECT r.id FROM rewards_referral r
        JOIN rewards_referralprogramme p ON p.merchant_id = %(merchant)s AND p.id = r.programme_id
        LEFT JOIN sales_purchase s ON s.merchant_id = %(merchant)s AND s.sale_id = r.sale_id
        WHERE r.merchant_id = %(merchant)s AND r.state IN ('qualified', 'in_review', 'granted')
          AND coalesce(s.net_amount, 0) < greatest(p.minimum_amount, 1)
        ORDER BY r.id""",
    ),
    (
        "R5",
        "rewards_referral",
        "its steps do not lead to where it stands",
        """
        SELECT r.id FROM rewards_referral r
        LEFT JOIN LATERAL (SELECT m.to_state FROM rewards_referralmove m
                           WHERE m.merchant_id = %(merchant)s AND m.referral_id = r.id
                           ORDER BY m.id DESC LIMIT 1) last ON true
        WHERE r.merchant_id = %(merchant)s AND r.state IS DISTINCT FROM last.to_state
        ORDER BY r.id""",
    ),
)

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
        "rewards_couponbatch",
        "the codes that exist differ from those counted",
        """
        SELECT b.id FROM rewards_couponbatch b
        LEFT JOIN (SELECT batch_id, count(*) AS codes FROM rewards_coupon
                   WHERE merchant_id = %(merchant)s GROUP BY batch_id) c ON c.batch_id = b.id
        WHERE b.merchant_id = %(merchant)s AND b.kind = 'codes' AND b.made <> coalesce(c.codes, 0)
        ORDER BY b.id""",
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
        "a member used a promotion more often than its limit allowed",
        """
        SELECT id FROM rewards_promotionuse
        WHERE merchant_id = %(merchant)s AND (slot > slot_limit OR day_slot > day_slot_limit) ORDER BY id""",
    ),
    (
        "I13",
        "rewards_promotionuse",
        "the same of a member's uses twice",
        """
        SELECT id FROM (SELECT id, slot, day_slot,
                               count(*) OVER (PARTITION BY promotion_id, member_id, slot) AS same,
                               count(*) OVER (PARTITION BY promotion_id, member_id, day, day_slot) AS same_day
                        FROM rewards_promotionuse
                        WHERE merchant_id = %(merchant)s AND member_id IS NOT NULL) numbered
        WHERE (slot IS NOT NULL AND same > 1) OR (day_slot IS NOT NULL AND same_day > 1) ORDER BY id""",
    ),
    (
        "I14",
        "rewards_promotion",
        "used or spent beyond its limit, what quotes hold included",
        """
        SELECT id FROM rewards_promotion
        WHERE merchant_id = %(merchant)s
          AND (used_count + reserved_count > usage_limit OR spent_amount + reserved_amount > budget_limit)
        ORDER BY id""",
    ),
    (
        "I14",
        "rewards_promotion",
        "uses or spending differ from the sales that took them, or what is held from the open quotes",
        """
        SELECT p.id FROM rewards_promotion p
        LEFT JOIN (SELECT promotion_id,
                          count(*) FILTER (WHERE state = 'used') AS used,
                          sum(spend) FILTER (WHERE state = 'used') AS spent,
                          count(*) FILTER (WHERE state = 'open') AS held,
                          sum(spend) FILTER (WHERE state = 'open') AS held_spend
                   FROM rewards_promotionuse
                   WHERE merchant_id = %(merchant)s AND counted GROUP BY promotion_id) u ON u.promotion_id = p.id
        WHERE p.merchant_id = %(merchant)s
          AND (p.used_count, p.spent_amount, p.reserved_count, p.reserved_amount)
              IS DISTINCT FROM
              (coalesce(u.used, 0), coalesce(u.spent, 0), coalesce(u.held, 0), coalesce(u.held_spend, 0))
        ORDER BY p.id""",
    ),
    (
        "I14",
        "rewards_promotionday",
        "the uses of a day differ from the sales and quotes that took them, or pass the day's limit",
        """
        SELECT d.id FROM rewards_promotionday d
        LEFT JOIN (SELECT promotion_id, day, count(*) FILTER (WHERE state = 'used') AS used,
                          count(*) FILTER (WHERE state = 'open') AS held
                   FROM rewards_promotionuse
                   WHERE merchant_id = %(merchant)s AND counted_today GROUP BY promotion_id, day) u
               ON u.promotion_id = d.promotion_id AND u.day = d.day
        WHERE d.merchant_id = %(merchant)s
          AND ((d.used_count, d.reserved_count) IS DISTINCT FROM (coalesce(u.used, 0), coalesce(u.held, 0))
               OR d.used_count + d.reserved_count > d.day_limit)
        ORDER BY d.id""",
    ),
    (
        "I14",
        "rewards_promotionuse",
        "gives back more than it took, or an overrun that counts",
        """
        SELECT id FROM rewards_promotionuse
        WHERE merchant_id = %(merchant)s AND (spend > taken OR (over AND (counted OR counted_today OR slot > 0)))
        ORDER BY id""",
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
    *REFERRAL_CHECKS,
    (
        "I8",
        "rewards_topup",
        "the ledger has another amount paid in, or taken back, than the top-up says",
        """
        SELECT p.id FROM rewards_topup p
        LEFT JOIN (SELECT source_id, sum(change) FILTER (WHERE kind = 'top_up') AS paid_in,
                          -sum(change) FILTER (WHERE kind = 'void') AS taken
                   FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND unit = 'wallet' AND source_kind = 'top_up'
                   GROUP BY source_id) t ON t.source_id = p.id
        WHERE p.merchant_id = %(merchant)s
          AND (coalesce(t.paid_in, 0) <> p.amount
               OR coalesce(t.taken, 0) <> CASE WHEN p.reversed_at IS NULL THEN 0 ELSE p.amount END)
        ORDER BY p.id""",
    ),
    (
        "I8",
        "ledger_transfer",
        "money paid in that no top-up accounts for",
        """
        SELECT t.transfer_id FROM ledger_movement t
        LEFT JOIN rewards_topup p ON p.merchant_id = t.merchant_id AND p.id = t.source_id
        WHERE t.merchant_id = %(merchant)s AND t.source_kind = 'top_up' AND p.id IS NULL ORDER BY t.transfer_id""",
    ),
    (
        "I8",
        "rewards_giftcard",
        "the ledger has another amount put on it than the card says",
        """
        SELECT c.id FROM rewards_giftcard c
        LEFT JOIN (SELECT owner_id, sum(change) AS amount FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND unit = 'wallet' AND source_kind = 'gift_card'
                     AND kind IN ('top_up', 'bonus') GROUP BY owner_id) t ON t.owner_id = c.id
        WHERE c.merchant_id = %(merchant)s
          AND coalesce(t.amount, 0) <> CASE WHEN c.transfer_id IS NULL THEN 0 ELSE c.amount END
        ORDER BY c.id""",
    ),
    (
        "I4",
        "rewards_giftcard",
        "its balance is not what was put on it, less what was used, expired and taken, plus what came back",
        """
        SELECT c.id FROM rewards_giftcard c
        LEFT JOIN (SELECT owner_id, sum(change) AS moved FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND unit = 'wallet' GROUP BY owner_id) t ON t.owner_id = c.id
        LEFT JOIN ledger_balance b ON b.merchant_id = %(merchant)s AND b.owner_id = c.id AND b.unit = 'wallet'
        WHERE c.merchant_id = %(merchant)s
          AND (coalesce(b.balance, 0) <> coalesce(t.moved, 0) OR coalesce(b.balance, 0) < 0
               OR coalesce(b.balance, 0) > c.amount OR coalesce(b.debt, 0) <> 0)
        ORDER BY c.id""",
    ),
    (
        "I4",
        "rewards_giftcard",
        "money on a card that was cancelled: nobody can spend it, nobody sees it",
        """
        SELECT c.id FROM rewards_giftcard c
        JOIN ledger_balance b ON b.merchant_id = %(merchant)s AND b.owner_id = c.id AND b.unit = 'wallet'
        WHERE c.merchant_id = %(merchant)s AND c.state = 'cancelled' AND b.balance <> 0 ORDER BY c.id""",
    ),
    (
        "I8",
        "ledger_transfer",
        "money put on or taken off a gift card that does not exist",
        """
        SELECT t.transfer_id FROM ledger_movement t
        LEFT JOIN rewards_giftcard c ON c.merchant_id = t.merchant_id AND c.id = t.source_id AND c.id = t.owner_id
        WHERE t.merchant_id = %(merchant)s AND t.source_kind = 'gift_card' AND c.id IS NULL ORDER BY t.transfer_id""",
    ),
    (
        "I16",
        "rewards_giftcard",
        "a code stored otherwise than as a 32-byte hash and an encrypted copy",
        """
        SELECT id FROM rewards_giftcard
        WHERE merchant_id = %(merchant)s AND (octet_length(code_hmac) <> 32 OR octet_length(code_encrypted) < 33)
        ORDER BY id""",
    ),
    (
        "I16",
        "rewards_coupon",
        "a code stored otherwise than as a 32-byte hash and an encrypted copy",
        """
        SELECT id FROM rewards_coupon
        WHERE merchant_id = %(merchant)s AND (octet_length(code_hmac) <> 32 OR octet_length(code_encrypted) <
               CASE WHEN get_byte(code_encrypted, 0) = 2 THEN 33 ELSE 80 END)
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
    (
        "P3",
        "rewards_reward",
        "the stock differs from its movements",
        """
        SELECT r.id FROM rewards_reward r
        LEFT JOIN (SELECT reward_id, sum(change) AS moved FROM rewards_stockmovement
                   WHERE merchant_id = %(merchant)s GROUP BY reward_id) m ON m.reward_id = r.id
        WHERE r.merchant_id = %(merchant)s AND coalesce(r.stock, 0) <> coalesce(m.moved, 0)
        ORDER BY r.id""",
    ),
    (
        "P3",
        "rewards_redemption",
        "pieces taken or given back differ from the redemption",
        """
        SELECT d.id FROM rewards_redemption d
        JOIN (SELECT redemption_id, sum(change) AS moved FROM rewards_stockmovement
              WHERE merchant_id = %(merchant)s AND redemption_id IS NOT NULL GROUP BY redemption_id
              HAVING bool_or(kind = 'taken')) m ON m.redemption_id = d.id
        WHERE d.merchant_id = %(merchant)s
          AND ((d.status IN ('held', 'completed') AND m.moved <> -d.quantity)
               OR (d.status = 'lapsed' AND m.moved <> 0)
               OR (d.status = 'reversed' AND m.moved NOT IN (0, -d.quantity)))
        ORDER BY d.id""",
    ),
    (
        "P3",
        "rewards_redemption",
        "points in the ledger differ from what the redemption cost",
        """
        SELECT d.id FROM rewards_redemption d
        LEFT JOIN (SELECT source_id, -sum(change) AS spent FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND source_kind = 'redemption' GROUP BY source_id) t
               ON t.source_id = d.id
        WHERE d.merchant_id = %(merchant)s
          AND coalesce(t.spent, 0) <> CASE d.status WHEN 'completed' THEN d.points ELSE 0 END
        ORDER BY d.id""",
    ),
    (
        "P3",
        "rewards_redemption",
        "the gift is not where its last step took it",
        """
        SELECT d.id FROM rewards_redemption d
        LEFT JOIN (SELECT DISTINCT ON (redemption_id) redemption_id, to_state FROM rewards_redemptionstep
                   WHERE merchant_id = %(merchant)s ORDER BY redemption_id, number DESC) s
               ON s.redemption_id = d.id
        WHERE d.merchant_id = %(merchant)s AND d.fulfilment <> coalesce(s.to_state, '')
        ORDER BY d.id""",
    ),
    (
        "R9",
        "rewards_partnershare",
        "more was taken off a partner's share than was given",
        """
        SELECT min(id::text)::uuid FROM rewards_partnershare WHERE merchant_id = %(merchant)s
        GROUP BY source_id, partner_id, promotion_id, reward_id
        HAVING sum(base_amount) < 0 OR sum(share_amount) < 0 OR count(*) FILTER (WHERE kind = 'given') <> 1
        ORDER BY 1""",
    ),
    (
        "R9",
        "rewards_partnershare",
        "a share that is not what its terms make of its base",
        """
        SELECT s.id FROM rewards_partnershare s
        LEFT JOIN rewards_redemption d ON d.merchant_id = %(merchant)s AND d.id = s.source_id
        WHERE s.merchant_id = %(merchant)s AND s.kind = 'given'
          AND s.share_amount <> CASE WHEN s.unit_amount IS NOT NULL THEN s.unit_amount * d.quantity
                                     ELSE (s.base_amount * s.basis_points * 2 + 10000) / 20000 END
        ORDER BY s.id""",
    ),
)
"""(invariant, table, message, statement listing the ids that break it)."""

COUNTED: Final = (
    "promotion",
    "promotionday",
    "promotionuse",
    "coupon",
    "couponreservation",
    "couponredemption",
    "reward",
    "redemption",
    "redemptionstep",
    "stockmovement",
    "partnershare",
    "momentdates",
    "stampcard",
    "stampentry",
    "couponclawback",
    "topup",
    "giftcard",
    "referral",
    "referralgrant",
    "referralclawback",
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
