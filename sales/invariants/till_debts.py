"""Debt from tills: the day's counter is the sum of its sales that are left, and each is what its sale says."""

from __future__ import annotations

from typing import Final

from common.violations import Check

TILL_DEBTS: Final[tuple[Check, ...]] = (
    (
        "I5",
        "sales_tilldebtday",
        "its counter is not the sum of what its sales left, but for those that came back whole",
        """
        SELECT d.id FROM sales_tilldebtday d
        LEFT JOIN (SELECT t.till_id, t.day, sum(t.owed_amount) AS owed
                   FROM sales_tilldebt t
                   JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = t.sale_id
                   WHERE t.merchant_id = %(merchant)s AND s.status NOT IN ('voided', 'refunded')
                   GROUP BY t.till_id, t.day) t ON t.till_id = d.till_id AND t.day = d.day
        WHERE d.merchant_id = %(merchant)s AND d.owed_amount <> coalesce(t.owed, 0) ORDER BY d.id""",
    ),
    (
        "I5",
        "sales_tilldebt",
        "is not what its sale of this till says, or no counter has it",
        """
        SELECT t.id FROM sales_tilldebt t
        LEFT JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = t.sale_id AND s.till_id = t.till_id
        LEFT JOIN sales_tilldebtday d ON d.merchant_id = %(merchant)s AND d.till_id = t.till_id AND d.day = t.day
        WHERE t.merchant_id = %(merchant)s
          AND ((t.owed > 0 AND d.id IS NULL) OR NOT coalesce(s.warnings @> jsonb_build_array(jsonb_build_object(
                   'code', t.unit || '_missing', 'facts', jsonb_build_object('debt', t.owed, 'loss', t.lost))), false))
        ORDER BY t.id""",
    ),
)
