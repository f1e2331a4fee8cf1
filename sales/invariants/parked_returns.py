"""Returns that came before their sale: applied once, and none waits beside its sale."""

from __future__ import annotations

from typing import Final

from common.violations import Check

PARKED: Final[tuple[Check, ...]] = (
    (
        "I10",
        "sales_parkedreturn",
        "waits for a sale that is here",
        """
        SELECT p.id FROM sales_parkedreturn p
        JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.till_id = p.till_id AND s.reference = p.reference
        WHERE p.merchant_id = %(merchant)s AND p.state IN ('waiting', 'unmatched') ORDER BY p.id""",
    ),
    (
        "I10",
        "sales_parkedreturn",
        "was applied, and the refund is none of its receipt or takes back something else",
        """
        SELECT p.id FROM sales_parkedreturn p
        LEFT JOIN sales_refund r ON r.merchant_id = %(merchant)s AND r.id = p.refund_id
        LEFT JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = r.sale_id
        LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(asked.line_id, asked.quantity) AS units
            FROM (SELECT part ->> 'line_id' AS line_id, sum((part ->> 'quantity')::bigint) AS quantity
                  FROM jsonb_array_elements(p.lines) part GROUP BY 1) asked
        ) wanted ON true
        LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(back.line_id, back.quantity) AS units
            FROM (SELECT line_id, sum(quantity) AS quantity
                  FROM (SELECT line_id, quantity::bigint FROM sales_refundline
                        WHERE merchant_id = %(merchant)s AND refund_id = r.id
                        UNION ALL
                        SELECT part ->> 'line_id', (part ->> 'quantity')::bigint
                        FROM sales_parkedreturn x, jsonb_array_elements(x.lines) part
                        WHERE x.merchant_id = %(merchant)s AND x.kind = 'excess'
                          AND (x.exchange_sale_id, x.till_id, x.reference)
                              = (p.exchange_sale_id, p.till_id, p.reference)) parts
                  GROUP BY 1) back
        ) given ON true
        WHERE p.merchant_id = %(merchant)s AND p.state = 'applied'
          AND ((p.till_id, p.reference, p.kind) IS DISTINCT FROM (s.till_id, s.reference, r.kind)
               OR (p.kind = 'refund' AND (p.refund_reference, wanted.units) IS DISTINCT FROM
                                         (r.refund_reference, given.units)))
        ORDER BY p.id""",
    ),
)
