"""What promotions gave in sales, set-based: sums, days, and the receipts they were used on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts

# `spend` is what it gave by its own measure: money for discounts, cashback and gifts, points for rules of points.
# Counted is what was given, on the day of the sale: what returns took off is in rows of another kind. Voids are few and
# have an index of their own, so that no sale is looked up for its status.
_GIVEN: Final = """
FROM rewards_benefit_given b
WHERE b.merchant_id = %(merchant)s AND b.promotion_id = ANY(%(ids)s::uuid[]) AND b.kind <> 'returned'
  AND b.business_date BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (SELECT FROM sales_refund v
                  WHERE v.merchant_id = %(merchant)s AND v.sale_id = b.sale_id AND v.kind = 'void')
"""
_SUMS: Final = f"SELECT b.promotion_id, count(DISTINCT b.sale_id), sum(b.spend) {_GIVEN} GROUP BY 1"
_DAYS: Final = f"SELECT b.business_date, count(DISTINCT b.sale_id), sum(b.spend) {_GIVEN} GROUP BY 1 ORDER BY 1"
_RECEIPTS: Final = f"""
WITH used AS (
    SELECT b.sale_id, sum(b.spend)::bigint AS spend, max(b.version_number) AS version
    {_GIVEN} AND (%(before)s::uuid IS NULL OR b.sale_id < %(before)s::uuid)
    GROUP BY b.sale_id ORDER BY b.sale_id DESC LIMIT %(limit)s
)
SELECT s.sale_id, s.reference, s.occurred_at, s.total_amount, used.spend, used.version, s.status
FROM used JOIN sales_receipt s ON s.merchant_id = %(merchant)s AND s.sale_id = used.sale_id
ORDER BY s.sale_id DESC
"""  # noqa: S608 - constants


@dataclass(frozen=True)
class GivenByPromotion:
    """Uses, and what was given in them before returns: money or points, by the promotion's own measure."""

    uses: int
    spend: int


@dataclass(frozen=True)
class UsedOn:
    """A receipt a promotion was used on, and the version that priced it."""

    sale_id: UUID
    reference: str
    occurred_at: datetime
    total_amount: int
    spend: int
    version: int | None
    status: str


def given_by_promotions(
    *, merchant: MerchantFacts, promotion_ids: Sequence[UUID], first: date, last: date
) -> dict[UUID, GivenByPromotion]:
    """Return what each promotion gave on these business days; promotions that gave nothing are left out."""
    rows = _read_rows(_SUMS, merchant, promotion_ids, first, last) if promotion_ids else []
    return {row[0]: GivenByPromotion(row[1], int(row[2])) for row in rows}


def given_by_days(
    *, merchant: MerchantFacts, promotion_id: UUID, first: date, last: date
) -> dict[date, GivenByPromotion]:
    """Return what it gave by business day; days on which it gave nothing are left out."""
    return {
        row[0]: GivenByPromotion(row[1], int(row[2]))
        for row in _read_rows(_DAYS, merchant, [promotion_id], first, last)
    }


def receipts_with_promotion(
    *, merchant: MerchantFacts, promotion_id: UUID, first: date, last: date, before: UUID | None, limit: int
) -> list[UsedOn]:
    """Return the receipts, newest first; `before` continues after the last one seen."""
    rows = _read_rows(_RECEIPTS, merchant, [promotion_id], first, last, before=before, limit=limit)
    return [UsedOn(*row) for row in rows]


def _read_rows(
    statement: str, merchant: MerchantFacts, ids: Sequence[UUID], first: date, last: date, **more: Any
) -> list[tuple[Any, ...]]:
    values = {"merchant": merchant.id, "ids": list(ids), "first": first, "last": last, **more}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
