"""Sales that came very late: they earn once a person approved it, and never before or twice."""

from __future__ import annotations

from typing import Final

from common.violations import Check

QUARANTINE: Final[tuple[Check, ...]] = (
    (
        "I24",
        "sales_sale",
        "came very late, and what it earns was decided by nobody",
        """
        SELECT s.id FROM sales_sale s
        WHERE s.merchant_id = %(merchant)s AND s.quarantine <> '' AND NOT EXISTS (
            SELECT FROM merchants_approval a
            WHERE a.merchant_id = %(merchant)s AND a.kind = 'late_sale' AND a.subject_id = s.id
              AND CASE s.quarantine WHEN 'refused' THEN a.state IN ('refused', 'withdrawn')
                  ELSE a.state = s.quarantine END)
        ORDER BY s.id""",
    ),
    (
        "I8",
        "sales_sale",
        "came very late, and earned before it was approved, or twice",
        """
        SELECT s.id FROM sales_sale s
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(t.amount) FILTER (WHERE t.kind = 'earn'), 0) AS points,
                   coalesce(sum(t.amount) FILTER (WHERE t.kind = 'cashback'), 0) AS cashback
            FROM (SELECT m.kind, m.change AS amount FROM ledger_movement m
                  WHERE m.merchant_id = %(merchant)s AND m.source_kind = 'sale' AND m.source_id = s.id
                    AND m.kind IN ('earn', 'cashback')) t
        ) posted ON true
        WHERE s.merchant_id = %(merchant)s AND s.quarantine <> ''
          AND ((posted.points, posted.cashback) IS DISTINCT FROM (s.points_earned, s.cashback_earned_amount)
               OR (s.quarantine <> 'approved' AND (s.points_earned, s.cashback_earned_amount) <> (0, 0)))
        ORDER BY s.id""",
    ),
)
