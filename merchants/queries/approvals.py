"""What waits for a decision."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from common.errors import Missing
from merchants.facts import ApprovalDetails, ApprovalFacts, ApprovalState, MerchantFacts
from merchants.models import Approval


def waiting_approvals(
    *, merchant: MerchantFacts, kind: str, subject_ids: Collection[UUID]
) -> dict[UUID, ApprovalFacts]:
    """Return what waits of this kind, by the record that it is about."""
    rows = Approval.objects.filter(
        merchant_id=merchant.id, kind=kind, state=ApprovalState.WAITING.value, subject_id__in=list(subject_ids)
    )
    return {row.subject_id: ApprovalFacts(row.id, row.figures, row.asked_by, row.expires_at) for row in rows}


def approval(*, merchant: MerchantFacts, approval_id: UUID) -> ApprovalDetails:
    """Return one request. Raises Missing('approval_not_found')."""
    row = Approval.objects.filter(merchant_id=merchant.id, id=approval_id).first()
    if row is None:
        raise Missing("approval_not_found")
    return _details_of(row)


def approvals_page(
    *,
    merchant: MerchantFacts,
    kinds: Collection[str],
    is_open: bool,
    now: datetime,
    asked_by_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[ApprovalDetails]:
    """Return requests that can still be decided, or the others, the newest first; `before`: the last one shown.

    `asked_by_id`: only those of this person.
    """
    rows = _narrow_approvals(merchant, kinds, is_open=is_open, now=now)
    if asked_by_id is not None:
        rows = rows.filter(asked_by_id=asked_by_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_details_of(row) for row in rows.order_by("-id")[:limit]]


def open_approval_count(*, merchant: MerchantFacts, kinds: Collection[str], now: datetime) -> int:
    """Return how many requests can be decided now."""
    return _narrow_approvals(merchant, kinds, is_open=True, now=now).count()


def open_approvals_about(
    *, merchant: MerchantFacts, kinds: Collection[str], owner_id: UUID, now: datetime
) -> list[ApprovalDetails]:
    """Return what can be decided now about one account's owner, the newest first."""
    rows = _narrow_approvals(merchant, kinds, is_open=True, now=now).filter(figures__owner_id=str(owner_id))
    return [_details_of(row) for row in rows.order_by("-id")[:20]]


def _narrow_approvals(
    merchant: MerchantFacts, kinds: Collection[str], *, is_open: bool, now: datetime
) -> QuerySet[Approval]:
    waits = Q(state=ApprovalState.WAITING.value, expires_at__gt=now)
    return Approval.objects.filter(waits if is_open else ~waits, merchant_id=merchant.id, kind__in=list(kinds))


def _details_of(row: Approval) -> ApprovalDetails:
    return ApprovalDetails(
        id=row.id,
        kind=row.kind,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        figures=row.figures,
        asker_kind=row.asker_kind,
        asked_by_id=row.asked_by_id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        asked_reason=row.asked_reason,
        expires_at=row.expires_at,
        state=ApprovalState(row.state),
        decided_by_id=row.decided_by_id,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decided_reason=row.decided_reason,
    )
