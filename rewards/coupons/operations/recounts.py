"""A repair: what coupons hold for quotes is counted again from the reservations that are open."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

# A count that would not fit is left for a person: then the reservations themselves are wrong.
_RECOUNT = """
    WITH held AS (
        SELECT c.id, c.reserved AS said, (
            SELECT count(*) FROM rewards_couponreservation r
            WHERE r.merchant_id = %(merchant)s AND r.coupon_id = c.id AND r.state = 'open') AS open
        FROM rewards_coupon c
        WHERE c.merchant_id = %(merchant)s AND (c.reserved > 0 OR c.id IN (
            SELECT r.coupon_id FROM rewards_couponreservation r
            WHERE r.merchant_id = %(merchant)s AND r.state = 'open'))
        ORDER BY c.id FOR UPDATE
    )
    UPDATE rewards_coupon c SET reserved = held.open FROM held
    WHERE c.merchant_id = %(merchant)s AND c.id = held.id AND held.said <> held.open
      AND c.committed + held.open <= c.max_uses
    RETURNING c.id, held.said, held.open
"""


def recount_reserved_coupons(*, merchant: MerchantFacts, at: datetime, actor: Actor) -> int:
    """Set the reserved uses of each coupon to its open reservations, audited; return how many differed."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, {"merchant": merchant.id})
        changed = cursor.fetchall()
    for coupon_id, before, after in changed:
        record_audit(
            merchant=merchant,
            actor=actor,
            action="coupon.recounted",
            at=at,
            subject=("coupon", coupon_id),
            before={"count": before},
            after={"count": after},
        )
    return len(changed)
