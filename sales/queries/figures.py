"""Sums of sales by day and period, for the overview and for checks; set-based, one statement each.

Money counts on the day it moved: a sale on its own business day, a return on the day the goods came back, so that a
day that is over keeps its figures. Whether money belongs to a first purchase is decided by the sale it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, Sum

from merchants.facts import MerchantFacts
from sales.models import UnmatchedReturn


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What one day, or several, brought in the merchant's smallest unit; returns are positive amounts.

    `returned_amount`: goods that came back with their sale; `unmatched_amount`: returns whose sale is not known.
    `first_amount`: net sales to members on the day of their first purchase; `returning_amount`: to those who had
    bought on an earlier day. A return takes its money from the group of its sale; without a sale it takes it from
    `returning_amount` where it names a member.
    """

    receipts: int = 0
    sold_amount: int = 0
    returned_amount: int = 0
    unmatched_amount: int = 0
    unmatched_lines: int = 0
    member_receipts: int = 0
    first_amount: int = 0
    returning_amount: int = 0

    @property
    def net_amount(self) -> int:
        return self.sold_amount - self.returned_amount - self.unmatched_amount

    @property
    def member_amount(self) -> int:
        return self.first_amount + self.returning_amount

    def __add__(self, other: DayFigures) -> DayFigures:
        return DayFigures(
            receipts=self.receipts + other.receipts,
            sold_amount=self.sold_amount + other.sold_amount,
            returned_amount=self.returned_amount + other.returned_amount,
            unmatched_amount=self.unmatched_amount + other.unmatched_amount,
            unmatched_lines=self.unmatched_lines + other.unmatched_lines,
            member_receipts=self.member_receipts + other.member_receipts,
            first_amount=self.first_amount + other.first_amount,
            returning_amount=self.returning_amount + other.returning_amount,
        )


# Who had a purchase before the asked days makes no first purchase in them, and `first_purchase_at` tells so without a
# look at older sales: only the sales of members who began in these days are looked at one by one. A member who kept no
# purchase has only fully returned ones, and those few are looked up by member. The day of a first purchase is read
# from the sales themselves. `first_purchase_at` is an instant and days are counted by the merchant's clock, whose start
# of day may have been moved: hence days to spare before.
_DAYS: Final = """
WITH sold AS (
    SELECT business_date AS day, count(*) FILTER (WHERE total_amount > 0) AS receipts, sum(total_amount) AS sold,
           count(member_id) FILTER (WHERE total_amount > 0) AS member_receipts,
           sum(total_amount) FILTER (WHERE member_id IS NOT NULL) AS member_sold
    FROM sales_sale
    WHERE merchant_id = %(merchant)s AND business_date BETWEEN %(first)s AND %(last)s
    GROUP BY business_date
), starters AS (
    SELECT sale.business_date AS day, sale.total_amount AS amount,
           min(sale.business_date) FILTER (WHERE sale.total_amount > sale.refunded_amount)
               OVER (PARTITION BY sale.member_id) AS first_on
    FROM members_standing AS known
    JOIN sales_sale AS sale ON sale.member_id = known.member_id
    WHERE known.merchant_id = %(merchant)s AND sale.merchant_id = %(merchant)s
      AND known.first_purchase_at >= %(since)s AND sale.business_date BETWEEN %(spare)s AND %(last)s
    UNION ALL
    SELECT sale.business_date, sale.total_amount, NULL
    FROM sales_sale AS sale
    WHERE sale.merchant_id = %(merchant)s AND sale.business_date BETWEEN %(first)s AND %(last)s
      AND sale.total_amount <= sale.refunded_amount AND sale.member_id IS NOT NULL
      AND (SELECT known.first_purchase_at IS NULL FROM members_standing AS known
           WHERE known.merchant_id = %(merchant)s AND known.member_id = sale.member_id)
), first_sold AS (
    SELECT day, sum(amount) AS amount FROM starters
    WHERE day >= %(first)s AND day <= coalesce(first_on, day) GROUP BY day
), money AS (
    SELECT sold.day, sold.receipts, sold.sold, 0 AS returned, 0 AS unmatched, 0 AS unmatched_lines,
           sold.member_receipts, coalesce(first_sold.amount, 0) AS first_amount,
           coalesce(sold.member_sold, 0) AS member_amount
    FROM sold LEFT JOIN first_sold ON first_sold.day = sold.day
    UNION ALL
    SELECT day, 0, 0, amount, 0, 0, 0,
           CASE WHEN is_first THEN -member_amount ELSE 0 END, -member_amount
    FROM (
        SELECT refund.business_date AS day, refund.goods_amount AS amount,
               CASE WHEN sale.member_id IS NULL THEN 0 ELSE refund.goods_amount END AS member_amount,
               NOT EXISTS (
                   SELECT FROM sales_sale AS earlier
                   WHERE earlier.merchant_id = %(merchant)s AND earlier.member_id = sale.member_id
                     AND earlier.business_date < sale.business_date
                     AND earlier.total_amount > earlier.refunded_amount) AS is_first
        FROM sales_refund AS refund
        JOIN sales_sale AS sale ON sale.merchant_id = refund.merchant_id AND sale.id = refund.sale_id
        WHERE refund.merchant_id = %(merchant)s AND sale.merchant_id = %(merchant)s
          AND refund.business_date BETWEEN %(first)s AND %(last)s
    ) AS returned
    UNION ALL
    SELECT (occurred_at AT TIME ZONE %(zone)s - %(day_starts_at)s::time)::date, 0, 0, 0, amount,
           CASE WHEN amount > 0 THEN 1 ELSE 0 END, 0, 0, CASE WHEN member_id IS NULL THEN 0 ELSE -amount END
    FROM (SELECT occurred_at, member_id, quantity * unit_amount AS amount FROM sales_unmatchedreturn
          WHERE merchant_id = %(merchant)s AND occurred_at >= %(from_at)s AND occurred_at < %(until_at)s) AS unmatched
)
SELECT day, sum(receipts), sum(sold), sum(returned), sum(unmatched), sum(unmatched_lines), sum(member_receipts),
       sum(first_amount), sum(member_amount) - sum(first_amount)
FROM money GROUP BY day ORDER BY day
"""
SPARE_DAYS: Final = 4


