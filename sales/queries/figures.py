"""Sums of sales by day and period, for the overview and for checks; set-based, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day or period. Net = total less returned goods. `members_*` count sales that name a member.

    `returning_amount`: net sales to members whose first purchase was on an earlier day; `first_amount` to the others.
    """

    day: date | None
    receipts: int
    net_amount: int
    discount_amount: int
    member_receipts: int
    member_amount: int
    first_amount: int
    returning_amount: int
    buyers: int
    points_earned: int
    points_redeemed: int


_SUMS = """
count(*) FILTER (WHERE s.total_amount > 0),
coalesce(sum(s.total_amount - s.refunded_amount), 0),
coalesce(sum(s.discount_amount), 0),
count(*) FILTER (WHERE s.member_id IS NOT NULL AND s.total_amount > 0),
coalesce(sum(s.total_amount - s.refunded_amount) FILTER (WHERE s.member_id IS NOT NULL), 0),
coalesce(sum(s.total_amount - s.refunded_amount) FILTER (WHERE s.member_id IS NOT NULL
    AND s.business_date <= f.first_on), 0),
coalesce(sum(s.total_amount - s.refunded_amount) FILTER (WHERE s.member_id IS NOT NULL
    AND s.business_date > f.first_on), 0),
count(DISTINCT s.member_id) FILTER (WHERE s.total_amount > s.refunded_amount),
coalesce(sum(s.points_earned - s.points_reversed), 0),
coalesce(sum(s.points_redeemed - s.points_returned), 0)
"""
_FROM = """
FROM sales_sale s
LEFT JOIN (
    SELECT member_id, min(business_date) AS first_on FROM sales_purchase
    WHERE merchant_id = %s AND is_purchase GROUP BY member_id
) f ON f.member_id = s.member_id
WHERE s.merchant_id = %s AND s.business_date BETWEEN %s AND %s
"""


def period_figures(*, merchant: MerchantFacts, first: date, last: date) -> DayFigures:
    """Business days `first` to `last`, both included, in one figure."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_SUMS} {_FROM}", [merchant.id, merchant.id, first, last])
        row = cursor.fetchone()
    return DayFigures(None, *(int(value) for value in row))


def net_sales_of(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> tuple[int, int]:
    """(purchases, net amount) of these members, all time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE is_purchase), coalesce(sum(net_amount), 0)::bigint FROM sales_purchase "
            "WHERE merchant_id = %s AND member_id = ANY(%s::uuid[])",
            [merchant.id, list(member_ids)],
        )
        purchases, net = cursor.fetchone()
    return int(purchases), int(net)


def daily_figures(*, merchant: MerchantFacts, first: date, last: date) -> list[DayFigures]:
    """One figure per business day that had sales, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.business_date, {_SUMS} {_FROM} GROUP BY s.business_date ORDER BY s.business_date",
            [merchant.id, merchant.id, first, last],
        )
        rows = cursor.fetchall()
    return [DayFigures(row[0], *(int(value) for value in row[1:])) for row in rows]
