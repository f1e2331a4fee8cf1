"""A till's day, for closing."""

from __future__ import annotations

from dataclasses import asdict

from pos_integration.presentation.members import Json
from sales.facts import TillDay, TillReceipt


def till_day_json(day: TillDay) -> Json:
    """Return the day with its totals, without its receipts."""
    return {
        "business_date": day.business_date,
        "count": day.sales_count,
        "totals": {
            "sales": {
                "count": day.sales_count,
                "total_amount": day.sales_total_amount,
                "payable_amount": day.sales_payable_amount,
                **asdict(day.sales_bill),
            },
            "returns": {
                "count": day.returns_count,
                "total_amount": day.returns_total_amount,
                "payable_amount": day.returns_payable_amount,
                **asdict(day.returns_bill),
            },
            "net": {
                "total_amount": day.net_total_amount,
                "payable_amount": day.net_payable_amount,
                **asdict(day.sales_bill.minus(day.returns_bill)),
            },
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
        **asdict(receipt.bill),
        "returns_amount": receipt.exchanged_amount,
        "payable_amount": receipt.payable_amount - receipt.exchanged_amount,
        "refunded_amount": receipt.refunded_amount,
        "points_earned": receipt.points_earned,
    }