def daily_figures(*, merchant: MerchantFacts, first: date, last: date) -> dict[date, DayFigures]:
    """Return the figures of every business day from `first` to `last` on which money moved, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, money_parameters(merchant, first, last))
        rows = cursor.fetchall()
    return {row[0]: DayFigures(*(int(value) for value in row[1:])) for row in rows}


def money_parameters(merchant: MerchantFacts, first: date, last: date) -> dict[str, Any]:
    """Return the parameters of the statements over the money of these days."""
    zone, day_starts_at = merchant.timezone, merchant.day_starts_at
    return {
        "merchant": merchant.id,
        "first": first,
        "last": last,
        "spare": first - timedelta(days=SPARE_DAYS),
        "since": merchant.bounds_of(first - timedelta(days=SPARE_DAYS // 2))[0],
        "zone": zone,
        "day_starts_at": day_starts_at.isoformat(),
        **_day_instants(merchant, first, last),
    }


def _day_instants(merchant: MerchantFacts, first: date, last: date) -> dict[str, datetime]:
    return {
        "from_at": merchant.bounds_of(first)[0],
        "until_at": merchant.bounds_of(last)[1],
    }


def buyer_count(*, merchant: MerchantFacts, first: date, last: date) -> int:
    """Count the members with at least one purchase on these business days of which something was kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT member_id) FROM sales_sale WHERE merchant_id = %s "
            "AND business_date BETWEEN %s AND %s AND total_amount > refunded_amount",
            [merchant.id, first, last],
        )
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class UnmatchedReturnFacts:
    """A line of a cancellation in a file for which no earlier sale was found; `amount` was taken off net sales."""

    id: UUID
    reference: str
    occurred_at: datetime
    business_date: date
    member_id: UUID | None
    sku: str
    quantity: int
    unit_amount: int

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_amount


def unmatched_returns(
    *,
    merchant: MerchantFacts,
    first: date,
    last: date,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[UnmatchedReturnFacts]:
    """Return the returns without a sale of these business days, newest first; `after` is the last one seen."""
    bounds = _day_instants(merchant, first, last)
    rows = UnmatchedReturn.objects.filter(
        merchant_id=merchant.id, occurred_at__gte=bounds["from_at"], occurred_at__lt=bounds["until_at"]
    )
    if after is not None:
        rows = rows.filter(Q(occurred_at__lt=after[0]) | Q(occurred_at=after[0], id__lt=after[1]))
    return [
        UnmatchedReturnFacts(
            id=row.id,
            reference=row.reference,
            occurred_at=row.occurred_at,
            business_date=merchant.day_of(row.occurred_at),
            member_id=row.member_id,
            sku=row.sku,
            quantity=row.quantity,
            unit_amount=row.unit_amount,
        )
        for row in rows.order_by("-occurred_at", "-id")[:limit]
    ]


def unmatched_totals(*, merchant: MerchantFacts, first: date, last: date) -> tuple[int, int]:
    """Return (lines, amount) of returns without their sale on these business days."""
    bounds = _day_instants(merchant, first, last)
    found = UnmatchedReturn.objects.filter(
        merchant_id=merchant.id, occurred_at__gte=bounds["from_at"], occurred_at__lt=bounds["until_at"]
    ).aggregate(lines=Count("id"), amount=Sum(F("quantity") * F("unit_amount"), default=0))
    return found["lines"], int(found["amount"])


def net_sales_of(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> tuple[int, int]:
    """Return (purchases, net amount) of these members, all time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE is_purchase), coalesce(sum(net_amount), 0)::bigint FROM sales_purchase "
            "WHERE merchant_id = %s AND member_id = ANY(%s::uuid[])",
            [merchant.id, list(member_ids)],
        )
        purchases, net = cursor.fetchone()
    return int(purchases), int(net)
