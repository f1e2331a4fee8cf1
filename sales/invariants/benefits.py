"""What promotions gave in a sale, held against its outcome and its returns."""

from __future__ import annotations

from typing import Final

from common.violations import Check

BENEFITS: Final[tuple[Check, ...]] = (
    (
        "I8",
        "sales_sale",
        "what a promotion gave differs from the outcome that its returns go by",
        """
        SELECT DISTINCT coalesce(o.sale_id, b.sale_id) FROM (
            SELECT s.id AS sale_id, (part.given ->> 'promotion_id')::uuid AS promotion_id,
                   coalesce(sum((part.given ->> 'amount')::bigint) FILTER (WHERE part.kind = 'off'), 0) AS discount,
                   coalesce(sum((part.given ->> 'quantity')::bigint * (part.given ->> 'list_amount')::bigint)
                            FILTER (WHERE part.kind = 'gift'), 0) AS gift,
                   coalesce(sum((part.given ->> 'amount')::bigint) FILTER (WHERE part.kind = 'back'), 0) AS cashback,
                   coalesce(sum((part.given ->> 'points')::bigint) FILTER (WHERE part.kind = 'points'), 0) AS points,
                   coalesce(sum((part.given ->> 'spend')::bigint) FILTER (WHERE part.kind = 'use'), 0) AS spend
            FROM sales_sale s
            CROSS JOIN LATERAL jsonb_to_record(s.outcome)
                AS told (uses jsonb, discounts jsonb, free_items jsonb, cashback jsonb, earned jsonb)
            CROSS JOIN LATERAL (
                SELECT 'use' AS kind, jsonb_array_elements(told.uses) AS given
                UNION ALL SELECT 'off', jsonb_array_elements(told.discounts)
                UNION ALL SELECT 'gift', jsonb_array_elements(told.free_items)
                UNION ALL SELECT 'back', jsonb_array_elements(told.cashback)
                UNION ALL SELECT 'points', jsonb_array_elements(told.earned)
            ) part
            WHERE s.merchant_id = %(merchant)s GROUP BY 1, 2
        ) o
        FULL JOIN (
            SELECT sale_id, promotion_id, sum(discount_amount) AS discount, sum(gift_amount) AS gift,
                   sum(cashback_amount) AS cashback, sum(points) AS points, sum(spend) AS spend
            FROM rewards_benefit_given WHERE merchant_id = %(merchant)s AND kind <> 'returned' GROUP BY 1, 2
        ) b ON b.sale_id = o.sale_id AND b.promotion_id = o.promotion_id
        WHERE b.sale_id IS NULL
           OR (coalesce(o.discount, 0), coalesce(o.gift, 0), coalesce(o.cashback, 0), coalesce(o.points, 0),
               coalesce(o.spend, 0)) <> (b.discount, b.gift, b.cashback, b.points, b.spend)
        ORDER BY 1""",
    ),
    (
        "I8",
        "sales_sale",
        "what its promotions gave does not add up to its discounts, points and cashback",
        """
        SELECT s.id FROM sales_sale s
        LEFT JOIN (SELECT sale_id, sum(discount_amount) AS discount, sum(points) AS points,
                          sum(cashback_amount) AS cashback
                   FROM rewards_benefit_given
                   WHERE merchant_id = %(merchant)s AND kind <> 'returned' GROUP BY sale_id) b ON b.sale_id = s.id
        WHERE s.merchant_id = %(merchant)s
          AND (s.discount_amount, s.points_earned, s.cashback_earned_amount)
              IS DISTINCT FROM (coalesce(b.discount, 0), coalesce(b.points, 0), coalesce(b.cashback, 0))
        ORDER BY s.id""",
    ),
    (
        "I10",
        "sales_refund",
        "what it took off the promotions' benefits differs from what it says",
        """
        SELECT coalesce(r.id, b.cause_id) FROM (SELECT id, points_reversed, cashback_reversed_amount
                                                FROM sales_refund WHERE merchant_id = %(merchant)s) r
        FULL JOIN (SELECT cause_id, -sum(points) AS points, -sum(cashback_amount) AS cashback
                   FROM rewards_benefit_given
                   WHERE merchant_id = %(merchant)s AND kind = 'returned' GROUP BY cause_id) b ON b.cause_id = r.id
        WHERE r.id IS NULL
           OR (r.points_reversed, r.cashback_reversed_amount) <> (coalesce(b.points, 0), coalesce(b.cashback, 0))
        ORDER BY 1""",
    ),
    (
        "I10",
        "sales_sale",
        "its returns took more off a promotion's benefit than it gave, or left some of it when all goods were back",
        """
        SELECT DISTINCT s.id FROM sales_sale s
        JOIN (SELECT sale_id, promotion_id, sum(discount_amount) AS discount, sum(gift_amount) AS gift,
                     sum(cashback_amount) AS cashback, sum(points) AS points, sum(spend) AS spend
              FROM rewards_benefit_given WHERE merchant_id = %(merchant)s GROUP BY 1, 2) b ON b.sale_id = s.id
        WHERE s.merchant_id = %(merchant)s
          AND (least(b.discount, b.gift, b.cashback, b.points, b.spend) < 0
               OR (s.status IN ('refunded', 'voided') AND (b.discount, b.gift, b.cashback, b.points) <> (0, 0, 0, 0))
               OR (s.status = 'voided' AND b.spend <> 0))
        ORDER BY s.id""",
    ),
)
