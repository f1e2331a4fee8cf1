"""Asking for messages, and holding, opening and closing what is sent for one reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from django.db import connection

from common.emails import email_key
from common.secrets import encrypt
from merchants.facts import MerchantFacts
from merchants.operations import enqueue_work
from messaging.facts import (
    FORGOTTEN,
    MESSAGE_WORK,
    DispatchState,
    MessageDraft,
    MessageReason,
    MessageState,
    Purpose,
    StaffMessageDraft,
)
from messaging.models import Dispatch, Message
from messaging.queries.addresses import address_hash

CHUNK: Final = 1_000
_WAITING: Final = [MessageState.QUEUED.value, MessageState.DEFERRED.value]


def open_dispatch(
    *,
    merchant: MerchantFacts,
    dispatch_id: UUID,
    purpose: Purpose,
    at: datetime,
    keeps_quiet: bool = False,
    is_by_person: bool = False,
) -> None:
    """Let messages of `dispatch_id` be sent, for the first time or again; an earlier wait for the server ends."""
    Dispatch.objects.bulk_create(
        [Dispatch(merchant_id=merchant.id, id=dispatch_id, purpose=purpose.value, keeps_quiet=keeps_quiet)],
        ignore_conflicts=True,
    )
    Dispatch.objects.filter(merchant_id=merchant.id, id=dispatch_id).update(
        state=DispatchState.OPEN.value, retry_at=None, link_failures=0
    )
    enqueue_work(merchant=merchant, kind=MESSAGE_WORK, subject_id=dispatch_id, due_at=at, is_by_person=is_by_person)


def hold_dispatch(*, merchant: MerchantFacts, dispatch_id: UUID) -> None:
    """Send nothing more from the next message on; waiting messages keep waiting."""
    Dispatch.objects.filter(merchant_id=merchant.id, id=dispatch_id).exclude(state=DispatchState.CLOSED.value).update(
        state=DispatchState.HELD.value
    )


def close_dispatch(*, merchant: MerchantFacts, dispatch_id: UUID, reason: str) -> int:
    """End the dispatch for ever: waiting messages are cancelled for `reason`. Return how many.

    A message that a worker is handing over at this moment may still arrive.
    """
    Dispatch.objects.filter(merchant_id=merchant.id, id=dispatch_id).exclude(state=DispatchState.CLOSED.value).update(
        state=DispatchState.CLOSED.value, closed_reason=reason
    )
    return Message.objects.filter(merchant_id=merchant.id, dispatch_id=dispatch_id, state__in=_WAITING).update(
        state=MessageState.CANCELLED.value, reason=reason, **FORGOTTEN
    )


_QUEUE: Final = """
INSERT INTO messaging_message (merchant_id, id, dispatch_id, purpose, channel, member_id, address_hash, occasion_key,
                               template_key, cap_days, state, due_at, created_at)
SELECT %(merchant)s, new.id, %(dispatch)s, %(purpose)s, 'email', new.member_id, new.address_hash, new.occasion_key,
       %(template)s, %(cap_days)s, 'queued', new.due_at, %(at)s
FROM unnest(%(ids)s::uuid[], %(members)s::uuid[], %(hashes)s::bytea[], %(occasions)s::text[], %(due)s::timestamptz[])
    AS new(id, member_id, address_hash, occasion_key, due_at)
