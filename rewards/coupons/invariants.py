"""Coupons, their batches, and stamp cards."""

from typing import Final

from common.violations import Check

CHECKS: Final[tuple[Check, ...]] = (
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
        "I24",
        "rewards_couponbatch",
        "may cost more than one person may give away alone, and no other person approved it",
        """
        SELECT b.id FROM rewards_couponbatch b
        WHERE b.merchant_id = %(merchant)s AND b.kind <> 'issued' AND b.alone_limit_amount IS NOT NULL
          AND coalesce(b.most_cost_amount > b.alone_limit_amount, true) AND NOT EXISTS (
            SELECT FROM merchants_approval p
            WHERE p.merchant_id = %(merchant)s AND p.id = b.approval_id AND p.kind = 'coupons.create'
              AND p.subject_id = b.id AND p.state = 'approved' AND p.decided_by_id <> p.asked_by_id)
        ORDER BY b.id""",
    ),
    (
        "I24",
        "merchants_approval",
        "was approved, and its coupons were not made as they were asked for",
        """
        SELECT p.id FROM merchants_approval p
        LEFT JOIN rewards_couponbatch b ON b.merchant_id = %(merchant)s AND b.id = p.subject_id
             AND b.approval_id = p.id AND b.title = p.figures ->> 'title'
             AND b.most_cost_amount IS NOT DISTINCT FROM (p.figures ->> 'most_cost_amount')::bigint
        WHERE p.merchant_id = %(merchant)s AND p.kind = 'coupons.create' AND p.state = 'approved' AND b.id IS NULL
        ORDER BY p.id""",
    ),
    (
        "R6",
        "rewards_stampcard",
        "the stamps that stand differ from the card's entries",
        """
        SELECT c.id FROM rewards_stampcard c
        LEFT JOIN (SELECT stamp_card_id, sum(change) AS adds_up FROM rewards_stampentry
                   WHERE merchant_id = %(merchant)s GROUP BY stamp_card_id) e ON e.stamp_card_id = c.id
        WHERE c.merchant_id = %(merchant)s AND c.progress <> coalesce(e.adds_up, 0)
        ORDER BY c.id""",
    ),
    (
        "R6",
        "rewards_stampentry",
        "more stamps taken back than the sale had given",
        """
        SELECT max(id::text) FROM rewards_stampentry
        WHERE merchant_id = %(merchant)s AND kind IN ('earn', 'return')
        GROUP BY sale_id, promotion_id HAVING sum(change) < 0 ORDER BY 1""",
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
        "I12",
        "rewards_coupon",
        "may be used more often, or longer, than its batch allows",
        """
        SELECT c.id FROM rewards_coupon c
        JOIN rewards_couponbatch b ON b.merchant_id = %(merchant)s AND b.id = c.batch_id
        WHERE c.merchant_id = %(merchant)s AND (c.max_uses > b.max_uses OR c.valid_until > b.valid_until)
        ORDER BY c.id""",
    ),
    (
        "I20",
        "rewards_coupon",
        "a second coupon of one source for the same member and occasion",
        """
        SELECT id FROM (SELECT id, row_number() OVER (
                            PARTITION BY source_id, member_id, occasion_key ORDER BY id) AS nth
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
        WHERE merchant_id = %(merchant)s AND (octet_length(code_hmac) <> 32 OR octet_length(code_encrypted) < 33
                                              OR get_byte(code_encrypted, 0) <> 2)
        ORDER BY id""",
    ),
    (
        "M14",
        "rewards_coupon",
        "belongs to a member who was merged away",
        """
        SELECT t.id FROM rewards_coupon t
        JOIN members_merged g ON g.merchant_id = %(merchant)s AND g.merged_id = t.member_id AND g.undone_at IS NULL
        WHERE t.merchant_id = %(merchant)s ORDER BY t.id""",
    ),
    (
        "M14",
        "rewards_stampcard",
        "belongs to a member who was merged away",
        """
        SELECT t.id FROM rewards_stampcard t
        JOIN members_merged g ON g.merchant_id = %(merchant)s AND g.merged_id = t.member_id AND g.undone_at IS NULL
        WHERE t.merchant_id = %(merchant)s AND t.progress > 0 ORDER BY t.id""",
    ),
)
