"""Friends who were brought."""

from typing import Final

from common.violations import Check

CHECKS: Final[tuple[Check, ...]] = (
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
        "granted or waiting although its sale does not stand at the program's minimum",
        """
        SELECT r.id FROM rewards_referral r
        JOIN rewards_referralprogram p ON p.merchant_id = %(merchant)s AND p.id = r.program_id
        LEFT JOIN sales_purchase s ON s.merchant_id = %(merchant)s AND s.sale_id = r.sale_id
        WHERE r.merchant_id = %(merchant)s AND r.state IN ('qualified', 'in_review', 'granted')
          AND coalesce(s.net_amount, 0) < greatest(p.minimum_amount, 1)
        ORDER BY r.id""",
    ),
    (
        "R5",
        "rewards_referralgrant",
        "gave another amount than its program promised",
        """
        SELECT g.id FROM rewards_referralgrant g
        JOIN rewards_referral r ON r.merchant_id = %(merchant)s AND r.id = g.referral_id
        JOIN rewards_referralprogram p ON p.merchant_id = %(merchant)s AND p.id = r.program_id
        WHERE g.merchant_id = %(merchant)s AND g.kind <> 'coupon' AND g.amount <> p.reward_amount ORDER BY g.id""",
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
