"""Nothing is lost between a batch and the book: what was answered as done is there."""

from __future__ import annotations

from typing import Final

from common.violations import Check

BATCHES: Final[tuple[Check, ...]] = (
    (
        "I8",
        "merchants_terminalnumber",
        "was answered as a sale that is recorded, and there is none",
        """
        SELECT n.id FROM merchants_terminalnumber n
        LEFT JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.till_id = n.till_id AND s.reference = n.reference
        WHERE n.merchant_id = %(merchant)s AND n.operation = 'sale' AND n.status < 300 AND s.id IS NULL
        ORDER BY n.id""",
    ),
    (
        "I8",
        "merchants_terminalnumber",
        "was answered as a return that is applied or waits, and there is none",
        """
        SELECT n.id FROM merchants_terminalnumber n
        WHERE n.merchant_id = %(merchant)s AND n.operation IN ('refund', 'void') AND n.status < 300
          AND NOT EXISTS (
              SELECT FROM sales_parkedreturn p
              WHERE p.merchant_id = %(merchant)s AND p.till_id = n.till_id AND p.reference = n.reference)
          AND NOT EXISTS (
              SELECT FROM sales_sale s JOIN sales_refund r ON r.merchant_id = %(merchant)s AND r.sale_id = s.id
              WHERE s.merchant_id = %(merchant)s
                AND ((s.till_id = n.till_id AND s.reference = n.reference) OR replace(s.id::text, '-', '')
                     = lower(regexp_replace(n.reference, 'urn:|uuid:|[{}-]', '', 'g'))))
        ORDER BY n.id""",
    ),
)
