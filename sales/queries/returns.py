"""What a cancellation from a file can still be matched with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from common.text import comparison_key
from merchants.facts import MerchantFacts
from sales.models import Refund, SaleLine, UnmatchedReturn


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A sold line with units that have not come back; `goods` is their code, or the name of goods without one."""

    sale_id: UUID
    line_id: UUID
    goods: str
    unit_amount: int
    left: int


def returnable_lines(
    *, merchant: MerchantFacts, member_id: UUID, skus: Sequence[str], before: datetime
) -> list[ReturnableLine]:
    """Return the lines of the member's sales up to `before` with these skus and units left, the latest sale first."""
    rows = (
        SaleLine.objects.filter(
            merchant_id=merchant.id,
            sale__merchant_id=merchant.id,
            sale__member_id=member_id,
            sale__occurred_at__lte=before,
            sku__in=sorted(set(skus)),
            returned_quantity__lt=F("quantity"),
        )
        .order_by("-sale__occurred_at", "-sale_id", "position")
        .values_list("sale_id", "id", "sku", "name", "unit_amount", "quantity", "returned_quantity")
    )
    return [
        ReturnableLine(sale, line, sku or comparison_key(name), unit, sold - back)
        for sale, line, sku, name, unit, sold, back in rows
    ]


def imported_returns(*, merchant: MerchantFacts, till_id: UUID, references: Sequence[str]) -> set[str]:
    """Return the cancellation receipts of an import till that have been taken in already."""
    matched = Refund.objects.filter(
        merchant_id=merchant.id,
        sale__merchant_id=merchant.id,
        sale__till_id=till_id,
        refund_reference__in=list(references),
    ).values_list("refund_reference", flat=True)
    unmatched = UnmatchedReturn.objects.filter(
        merchant_id=merchant.id, till_id=till_id, reference__in=list(references)
    ).values_list("reference", flat=True)
    return set(matched) | set(unmatched)
