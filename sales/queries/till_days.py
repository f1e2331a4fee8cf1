"""What a till sold and took back on one business day: the receipts page by page, the totals over all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from merchants.facts import MerchantFacts
from sales.facts import BillTotals, StatusTotal, TillDay, TillReceipt
from sales.models import Refund, Sale
from sales.queries.receipts import withholds_member


def till_day(*, merchant: MerchantFacts, till_id: UUID, business_date: date) -> TillDay:
    """Return the totals of the whole day; two statements."""
    sold = (
        Sale.objects.filter(merchant_id=merchant.id, till_id=till_id, business_date=business_date)
        .values("status")
        .annotate(count=Count("id"), total=Sum("total_amount"), payable=Sum("payable_amount"), **_bill_sums())
        .order_by("status")
    )
    by_status = {row["status"]: row for row in sold}
    returned = Refund.objects.filter(merchant_id=merchant.id, till_id=till_id, business_date=business_date).aggregate(
        count=Count("id"), goods=Sum("goods_amount"), money=Sum("amount"), **_bill_sums()
    )
    return TillDay(
        business_date=business_date,
        sales_count=sum(row["count"] for row in by_status.values()),
        sales_total_amount=sum(int(row["total"]) for row in by_status.values()),
        sales_payable_amount=sum(int(row["payable"]) for row in by_status.values()),
        returns_count=returned["count"],
        returns_total_amount=int(returned["goods"] or 0),
        returns_payable_amount=int(returned["money"] or 0),
        by_status={status: StatusTotal(row["count"], int(row["total"])) for status, row in by_status.items()},
        sales_bill=_bill_totals(by_status.values()),
        returns_bill=_bill_totals([returned]),
    )


_OF_BILL: Final = ("tax", "service", "tip", "rounding")


def _bill_sums() -> dict[str, Sum]:
    return {name: Sum(f"{name}_amount") for name in _OF_BILL}


def _bill_totals(rows: Collection[Mapping[str, Any]]) -> BillTotals:
    return BillTotals(*(sum(int(row[name] or 0) for row in rows) for name in _OF_BILL))


def receipts_of_till_day(
    *, merchant: MerchantFacts, till_id: UUID, business_date: date, before: UUID | None = None, limit: int
) -> list[TillReceipt]:
    """Return the receipts in the order in which they came in, newest first; those before the receipt `before`."""
    rows = Sale.objects.filter(merchant_id=merchant.id, till_id=till_id, business_date=business_date)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return _read_receipts(rows, limit)


def newest_receipts(*, merchant: MerchantFacts, limit: int) -> list[TillReceipt]:
    """Return the merchant's receipts in the order in which they came in, newest first."""
    return _read_receipts(Sale.objects.filter(merchant_id=merchant.id), limit)


def _read_receipts(rows: QuerySet[Sale], limit: int) -> list[TillReceipt]:
    return [
        TillReceipt(
            id=row.id,
            reference=row.reference,
            status=row.status,
            occurred_at=row.occurred_at,
            member_id=row.member_id,
            cashier=row.cashier,
            total_amount=row.total_amount,
            discount_amount=row.discount_amount,
            payable_amount=row.payable_amount,
            exchanged_amount=row.exchanged_amount or 0,
            refunded_amount=row.refunded_amount,
            points_earned=row.points_earned,
            bill=BillTotals(row.tax_amount, row.service_amount, row.tip_amount, row.rounding_amount),
            withholds_member=withholds_member(row),
        )
        for row in rows.defer("outcome").order_by("-id")[:limit]
    ]
