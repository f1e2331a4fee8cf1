"""A till's day, for closing."""

from __future__ import annotations

from pos_integration.presentation.members import Json
from sales.facts import TillDay, TillReceipt


def till_day_json(day: TillDay) -> Json:
    """Return the day with its totals, without its receipts."""
    return {
        "business_date": day.business_date,
        "count": day.sales_count,
        "totals": {
            "sales": _total_json(day.sales_count, day.sales_total_amount, day.sales_payable_amount),
            "returns": _total_json(day.returns_count, day.returns_total_amount, day.returns_payable_amount),
            "net": {"total_amount": day.net_total_amount, "payable_amount": day.net_payable_amount},
            "by_status": [
                {"status": status, "count": of.count, "total_amount": of.total_amount}
                for status, of in sorted(day.by_status.items())
            ],
        },
    }


def till_receipt_json(receipt: TillReceipt) -> Json:
    return {
        "id": receipt.id,
        "reference": receipt.reference,
        "status": receipt.status,
        "occurred_at": receipt.occurred_at,
        "member_id": receipt.member_id,
        "cashier": receipt.cashier,
        "total_amount": receipt.total_amount,
        "discount_amount": receipt.discount_amount,
        "returns_amount": receipt.exchanged_amount,
        "payable_amount": receipt.payable_amount - receipt.exchanged_amount,
        "refunded_amount": receipt.refunded_amount,
        "points_earned": receipt.points_earned,
    }


def _total_json(count: int, total_amount: int, payable_amount: int) -> Json:
    return {"count": count, "total_amount": total_amount, "payable_amount": payable_amount}
