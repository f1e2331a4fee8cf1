"""Uncertain messages: found in the provider's log, or sent again because a person decided so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from merchants.facts import MerchantFacts
from merchants.operations import enqueue_work
from messaging.facts import FORGOTTEN, MESSAGE_WORK, AttemptState, MessageState
from messaging.models import Attempt, Message


def accept_uncertain(
    *, merchant: MerchantFacts, dispatch_id: UUID, header_ids: Sequence[str], decided_by: UUID | None
) -> int:
    """Mark as accepted the messages whose Message-IDs the provider's log shows as taken; return how many were found.

    The others stay uncertain: a log that does not name them proves nothing.
    """
    named = {f"<{header_id.strip().strip('<>')}>" for header_id in header_ids}
    found = list(
        Attempt.objects.filter(
            merchant_id=merchant.id,
            message__dispatch_id=dispatch_id,
            state=AttemptState.UNCERTAIN.value,
            header_id__in=sorted(named),
        ).values_list("id", "message_id")
    )
    Attempt.objects.filter(merchant_id=merchant.id, id__in=[attempt for attempt, _ in found]).update(
        state=AttemptState.ACCEPTED.value, decided_by_id=decided_by
    )
    Message.objects.filter(
        merchant_id=merchant.id, id__in=[message for _, message in found], state=MessageState.UNCERTAIN.value
    ).update(state=MessageState.ACCEPTED.value, **FORGOTTEN)
    return len(found)


def requeue_uncertain(
    *,
    merchant: MerchantFacts,
    dispatch_id: UUID,
    at: datetime,
    decided_by: UUID | None,
    header_ids: Sequence[str] | None = None,
) -> int:
    """Put uncertain messages of a dispatch, all or those named, into the queue again; return how many.

    A person has accepted that some members may get the message twice.
    Each keeps its Message-ID, so that a receiver can fold the copies; consent, suppression and cap are checked again.
    """
    uncertain = Attempt.objects.filter(
        merchant_id=merchant.id, message__dispatch_id=dispatch_id, state=AttemptState.UNCERTAIN.value
    )
    if header_ids is not None:
        uncertain = uncertain.filter(header_id__in=sorted(set(header_ids)))
    doubtful = list(uncertain.values_list("id", "message_id"))
    Attempt.objects.filter(merchant_id=merchant.id, id__in=[attempt for attempt, _ in doubtful]).update(
        state=AttemptState.OVERRULED.value, decided_by_id=decided_by
    )
    Message.objects.filter(
        merchant_id=merchant.id, id__in=[message for _, message in doubtful], state=MessageState.UNCERTAIN.value
    ).update(state=MessageState.QUEUED.value, due_at=at, sent_at=None, deferrals=0, first_tried_at=None)
    enqueue_work(merchant=merchant, kind=MESSAGE_WORK, subject_id=dispatch_id, due_at=at, is_by_person=True)
    return len(doubtful)
