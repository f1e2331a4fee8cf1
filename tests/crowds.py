"""Thousands of buyers at once, written set-based in the tables' own shape: what an import of history leaves behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from bench.merchant_of_size import MEMBER_COLUMNS, SALE_COLUMNS, insert_statement
from members.models import Member
from sales.models import Sale
from tests.buyers import BuyersShop

EVERY_MEMBER = "generate_series(1, %(members)s::int) AS n"
EVERY_SALE = """
    (SELECT (row_number() OVER (ORDER BY m.id) - 1) * %(each)s + k AS n, m.id AS member_id, k
     FROM members_member AS m CROSS JOIN generate_series(1, %(each)s::int) AS k
     WHERE m.merchant_id = %(merchant)s) AS drawn
    CROSS JOIN LATERAL (
        SELECT %(last)s::date - (1 + mod(n * 37, %(days)s))::int + time '05:00' AS at,
               (10000 + mod(n * 991, 90000))::bigint AS amount) AS sold
"""


def add_crowd(shop: BuyersShop, *, members: int, sales_each: int, last: date, days: int) -> None:
    """Members with `sales_each` purchases on the `days` days before `last`. Needs the scope; analyses nothing."""
    at = datetime.combine(last - timedelta(days=days), datetime.min.time(), tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM members_tier WHERE merchant_id = %s ORDER BY rank LIMIT 1", [shop.merchant.id])
        tier: UUID = cursor.fetchone()[0]
        given: dict[str, Any] = {
            "merchant": shop.merchant.id,
            "at": at,
            "on": at.date(),
            "tier": tier,
            "members": members,
        }
        statement, defaults = insert_statement(Member, MEMBER_COLUMNS, EVERY_MEMBER)
        cursor.execute(statement, {**defaults, **given})
        columns = {**SALE_COLUMNS, "member_id": "drawn.member_id", "points_earned": "0"}
        statement, defaults = insert_statement(Sale, columns, EVERY_SALE)
        given = {
            "merchant": shop.merchant.id,
            "till": shop.till_id,
            "outlet": shop.outlet_id,
            "each": sales_each,
            "last": last,
            "days": days,
        }
        cursor.execute(statement, {**defaults, **given})
