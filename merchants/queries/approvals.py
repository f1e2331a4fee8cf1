"""What waits for a decision."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from merchants.facts import ApprovalFacts, ApprovalState, MerchantFacts
from merchants.models import Approval


def waiting_approvals(
    *, merchant: MerchantFacts, kind: str, subject_ids: Collection[UUID]
) -> dict[UUID, ApprovalFacts]:
    """Return what waits of this kind, by the record that it is about."""
    rows = Approval.objects.filter(
        merchant_id=merchant.id, kind=kind, state=ApprovalState.WAITING.value, subject_id__in=list(subject_ids)
    )
    return {row.subject_id: ApprovalFacts(row.id, row.figures, row.asked_by, row.expires_at) for row in rows}
