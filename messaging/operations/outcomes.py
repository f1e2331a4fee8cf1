"""The result of an attempt: written once, with everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F

from merchants.facts import MerchantFacts
from merchants.operations import enqueue_work
from messaging.facts import (
    FINAL_STATES,
    FORGOTTEN,
    MESSAGE_WORK,
    AttemptState,
    DispatchState,
    MessageReason,
    MessageState,
    Purpose,
    SuppressionReason,
)
from messaging.models import Attempt, Dispatch, Message
from messaging.operations.claims import Claimed
from messaging.operations.sources import source_of
from messaging.operations.suppressions import suppress_hashes
from messaging.rules.pauses import SOFT_BOUNCE_WINDOW, SOFT_BOUNCES, hold_after, next_try
from messaging.rules.replies import Meaning, Reply, meaning_of

# A reply may come after the sweeper gave the worker up: it replaces "uncertain", however late it is.
_OPEN_ATTEMPT: Final = [AttemptState.SENDING.value, AttemptState.UNCERTAIN.value]
_OPEN_MESSAGE: Final = [MessageState.SENDING.value, MessageState.UNCERTAIN.value]
_SOFT: Final = [MessageReason.REJECTED.value, MessageReason.GAVE_UP.value]


@dataclass(frozen=True)
class AttemptOutcome:
    """How one attempt ended: with a server's reply (code 0 = the link was lost)."""

    claimed: Claimed
    reply: Reply


def settle(*, merchant: MerchantFacts, outcome: AttemptOutcome, now: datetime) -> None:
    """Write the attempt's end and move its message on.

    accepted -> accepted · temporary -> deferred, tried again for 72 hours · address dead -> suppressed, for ever ·
    refused otherwise -> failed · we are refused -> the message waits and its room is informed · lost after the final
    dot -> uncertain, never sent again by itself. Settling an attempt twice changes nothing.
    """
    meaning = meaning_of(outcome.reply)
    if meaning is Meaning.ACCEPTED:
        _accept_message(merchant, outcome.claimed, outcome.reply, now)
        if "@" in outcome.reply.text:
            _forget_reply_about_erased(merchant, outcome)
        return
    if not _end_attempt(merchant, outcome, _ATTEMPT_STATES[meaning], now):
        return
    _forget_reply_about_erased(merchant, outcome)
    if meaning is Meaning.UNKNOWN:
        _move_message(merchant, outcome, MessageState.UNCERTAIN, sent_at=now)
    elif meaning is Meaning.TRY_LATER:
        _defer_message(merchant, outcome, now)
    elif meaning is Meaning.ADDRESS_IS_DEAD:
        _move_message(merchant, outcome, MessageState.SUPPRESSED, reason=MessageReason.HARD_BOUNCE.value)
        _suppress_recipient(merchant, outcome.claimed.message.id, SuppressionReason.HARD_BOUNCE, now)
    elif meaning is Meaning.REJECTED:
        _bounce_softly(merchant, outcome, MessageReason.REJECTED, now)
    else:
        _stop_for_sender(merchant, outcome, now)


_ATTEMPT_STATES: Final = {
    Meaning.TRY_LATER: AttemptState.DEFERRED,
    Meaning.ADDRESS_IS_DEAD: AttemptState.FAILED,
    Meaning.REJECTED: AttemptState.FAILED,
    Meaning.WE_ARE_REFUSED: AttemptState.REFUSED,
    Meaning.UNKNOWN: AttemptState.UNCERTAIN,
}


# How most attempts end, in one statement: it runs once per message.
_ACCEPT: Final = """
WITH ended AS (
    UPDATE messaging_attempt a
    SET state = 'accepted', ended_at = %(now)s, reply_code = %(code)s, reply_text = %(text)s
    WHERE a.merchant_id = %(merchant)s AND a.id = %(attempt)s AND a.state IN ('sending', 'uncertain')
    RETURNING a.message_id
)
UPDATE messaging_message m
SET state = 'accepted', reason = '', sent_at = %(now)s, recipient_encrypted = NULL, fields_encrypted = NULL
FROM ended e
WHERE m.merchant_id = %(merchant)s AND m.id = e.message_id AND m.state IN ('sending', 'uncertain')
"""


