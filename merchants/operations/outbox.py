"""Events written with what happened, handled at least once afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.rows import insert_rows
from merchants.facts import EVENT_WORK, HEARD_EVENTS, MerchantFacts
from merchants.models import OutboxEvent
from merchants.operations.due_work import add_work, restore_work


def enqueue_event(*, merchant: MerchantFacts, kind: str, subject_id: UUID, at: datetime) -> None:
    """Write an outbox event in the transaction of what happened, and its work if it has a handler.

    Surrogate ids only, no personal data. Every event has work of its own, so that tills never wait for one row.
    """
    is_heard = kind in HEARD_EVENTS
    event = OutboxEvent(
        merchant_id=merchant.id,
        kind=kind,
        subject_id=subject_id,
        occurred_at=at,
        handled_at=None if is_heard else at,
    )
    insert_rows(OutboxEvent, [event])
    if is_heard:
        add_work(merchant=merchant, kind=EVENT_WORK, due_at=at, subject_ids=[event.id])


def mark_events_handled(*, merchant: MerchantFacts, event_ids: Sequence[UUID], at: datetime) -> None:
    OutboxEvent.objects.filter(merchant_id=merchant.id, id__in=list(event_ids)).update(handled_at=at)


def forget_handled_events(*, merchant: MerchantFacts, before: datetime) -> int:
    deleted, _ = OutboxEvent.objects.filter(merchant_id=merchant.id, handled_at__lt=before).delete()
    return deleted


def restore_event_work(*, merchant: MerchantFacts, at: datetime) -> int:
    """Ask for the work of every waiting event that has none; return how many there were."""
    waiting = OutboxEvent.objects.filter(merchant_id=merchant.id, handled_at__isnull=True).order_by("id")
    ids = list(waiting.values_list("id", flat=True))
    return restore_work(merchant=merchant, kind=EVENT_WORK, due_at=at, subject_ids=ids)
