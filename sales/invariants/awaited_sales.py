"""Sales that wait for the member who paid them to join."""

from __future__ import annotations

from typing import Final

from common.violations import Check

AWAITED: Final[tuple[Check, ...]] = (
    (
        "I9",
        "members_awaitedmember",
        "waits for the member of a sale that is not there, or has one",
        """
        SELECT a.id FROM members_awaited a
        LEFT JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = a.sale_id
        WHERE a.merchant_id = %(merchant)s AND (s.id IS NULL OR s.member_id IS NOT NULL) ORDER BY a.id""",
    ),
)
