"""What must hold of receipts, their lines and what came back, from the rows up."""

from __future__ import annotations

from typing import Final

from common.violations import Check

_ON_TOP: Final = """(CASE WHEN s.prices_include_tax THEN 0 ELSE s.tax_amount END
    + CASE WHEN s.prices_include_service THEN 0 ELSE s.service_amount END + s.tip_amount + s.rounding_amount)"""
_BACK_ON_TOP: Final = """(CASE WHEN s.prices_include_tax THEN 0 ELSE r.tax_amount END
    + CASE WHEN s.prices_include_service THEN 0 ELSE r.service_amount END + r.tip_amount + r.rounding_amount)"""
RECEIPTS: Final[tuple[Check, ...]] = (
    (
        "I10",
        "sales_sale",
        "the money for goods handed back in its receipt is not that of the returns that name it",
        """
        SELECT s.id FROM sales_sale s
        LEFT JOIN (SELECT exchange_sale_id, sum(amount) AS amount FROM sales_refund
                   WHERE merchant_id = %(merchant)s AND exchange_sale_id IS NOT NULL
                   GROUP BY exchange_sale_id) r ON r.exchange_sale_id = s.id
        WHERE s.merchant_id = %(merchant)s AND s.exchanged_amount IS DISTINCT FROM r.amount
        ORDER BY s.id""",
    ),
    (
        "I9",
        "sales_sale",
        "claimed but never recorded",
        "SELECT id FROM sales_sale WHERE merchant_id = %(merchant)s AND recorded_at IS NULL ORDER BY id",
    ),
    (
        "I10",
        "sales_sale",
        "the lines do not add up to the sale's total",
        """
        SELECT s.id FROM sales_sale s
        LEFT JOIN (SELECT sale_id, sum(total_amount) AS total, sum(discount_amount) AS discount
                   FROM sales_saleline WHERE merchant_id = %(merchant)s GROUP BY sale_id) l ON l.sale_id = s.id
        WHERE s.merchant_id = %(merchant)s
          AND (s.total_amount, s.discount_amount) IS DISTINCT FROM (coalesce(l.total, 0), coalesce(l.discount, 0))
        ORDER BY s.id""",
    ),
    (
        "I10",
        "sales_saleline",
        "differs from the line that the sale's returns go by",
        """
        SELECT wrong.id FROM sales_sale s
        CROSS JOIN LATERAL (
            SELECT l.id FROM sales_saleline l
            LEFT JOIN jsonb_to_recordset(s.outcome -> 'lines') AS kept (
                line_id text, sku text, quantity bigint,
                subtotal_amount bigint, discount_amount bigint, total_amount bigint
            ) ON kept.line_id = l.line_id
            WHERE l.merchant_id = s.merchant_id AND l.sale_id = s.id
              AND ((l.subtotal_amount <> l.quantity * l.unit_amount
                    AND NOT s.warnings @> '[{"code": "charged_differs"}]')
                   OR (l.sku::text, l.quantity::bigint, l.subtotal_amount, l.discount_amount, l.total_amount)
                      IS DISTINCT FROM (kept.sku, kept.quantity, kept.subtotal_amount, kept.discount_amount,
                                        kept.total_amount))
        ) wrong
        WHERE s.merchant_id = %(merchant)s
        ORDER BY wrong.id""",
    ),
    (
        "I10",
        "sales_sale",
        "what was paid differs from what its outcome says, or from the bill less what points, wallet and cards paid",
        f"""
        SELECT s.id FROM sales_sale s
        LEFT JOIN LATERAL (
            SELECT sum((part ->> 'points_value_amount')::bigint) AS points
            FROM jsonb_array_elements(s.outcome -> 'lines') part
        ) paid ON true
        WHERE s.merchant_id = %(merchant)s
          AND (s.payable_amount <> (s.outcome ->> 'payable_amount')::bigint
               OR s.points_value_amount <> coalesce(paid.points, 0)
               OR (s.payable_amount <> s.total_amount + {_ON_TOP} - coalesce(paid.points, 0) - s.wallet_redeemed_amount
                                       - s.gift_card_redeemed_amount
                   AND NOT s.warnings @> '[{{"code": "charged_differs"}}]'))
        ORDER BY s.id""",  # noqa: S608 - a constant
    ),
    (
        "I10",
        "sales_sale",
        "its tax, service charge, tip or rounding is not what its lines and its outcome say",
        """
        SELECT s.id FROM sales_sale s
        JOIN (SELECT sale_id, sum(tax_amount) AS tax, sum(service_amount) AS service
              FROM sales_saleline WHERE merchant_id = %(merchant)s GROUP BY sale_id) l ON l.sale_id = s.id
        WHERE s.merchant_id = %(merchant)s
          AND ((s.tax_amount, s.service_amount) IS DISTINCT FROM (l.tax, l.service)
               OR (s.tax_amount, s.service_amount, s.tip_amount, s.rounding_amount)
                  IS DISTINCT FROM (coalesce((s.outcome -> 'bill' ->> 'tax_amount')::bigint, 0),
                                    coalesce((s.outcome -> 'bill' ->> 'service_amount')::bigint, 0),
                                    coalesce((s.outcome -> 'bill' ->> 'tip_amount')::bigint, 0),
                                    coalesce((s.outcome -> 'bill' ->> 'rounding_amount')::bigint, 0)))
        ORDER BY s.id""",
    ),
    (
        "I10",
        "sales_sale",
        "more of its bill or of the member's spending came back than there was, or not all with all its goods",
        """
        SELECT s.id FROM sales_sale s
        JOIN (SELECT sale_id, sum(tax_amount) AS tax, sum(service_amount) AS service, sum(tip_amount) AS tip,
                     sum(rounding_amount) AS rounding, sum(spend_change_amount) AS spend
              FROM sales_refund WHERE merchant_id = %(merchant)s GROUP BY sale_id) r ON r.sale_id = s.id
        WHERE s.merchant_id = %(merchant)s
          AND (r.tax > s.tax_amount OR r.service > s.service_amount OR r.tip > s.tip_amount
               OR abs(r.rounding) > abs(s.rounding_amount) OR r.spend <> s.spend_change_returned_amount
               OR (s.status IN ('refunded', 'voided')
                   AND (r.tax, r.service, r.tip, r.spend)
                       <> (s.tax_amount, s.service_amount, s.tip_amount, s.spend_change_amount)))
        ORDER BY s.id""",
    ),
    (
        "I10",
        "sales_saleline",
        "returned units or amounts differ from the refunds of the line",
        """
        SELECT l.id FROM sales_saleline l
        LEFT JOIN (SELECT line_id_of_sale, sum(quantity) AS quantity, sum(amount) AS amount
                   FROM sales_refundline WHERE merchant_id = %(merchant)s GROUP BY line_id_of_sale) r
               ON r.line_id_of_sale = l.id
        WHERE l.merchant_id = %(merchant)s AND (l.returned_quantity, l.returned_amount)
              IS DISTINCT FROM (coalesce(r.quantity, 0), coalesce(r.amount, 0))
        ORDER BY l.id""",
    ),
    (
        "I10",
        "sales_sale",
        "what was reversed or returned differs from the refunds",
        """
        SELECT s.id FROM sales_sale s
        LEFT JOIN (SELECT sale_id, sum(goods_amount) AS goods, sum(points_reversed) AS reversed,
                          sum(points_returned) AS returned, sum(wallet_returned_amount) AS wallet,
                          sum(cashback_reversed_amount) AS cashback, sum(gift_card_returned_amount) AS cards
                   FROM sales_refund WHERE merchant_id = %(merchant)s GROUP BY sale_id) r ON r.sale_id = s.id
        WHERE s.merchant_id = %(merchant)s
          AND (s.refunded_amount, s.points_reversed, s.points_returned, s.wallet_returned_amount,
               s.cashback_reversed_amount, s.gift_card_returned_amount)
              IS DISTINCT FROM (coalesce(r.goods, 0), coalesce(r.reversed, 0), coalesce(r.returned, 0),
                                coalesce(r.wallet, 0), coalesce(r.cashback, 0), coalesce(r.cards, 0))
        ORDER BY s.id""",
    ),
    (
        "I10",
        "sales_sale",
        "the status is not what its lines say",
        """
        SELECT s.id FROM sales_sale s
        JOIN (SELECT sale_id, bool_and(returned_quantity = 0) AS none, bool_and(returned_quantity = quantity) AS every
              FROM sales_saleline WHERE merchant_id = %(merchant)s GROUP BY sale_id) l ON l.sale_id = s.id
        WHERE s.merchant_id = %(merchant)s AND s.status <> CASE WHEN s.status = 'voided' AND l.every THEN 'voided'
            WHEN l.none THEN 'completed' WHEN l.every THEN 'refunded' ELSE 'partially_refunded' END
        ORDER BY s.id""",
    ),
    (
        "I8",
        "sales_sale",
        "points in the ledger differ from what the sale says it earned and spent",
        """
        SELECT s.id FROM sales_sale s
        LEFT JOIN (SELECT source_id, sum(change) FILTER (WHERE kind = 'earn') AS earned,
                          -sum(change) FILTER (WHERE kind = 'redeem') AS spent
                   FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND unit = 'points' AND source_kind = 'sale' GROUP BY source_id) t
               ON t.source_id = s.id
        WHERE s.merchant_id = %(merchant)s
          AND (s.points_earned <> coalesce(t.earned, 0) OR coalesce(t.spent, 0) > s.points_redeemed
               OR (s.warnings = '[]'::jsonb AND coalesce(t.spent, 0) <> s.points_redeemed))
        ORDER BY s.id""",
    ),
    (
        "I8",
        "sales_sale",
        "wallet money in the ledger differs from what the sale says it earned and spent",
        """
        SELECT s.id FROM sales_sale s
        LEFT JOIN (SELECT source_id, sum(change) FILTER (WHERE kind = 'cashback') AS earned,
                          -sum(change) FILTER (WHERE kind = 'redeem') AS spent
                   FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND unit = 'wallet' AND source_kind = 'sale' GROUP BY source_id) t
               ON t.source_id = s.id
        WHERE s.merchant_id = %(merchant)s
          AND (s.cashback_earned_amount <> coalesce(t.earned, 0)
               OR coalesce(t.spent, 0) > s.wallet_redeemed_amount + s.gift_card_redeemed_amount
               OR (s.warnings = '[]'::jsonb
                   AND coalesce(t.spent, 0) <> s.wallet_redeemed_amount + s.gift_card_redeemed_amount))
        ORDER BY s.id""",
    ),
    (
        "I8",
        "sales_sale",
        "what its gift cards paid differs from the ledger, card by card",
        """
        SELECT s.id FROM sales_sale s
        CROSS JOIN LATERAL jsonb_array_elements(s.gift_cards) AS card
        LEFT JOIN ledger_movement t ON t.merchant_id = %(merchant)s AND t.source_kind = 'sale' AND t.source_id = s.id
            AND t.kind = 'redeem' AND t.owner_id = (card ->> 'card_id')::uuid
        WHERE s.merchant_id = %(merchant)s AND s.gift_cards <> '[]'::jsonb
        GROUP BY s.id, card ->> 'card_id', card ->> 'used_amount'
        HAVING (card ->> 'used_amount')::bigint <> coalesce(-sum(t.change), 0)
        ORDER BY s.id""",
    ),
    (
        "I10",
        "sales_refund",
        "what the ledger gave back or took back differs from what the refund says",
        """
        SELECT r.id FROM sales_refund r
        LEFT JOIN (SELECT source_id, sum(change) FILTER (WHERE change > 0 AND unit = 'points') AS points,
                          sum(change) FILTER (WHERE change > 0 AND unit = 'wallet') AS wallet,
                          -sum(change) FILTER (WHERE change < 0 AND unit = 'points') AS points_taken,
                          -sum(change) FILTER (WHERE change < 0 AND unit = 'wallet') AS wallet_taken
                   FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND source_kind = 'refund' GROUP BY source_id) t
               ON t.source_id = r.id
        WHERE r.merchant_id = %(merchant)s
          AND (r.points_returned <> coalesce(t.points, 0)
               OR r.wallet_returned_amount + r.gift_card_returned_amount <> coalesce(t.wallet, 0)
               OR coalesce(t.points_taken, 0) <> r.points_reversed - r.points_expired - r.points_lost
               OR coalesce(t.wallet_taken, 0)
                  <> r.cashback_reversed_amount - r.cashback_expired_amount - r.cashback_lost_amount)
        ORDER BY r.id""",
    ),
    (
        "I10",
        "sales_refund",
        "lies before the sale that its goods come from",
        """
        SELECT r.id FROM sales_refund r
        JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = r.sale_id
        WHERE r.merchant_id = %(merchant)s AND r.occurred_at < s.occurred_at ORDER BY r.id""",
    ),
    (
        "I8",
        "ledger_transfer",
        "moved for a sale or a refund that does not exist",
        """
        SELECT t.transfer_id FROM ledger_movement t
        LEFT JOIN sales_sale s ON t.source_kind = 'sale' AND s.merchant_id = %(merchant)s AND s.id = t.source_id
        LEFT JOIN sales_refund r ON t.source_kind = 'refund' AND r.merchant_id = %(merchant)s AND r.id = t.source_id
        WHERE t.merchant_id = %(merchant)s AND t.source_kind IN ('sale', 'refund')
          AND coalesce(s.id, r.id) IS NULL
        ORDER BY t.transfer_id""",
    ),
    (
        "I8",
        "ledger_transfer",
        "went to another member than the one who bought",
        """
        SELECT t.transfer_id FROM ledger_movement t
        JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = t.source_id
        WHERE t.merchant_id = %(merchant)s AND t.source_kind = 'sale' AND t.unit = 'points'
          AND t.owner_id IS DISTINCT FROM s.member_id
        ORDER BY t.transfer_id""",
    ),
    (
        "I10",
        "sales_saleline",
        "its figures do not add up, or fall below nothing",
        """
        SELECT id FROM sales_saleline
        WHERE merchant_id = %(merchant)s
          AND (total_amount <> subtotal_amount - discount_amount OR discount_amount < 0 OR total_amount < 0)
        ORDER BY id""",
    ),
    (
        "I10",
        "sales_refund",
        "its goods are not what its lines say, or it handed out more than they and the rest of the bill were worth",
        f"""
        SELECT r.id FROM sales_refund r
        JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = r.sale_id
        LEFT JOIN (SELECT refund_id, sum(amount) AS goods FROM sales_refundline
                   WHERE merchant_id = %(merchant)s GROUP BY refund_id) l ON l.refund_id = r.id
        WHERE r.merchant_id = %(merchant)s
          AND (r.goods_amount <> coalesce(l.goods, 0) OR r.amount < 0
               OR r.amount + r.wallet_returned_amount + r.gift_card_returned_amount > r.goods_amount + {_BACK_ON_TOP})
        ORDER BY r.id""",  # noqa: S608 - a constant
    ),
    (
        "I9",
        "sales_sale",
        "asked for less than nothing, or for more than its total and no till said that it charged otherwise",
        f"""
        SELECT s.id FROM sales_sale s
        WHERE s.merchant_id = %(merchant)s
          AND (s.payable_amount < 0
               OR (s.payable_amount > s.total_amount + {_ON_TOP}
                   AND NOT s.warnings @> '[{{"code": "charged_differs"}}]'))
        ORDER BY s.id""",  # noqa: S608 - a constant
    ),
    (
        "I9",
        "sales_quote",
        "was sold, and no sale names it",
        """
        SELECT q.id FROM sales_quote q
        LEFT JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.quote_id = q.id
        WHERE q.merchant_id = %(merchant)s AND q.state = 'sold' AND s.id IS NULL ORDER BY q.id""",
    ),
    (
        "M14",
        "sales_sale",
        "belongs to a member who was merged away",
        """
        SELECT s.id FROM sales_sale s
        JOIN members_merged g ON g.merchant_id = %(merchant)s AND g.merged_id = s.member_id AND g.undone_at IS NULL
        WHERE s.merchant_id = %(merchant)s ORDER BY s.id""",
    ),
    (
        "P5",
        "members_member",
        "the member's running figures differ from their sales",
        """
        SELECT m.member_id FROM members_standing m
        LEFT JOIN (SELECT member_id, count(*) FILTER (WHERE is_purchase) AS purchases, sum(net_amount) AS spend,
                          min(occurred_at) FILTER (WHERE is_purchase) AS first_at,
                          max(occurred_at) FILTER (WHERE is_purchase) AS last_at
                   FROM sales_spend WHERE merchant_id = %(merchant)s GROUP BY member_id) p
               ON p.member_id = m.member_id
        WHERE m.merchant_id = %(merchant)s
          AND (m.purchase_count, m.spend_amount, m.first_purchase_at, m.last_purchase_at)
              IS DISTINCT FROM (coalesce(p.purchases, 0), coalesce(p.spend, 0), p.first_at, p.last_at)
        ORDER BY m.member_id""",
    ),
)
