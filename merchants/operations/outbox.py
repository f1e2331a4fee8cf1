"""Events left by what happened, handled at least once afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.rows import insert_rows
from merchants.facts import MerchantFacts
from merchants.models import OutboxEvent


def enqueue_event(*, merchant: MerchantFacts, kind: str, subject_id: UUID, at: datetime) -> None:
    """Leave an outbox event in the transaction of what happened: surrogate ids only, no personal data."""
    event = OutboxEvent(merchant_id=merchant.id, kind=kind, subject_id=subject_id, occurred_at=at)
    insert_rows(OutboxEvent, [event])


def mark_events_handled(*, merchant: MerchantFacts, event_ids: Sequence[UUID], at: datetime) -> None:
    OutboxEvent.objects.filter(merchant_id=merchant.id, id__in=list(event_ids)).update(handled_at=at)


def forget_handled_events(*, merchant: MerchantFacts, before: datetime) -> int:
    deleted, _ = OutboxEvent.objects.filter(merchant_id=merchant.id, handled_at__lt=before).delete()
    return deleted