"""


def queue_messages(
    *,
    merchant: MerchantFacts,
    dispatch_id: UUID,
    purpose: Purpose,
    template_key: str,
    drafts: Sequence[MessageDraft],
    cap_days: int,
    at: datetime,
) -> None:
    """Write messages to members for an opened or held dispatch, a thousand per statement.

    Call it in the transaction of the rows that ask for them. A second message of the dispatch to one member on one
    occasion, or to one address, breaks a unique key.
    """
    for start in range(0, len(drafts), CHUNK):
        chunk = drafts[start : start + CHUNK]
        with connection.cursor() as cursor:
            cursor.execute(
                _QUEUE,
                {
                    "merchant": merchant.id,
                    "dispatch": dispatch_id,
                    "purpose": purpose.value,
                    "template": template_key,
                    "cap_days": cap_days,
                    "at": at,
                    "ids": [draft.id for draft in chunk],
                    "members": [draft.member_id for draft in chunk],
                    "hashes": [draft.address_hash for draft in chunk],
                    "occasions": [draft.occasion_key for draft in chunk],
                    "due": [draft.due_at for draft in chunk],
                },
            )
    if drafts:
        due_at = min(draft.due_at for draft in drafts)
        enqueue_work(merchant=merchant, kind=MESSAGE_WORK, subject_id=dispatch_id, due_at=due_at)


def queue_staff_message(*, merchant: MerchantFacts, draft: StaffMessageDraft, at: datetime) -> UUID:
    """Write a message to one of the staff, to be sent at once; return its dispatch, for `hint_senders` after commit.

    All of a shop's messages to its staff are one dispatch, of the merchant's own id.
    """
    open_dispatch(merchant=merchant, dispatch_id=merchant.id, purpose=Purpose.STAFF, at=at)
    recipient = {"name": draft.name, "address": draft.address}
    Message.objects.create(
        merchant_id=merchant.id,
        id=draft.id,
        dispatch_id=merchant.id,
        purpose=Purpose.STAFF.value,
        recipient_encrypted=encrypt(json.dumps(recipient)),
        address_hash=address_hash(merchant=merchant, email_key=email_key(draft.address)),
        occasion_key=str(draft.id),
        template_key=draft.template_key,
        fields_encrypted=encrypt(json.dumps(dict(draft.fields))),
        due_at=at,
        created_at=at,
    )
    return merchant.id


def program_dispatch_of(merchant: MerchantFacts) -> UUID:
    """Return the dispatch of all of a shop's messages about the program that its staff send one member."""
    return uuid5(merchant.id, "messages about the program")


def queue_program_message(*, merchant: MerchantFacts, draft: MessageDraft, template_key: str, at: datetime) -> UUID:
    """Write a message about the program to one member, to be sent at once; return its dispatch, for `hint_senders`.

    No frequency cap holds it: the member asked for it. Consent and blocked addresses count as for every other one.
    """
    dispatch_id = program_dispatch_of(merchant)
    open_dispatch(merchant=merchant, dispatch_id=dispatch_id, purpose=Purpose.PROGRAM, at=at)
    queue_messages(
        merchant=merchant,
        dispatch_id=dispatch_id,
        purpose=Purpose.PROGRAM,
        template_key=template_key,
        drafts=[draft],
        cap_days=0,
        at=at,
    )
    return dispatch_id


def cancel_program_messages(*, merchant: MerchantFacts, now: datetime) -> int:
    """Cancel waiting messages about the program after a restore; return how many. Staff can send them again."""
    return _cancel_waiting(merchant, program_dispatch_of(merchant))


def cancel_notices(*, merchant: MerchantFacts, now: datetime) -> int:
    """Cancel waiting messages that a law asks for after a restore; return how many. A person sends them again."""
    waiting = Message.objects.filter(merchant_id=merchant.id, purpose=Purpose.NOTICE.value, state__in=_WAITING)
    return waiting.update(state=MessageState.CANCELLED.value, reason=MessageReason.NEEDS_REVIEW.value, **FORGOTTEN)


def cancel_staff_messages(*, merchant: MerchantFacts, now: datetime) -> int:
    """Cancel waiting messages to staff after a restore; return how many.

    They may have been sent before the restore, and the person who asked can ask again.
    """
    return _cancel_waiting(merchant, merchant.id)


def _cancel_waiting(merchant: MerchantFacts, dispatch_id: UUID) -> int:
    return Message.objects.filter(merchant_id=merchant.id, dispatch_id=dispatch_id, state__in=_WAITING).update(
        state=MessageState.CANCELLED.value, reason=MessageReason.NEEDS_REVIEW.value, **FORGOTTEN
    )
