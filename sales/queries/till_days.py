"""What a till sold and took back on one business day: the receipts page by page, the totals over all of them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from merchants.facts import MerchantFacts
from sales.facts import StatusTotal, TillDay, TillReceipt
from sales.models import Refund, Sale


def till_day(*, merchant: MerchantFacts, till_id: UUID, business_date: date) -> TillDay:
    """Return the totals of the whole day; two statements."""
    sold = (
        Sale.objects.filter(merchant_id=merchant.id, till_id=till_id, business_date=business_date)
        .values("status")
        .annotate(count=Count("id"), total=Sum("total_amount"), payable=Sum("payable_amount"))
        .order_by("status")
    )
    by_status = {row["status"]: row for row in sold}
    returned = Refund.objects.filter(merchant_id=merchant.id, till_id=till_id, business_date=business_date).aggregate(
        count=Count("id"), goods=Sum("goods_amount"), money=Sum("amount")
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
    )


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
        )
        for row in rows.defer("outcome").order_by("-id")[:limit]
    ]
