"""Sales that came so late that a person decides whether they earn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from merchants.facts import MerchantFacts
from merchants.queries import waiting_approvals
from sales.facts import LateEarnings
from sales.models import Sale

LATE_SALE: Final = "late_sale"
"""The kind of the approval that a till asks for."""


@dataclass(frozen=True, slots=True)
class QuarantinedSale:
    """One late sale that waits for a decision, and what it would earn; `is_returned`: some of it came back."""

    id: UUID
    reference: str
    till_id: UUID
    member_id: UUID
    occurred_at: datetime
    received_at: datetime
    total_amount: int
    is_returned: bool
    earnings: LateEarnings
    expires_at: datetime

    @property
    def cursor(self) -> str:
        return f"{self.received_at.isoformat()}~{self.id}"


def quarantined_sales(
    *,
    merchant: MerchantFacts,
    outlet_ids: Collection[UUID] | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[QuarantinedSale]:
    """Return the sales that wait, the one that came first before the others; `after` is the last one seen."""
    rows = _find_waiting(merchant, outlet_ids).defer("outcome")
    if after is not None:
        rows = rows.filter(received_at__gte=after[0]).exclude(received_at=after[0], id__lte=after[1])
    shown = list(rows.order_by("received_at", "id")[:limit])
    asked = waiting_approvals(merchant=merchant, kind=LATE_SALE, subject_ids=[row.id for row in shown])
    return [
        QuarantinedSale(
            id=row.id,
            reference=row.reference,
            till_id=row.till_id,
            member_id=row.member_id,
            occurred_at=row.occurred_at,
            received_at=row.received_at,
            total_amount=row.total_amount,
            is_returned=row.status != "completed",
            earnings=LateEarnings.from_json(asked[row.id].figures),
            expires_at=asked[row.id].expires_at,
        )
        for row in shown
        if row.member_id is not None
    ]


def quarantined_sale_count(*, merchant: MerchantFacts, outlet_ids: Collection[UUID] | None = None) -> int:
    return _find_waiting(merchant, outlet_ids).count()


def _find_waiting(merchant: MerchantFacts, outlet_ids: Collection[UUID] | None) -> QuerySet[Sale]:
    rows = Sale.objects.filter(merchant_id=merchant.id, quarantine="waiting")
    return rows if outlet_ids is None else rows.filter(outlet_id__in=outlet_ids)