def _accept_message(merchant: MerchantFacts, claimed: Claimed, reply: Reply, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCEPT,
            {
                "merchant": merchant.id,
                "attempt": claimed.attempt_id,
                "now": now,
                "code": reply.code,
                "text": reply.text,
            },
        )


def _end_attempt(merchant: MerchantFacts, outcome: AttemptOutcome, state: AttemptState, now: datetime) -> bool:
    return bool(
        Attempt.objects.filter(merchant_id=merchant.id, id=outcome.claimed.attempt_id, state__in=_OPEN_ATTEMPT).update(
            state=state.value, ended_at=now, reply_code=outcome.reply.code or None, reply_text=outcome.reply.text
        )
    )


# A statement of its own, behind the one that wrote the reply: that one may have waited for an erasure, which emptied
# what the attempt had said before, and would not see the member that it left.
_FORGET_REPLY: Final = """
UPDATE messaging_attempt a SET reply_text = ''
WHERE a.merchant_id = %(merchant)s AND a.id = %(attempt)s AND NOT EXISTS (
    SELECT FROM members_contact c
    WHERE c.merchant_id = %(merchant)s AND c.member_id = %(member)s AND c.email IS NOT NULL
)
"""


def _forget_reply_about_erased(merchant: MerchantFacts, outcome: AttemptOutcome) -> None:
    """Empty the reply, which may name the recipient, where the member was erased while the mail was on its way."""
    member_id = outcome.claimed.message.member_id
    if member_id is None:
        return
    with connection.cursor() as cursor:
        values = {"merchant": merchant.id, "attempt": outcome.claimed.attempt_id, "member": member_id}
        cursor.execute(_FORGET_REPLY, values)


def _move_message(
    merchant: MerchantFacts,
    outcome: AttemptOutcome,
    state: MessageState,
    *,
    reason: str = "",
    due_at: datetime | None = None,
    sent_at: datetime | None = None,
    deferred: int = 0,
) -> None:
    changes: dict[str, object] = {"state": state.value, "reason": reason, "sent_at": sent_at}
    if state.value in FINAL_STATES:
        changes.update(FORGOTTEN)
    if due_at is not None:
        changes["due_at"] = due_at
    if deferred:
        changes["deferrals"] = F("deferrals") + deferred
    Message.objects.filter(merchant_id=merchant.id, id=outcome.claimed.message.id, state__in=_OPEN_MESSAGE).update(
        **changes
    )
    if due_at is not None:
        dispatch_id = outcome.claimed.message.dispatch_id
        enqueue_work(merchant=merchant, kind=MESSAGE_WORK, subject_id=dispatch_id, due_at=due_at)


def _defer_message(merchant: MerchantFacts, outcome: AttemptOutcome, now: datetime) -> None:
    row = Message.objects.select_related("dispatch").get(merchant_id=merchant.id, id=outcome.claimed.message.id)
    deferrals = row.deferrals + 1
    again = next_try(deferrals=deferrals, first_tried_at=row.first_tried_at or now, now=now)
    if row.dispatch.state == DispatchState.CLOSED.value:
        _move_message(merchant, outcome, MessageState.CANCELLED, reason=row.dispatch.closed_reason)
    elif again is None:
        _bounce_softly(merchant, outcome, MessageReason.GAVE_UP, now)
    else:
        if outcome.reply.code == 0:  # the link broke: the server did not ask for a wait of half an hour
            again = min(again, now + hold_after(deferrals))
        _move_message(merchant, outcome, MessageState.DEFERRED, due_at=again, deferred=1)


