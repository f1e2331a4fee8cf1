"""What members hold, by the days on which it was earned and lapses."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db import connection

from ledger.facts import HeldPoints
from ledger.queries.lots import LAST_DAY
from merchants.facts import MerchantFacts

_HELD: Final = f"""
    SELECT (held.earned_at AT TIME ZONE %s)::date, held.last_on, sum(held.remaining)::bigint FROM (
        SELECT CASE WHEN %s THEN max(l.earned_at) OVER (PARTITION BY l.account_id) ELSE l.earned_at END AS earned_at,
               {LAST_DAY} AS last_on, l.remaining
        FROM ledger_lot l JOIN ledger_account a ON a.merchant_id = %s AND a.id = l.account_id AND a.unit = 'points'
        WHERE l.merchant_id = %s AND l.remaining > 0) held
    WHERE held.last_on IS NULL OR held.last_on >= %s GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608 - our own words


def points_held_by_day(*, merchant: MerchantFacts, today: date, by_last_earning: bool = False) -> list[HeldPoints]:
    """Return the points of all members that have not lapsed, by earning day and last day; reads every open lot once.

    A day of earning is a calendar day in the merchant's zone. With `by_last_earning` it is the day on which the member
    earned the newest of what they hold, for all of it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [merchant.timezone, by_last_earning, merchant.id, merchant.id, today])
        return [HeldPoints(*row) for row in cursor.fetchall()]
