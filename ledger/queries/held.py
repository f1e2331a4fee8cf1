"""What members hold, by the days on which it was earned and lapses."""

from __future__ import annotations

from datetime import date

from django.db import connection

from ledger.facts import HeldPoints
from merchants.facts import MerchantFacts


def points_held_by_day(*, merchant: MerchantFacts, today: date) -> list[HeldPoints]:
    """Return the points of all members that have not lapsed, by earning day and last day; reads every open lot once.

    A day of earning is a calendar day in the merchant's zone.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (l.earned_at AT TIME ZONE %s)::date, l.expires_on, sum(l.remaining)::bigint FROM ledger_lot l "
            "JOIN ledger_account a ON a.merchant_id = %s AND a.id = l.account_id AND a.unit = 'points' "
            "WHERE l.merchant_id = %s AND l.remaining > 0 AND (l.expires_on IS NULL OR l.expires_on >= %s) "
            "GROUP BY 1, 2 ORDER BY 1, 2",
            [merchant.timezone, merchant.id, merchant.id, today],
        )
        return [HeldPoints(*row) for row in cursor.fetchall()]
