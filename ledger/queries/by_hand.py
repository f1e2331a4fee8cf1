"""What people moved by hand."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import connection

from ledger.facts import Unit
from merchants.facts import MerchantFacts


def moved_by_hand(*, merchant: MerchantFacts, unit: Unit, actor_id: UUID, business_date: date) -> int:
    """Return what the person moved alone on that business day, added and taken away together."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(abs(change)), 0)::bigint FROM ledger_transfer WHERE merchant_id = %s "
            "AND actor_id = %s AND business_date = %s AND unit = %s AND approver_id IS NULL",
            [merchant.id, actor_id, business_date, unit.value],
        )
        return int(cursor.fetchone()[0])