def _bounce_softly(merchant: MerchantFacts, outcome: AttemptOutcome, reason: MessageReason, now: datetime) -> None:
    """Fail the message; the third such failure within 30 days stops the address."""
    _move_message(merchant, outcome, MessageState.FAILED, reason=reason.value)
    row = Message.objects.get(merchant_id=merchant.id, id=outcome.claimed.message.id)
    if row.address_hash is None:
        return
    failures = Message.objects.filter(
        merchant_id=merchant.id,
        address_hash=row.address_hash,
        state=MessageState.FAILED.value,
        reason__in=_SOFT,
        first_tried_at__gt=now - SOFT_BOUNCE_WINDOW,
    ).count()
    if failures >= SOFT_BOUNCES:
        _suppress_recipient(merchant, row.id, SuppressionReason.SOFT_BOUNCES, now)


def _suppress_recipient(merchant: MerchantFacts, message_id: UUID, reason: SuppressionReason, now: datetime) -> None:
    row = Message.objects.get(merchant_id=merchant.id, id=message_id)
    if row.address_hash is not None:
        suppress_hashes(
            merchant=merchant, hashes=[bytes(row.address_hash)], reason=reason, at=now, message_id=message_id
        )


def _stop_for_sender(merchant: MerchantFacts, outcome: AttemptOutcome, now: datetime) -> None:
    """Stop the dispatch because the server refuses us; the message waits and no address is suppressed.

    A message that is refused so a second time, after a person resumed, fails alone; otherwise one strict recipient
    would stop the others for ever.
    """
    before = Attempt.objects.filter(
        merchant_id=merchant.id, message_id=outcome.claimed.message.id, state=AttemptState.REFUSED.value
    ).exclude(id=outcome.claimed.attempt_id)
    if before.exists():
        _move_message(merchant, outcome, MessageState.FAILED, reason=MessageReason.REFUSED_BY_POLICY.value)
        return
    _move_message(merchant, outcome, MessageState.QUEUED, due_at=now)
    stop_for_sender(merchant=merchant, dispatch_id=outcome.claimed.message.dispatch_id, reply=outcome.reply, now=now)


def stop_for_sender(*, merchant: MerchantFacts, dispatch_id: UUID, reply: Reply, now: datetime) -> None:
    """Hold the dispatch because the server refuses us (login, sender, policy, quota) and inform its room."""
    _leave_server_alone(merchant, dispatch_id, reply, now, is_refusal=True)


def hold_for_server(*, merchant: MerchantFacts, dispatch_id: UUID, reply: Reply, now: datetime) -> None:
    """Hold the dispatch while the server does not answer: 1, 2, 4, ... up to 30 minutes; no message changes."""
    _leave_server_alone(merchant, dispatch_id, reply, now, is_refusal=False)


def _leave_server_alone(
    merchant: MerchantFacts, dispatch_id: UUID, reply: Reply, now: datetime, *, is_refusal: bool
) -> None:
    rows = Dispatch.objects.filter(merchant_id=merchant.id, id=dispatch_id)
    purpose = rows.values_list("purpose", flat=True).first()
    if purpose is None:
        return
    # The room first: it locks its own row before the dispatch's, as it does when a person pauses.
    report = source_of(Purpose(purpose)).report_trouble
    if report is not None:
        problem = _describe_reply(reply)
        report(merchant=merchant, dispatch_id=dispatch_id, problem=problem, is_refusal=is_refusal, now=now)
    row = rows.select_for_update(no_key=True).get()
    row.link_failures += 1
    row.retry_at = now + hold_after(row.link_failures)
    row.save(update_fields=["link_failures", "retry_at"])


def greet_server(*, merchant: MerchantFacts, dispatch_id: UUID, now: datetime) -> None:
    """Record that the mail server answers again."""
    away = Dispatch.objects.filter(merchant_id=merchant.id, id=dispatch_id, link_failures__gt=0)
    purpose = away.values_list("purpose", flat=True).first()
    if purpose is None:
        return
    report = source_of(Purpose(purpose)).report_trouble
    if report is not None:
        report(merchant=merchant, dispatch_id=dispatch_id, problem="", is_refusal=False, now=now)
    away.update(link_failures=0, retry_at=None)


def _describe_reply(reply: Reply) -> str:
    """Return what a page may show of a refusal: stage and code, not the server's text, which may name a recipient."""
    status = f"{reply.code} {reply.enhanced}".strip() if reply.code else "unreachable"
    return f"{reply.stage.value}: {status}"[:120]
