"""The rows behind the figures of a period: every sale and every return that moved money, one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts
from sales.models import Sale, UnmatchedReturn
from sales.queries.figures import money_parameters


class WhoseMoney(StrEnum):
    """Whose money: of everybody, of members, of members who had bought before, or of first purchases."""

    ALL = "all"
    MEMBERS = "members"
    RETURNING = "returning"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A sale (`amount` above 0) or a return (below 0) on its own business day.

    `sale_id`: the receipt it belongs to; None for a return whose sale is not known, which has only a `reference`.
    """

    row_id: UUID
    business_date: date
    sale_id: UUID | None
    reference: str
    member_id: UUID | None
    amount: int

    @property
    def cursor(self) -> str:
        return f"{self.business_date.isoformat()}~{self.row_id}"


# The same rows that the figures of the days add up, by the same rule for first purchases, each with its ids.
_MONEY: Final = """
WITH starters AS (
    SELECT sale.member_id, min(sale.business_date) FILTER (WHERE sale.total_amount > sale.refunded_amount) AS first_on
    FROM members_standing AS known
    JOIN sales_sale AS sale ON sale.member_id = known.member_id
    WHERE known.merchant_id = %(merchant)s AND sale.merchant_id = %(merchant)s
      AND known.first_purchase_at >= %(since)s AND sale.business_date BETWEEN %(spare)s AND %(last)s
    GROUP BY sale.member_id
), money AS (
    SELECT sale.id AS row_id, sale.id AS sale_id, sale.business_date AS day, sale.member_id,
           sale.outlet_id, sale.total_amount AS moved,
           (starters.member_id IS NOT NULL AND sale.business_date <= coalesce(starters.first_on, sale.business_date))
           OR (sale.total_amount <= sale.refunded_amount
               AND (SELECT known.first_purchase_at IS NULL FROM members_standing AS known
                    WHERE known.merchant_id = %(merchant)s AND known.member_id = sale.member_id)) AS is_first
    FROM sales_sale AS sale LEFT JOIN starters ON starters.member_id = sale.member_id
    WHERE sale.merchant_id = %(merchant)s AND sale.business_date BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT refund.id, sale.id, refund.business_date, sale.member_id, sale.outlet_id, -refund.goods_amount, NOT EXISTS (
        SELECT FROM sales_sale AS earlier
        WHERE earlier.merchant_id = %(merchant)s AND earlier.member_id = sale.member_id
          AND earlier.business_date < sale.business_date AND earlier.total_amount > earlier.refunded_amount)
    FROM sales_refund AS refund
    JOIN sales_sale AS sale ON sale.merchant_id = refund.merchant_id AND sale.id = refund.sale_id
    WHERE refund.merchant_id = %(merchant)s AND sale.merchant_id = %(merchant)s
      AND refund.business_date BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT id, NULL, (occurred_at AT TIME ZONE %(zone)s - %(day_starts_at)s::time)::date, member_id, NULL,
           -(quantity * unit_amount), false
    FROM sales_unmatchedreturn
    WHERE merchant_id = %(merchant)s AND occurred_at >= %(from_at)s AND occurred_at < %(until_at)s
)
"""
_WHO: Final[Mapping[WhoseMoney, str]] = {
    WhoseMoney.ALL: "true",
    WhoseMoney.MEMBERS: "member_id IS NOT NULL",
    WhoseMoney.RETURNING: "member_id IS NOT NULL AND NOT is_first",
    WhoseMoney.FIRST: "member_id IS NOT NULL AND is_first",
}
_AT: Final = "(%(everywhere)s OR outlet_id = ANY(%(outlets)s::uuid[]))"


def money_rows(
    *,
    merchant: MerchantFacts,
    first: date,
    last: date,
    who: WhoseMoney = WhoseMoney.ALL,
    outlet_ids: Collection[UUID] | None = None,
    after: tuple[date, UUID] | None = None,
    limit: int = 50,
) -> list[MoneyRow]:
    """Return what moved net sales on these business days, the latest first, after `after`. Three statements.

    `outlet_ids`: only what was sold at these; lines of files whose sale is not known were sold at none.
    """
    condition = f"moved <> 0 AND {_WHO[who]} AND {_AT}"
    given = {**money_parameters(merchant, first, last), "limit": limit, **_place_parameters(outlet_ids)}
    if after is not None:
        condition += " AND (day, row_id) < (%(after_day)s, %(after_row)s)"
        given |= {"after_day": after[0], "after_row": after[1]}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_MONEY} SELECT row_id, day, sale_id, member_id, moved FROM money "  # noqa: S608 - constants
            f"WHERE {condition} ORDER BY day DESC, row_id DESC LIMIT %(limit)s",
            given,
        )
        found = cursor.fetchall()
    named = _read_references(merchant, [row[2] for row in found if row[2]], [row[0] for row in found if not row[2]])
    return [
        MoneyRow(row_id, day, sale_id, named[sale_id or row_id], member_id, int(amount))
        for row_id, day, sale_id, member_id, amount in found
    ]


def money_totals(
    *,
    merchant: MerchantFacts,
    first: date,
    last: date,
    who: WhoseMoney = WhoseMoney.ALL,
    outlet_ids: Collection[UUID] | None = None,
) -> tuple[int, int]:
    """Return (rows, amount) of all that `money_rows` lists."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_MONEY} SELECT count(*), coalesce(sum(moved), 0) FROM money "  # noqa: S608 - constants
            f"WHERE moved <> 0 AND {_WHO[who]} AND {_AT}",
            {**money_parameters(merchant, first, last), **_place_parameters(outlet_ids)},
        )
        rows, amount = cursor.fetchone()
    return int(rows), int(amount)


def _place_parameters(outlet_ids: Collection[UUID] | None) -> dict[str, Any]:
    return {"everywhere": outlet_ids is None, "outlets": sorted(outlet_ids or ())}


def receipt_references(*, merchant: MerchantFacts, sale_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the number on the receipt of each of these sales, by id."""
    return dict(Sale.objects.filter(merchant_id=merchant.id, id__in=sale_ids).values_list("id", "reference"))


def _read_references(merchant: MerchantFacts, sales: Sequence[UUID], unmatched: Sequence[UUID]) -> dict[UUID, str]:
    """Return the number on the receipt of each sale and of each return without one, by id."""
    alone = UnmatchedReturn.objects.filter(merchant_id=merchant.id, id__in=unmatched).values_list("id", "reference")
    return {**receipt_references(merchant=merchant, sale_ids=sales), **dict(alone)}
