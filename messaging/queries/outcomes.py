"""What happened to messages, and what waits to be sent, read from rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from merchants.facts import MerchantFacts
from messaging.facts import DispatchState, MessageState, Purpose, UncertainMessage
from messaging.models import Attempt, Message

LOOK_EVERY: Final = timedelta(minutes=1)

WRITTEN_TO_RECENTLY: Final = """EXISTS (
    SELECT 1 FROM messaging_outcome other
    WHERE other.merchant_id = %(merchant)s AND other.member_id = {member} AND other.purpose = 'promo'
      AND other.dispatch_id <> {dispatch}
      AND (other.state = 'sending' OR other.sent_at > %(at)s - make_interval(days => {days}))
)"""
"""SQL: did the member get a promotional message of another dispatch within so many days? Parameters merchant and at."""

# A dispatch that is held, closed or leaving its server alone has nothing to send.
_DUE: Final = """
SELECT p.id FROM messaging_dispatch p
WHERE p.merchant_id = %(merchant)s AND p.state = 'open' AND (p.retry_at IS NULL OR p.retry_at <= %(now)s)
  AND EXISTS (
      SELECT 1 FROM messaging_message m
      WHERE m.merchant_id = %(merchant)s AND m.dispatch_id = p.id
        AND m.state IN ('queued', 'deferred') AND m.due_at <= %(now)s
  )
ORDER BY p.id
"""


def due_dispatches(*, merchant: MerchantFacts, now: datetime) -> list[UUID]:
    """Return the dispatches with a message that may be sent now, by id."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"merchant": merchant.id, "now": now})
        return [row[0] for row in cursor.fetchall()]


_LOOK: Final = """
SELECT p.state, p.purpose, p.retry_at,
       (SELECT min(m.due_at) FROM messaging_message m
        WHERE m.merchant_id = %(merchant)s AND m.dispatch_id = p.id AND m.state IN ('queued', 'deferred')),
       EXISTS (SELECT FROM messaging_message m
               WHERE m.merchant_id = %(merchant)s AND m.dispatch_id = p.id AND m.state = 'sending')
FROM messaging_dispatch p WHERE p.merchant_id = %(merchant)s AND p.id = %(dispatch)s
"""


@dataclass(frozen=True)
class DispatchLook:
    """The state of a dispatch: `is_due`: something may be sent now; `is_drained`: nothing waits and nothing is held.

    `look_at`: when to look next, None when nothing waits. While senders hold messages it is looked at each minute,
    because a sender may have vanished.
    """

    purpose: Purpose
    is_due: bool
    is_drained: bool
    look_at: datetime | None


def look_at_dispatch(*, merchant: MerchantFacts, dispatch_id: UUID, now: datetime) -> DispatchLook | None:
    """Return the state of a dispatch; None when no message was ever asked for under this id."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, {"merchant": merchant.id, "dispatch": dispatch_id})
        row = cursor.fetchone()
    if row is None:
        return None
    is_open, is_sending, soon = row[0] == DispatchState.OPEN.value, bool(row[4]), now + LOOK_EVERY
    due_at: datetime | None = max(row[3], row[2] or row[3]) if row[3] is not None and is_open else None
    return DispatchLook(
        purpose=Purpose(row[1]),
        is_due=due_at is not None and due_at <= now,
        is_drained=is_open and due_at is None and not is_sending,
        look_at=soon if is_sending else max(due_at, soon) if due_at is not None else None,
    )


def dispatches_at_work(*, merchant: MerchantFacts) -> list[UUID]:
    """Return the dispatches whose messages wait or are being handed over, by id."""
    busy = [MessageState.QUEUED.value, MessageState.DEFERRED.value, MessageState.SENDING.value]
    rows = Message.objects.filter(merchant_id=merchant.id, state__in=busy)
    return sorted(set(rows.values_list("dispatch_id", flat=True)))


def has_unsent_messages(*, merchant: MerchantFacts, dispatch_id: UUID) -> bool:
    """Return whether any message of the dispatch waits or is being handed over; uncertain ones do not count."""
    busy = [MessageState.QUEUED.value, MessageState.DEFERRED.value, MessageState.SENDING.value]
    return Message.objects.filter(merchant_id=merchant.id, dispatch_id=dispatch_id, state__in=busy).exists()


def uncertain_messages(
    *, merchant: MerchantFacts, dispatch_id: UUID, after: UUID | None = None, limit: int | None = None
) -> list[UncertainMessage]:
    """Return the uncertain messages of a dispatch by attempt id, starting behind `after`; all without a limit."""
    rows = _uncertain_attempts(merchant, dispatch_id)
    if after is not None:
        rows = rows.filter(id__gt=after)
    found = rows.order_by("id").values_list(
        "id", "message_id", "message__member_id", "header_id", "number", "data_started_at", "reply_text"
    )
    return [
        UncertainMessage(
            attempt_id=attempt,
            id=message,
            member_id=member,
            header_id=header_id,
            number=number,
            at=at,
            is_link_lost=bool(reply_text),
        )
        for attempt, message, member, header_id, number, at, reply_text in found[:limit]
        if at is not None
    ]


def count_uncertain_messages(*, merchant: MerchantFacts, dispatch_id: UUID) -> int:
    """Return how many `uncertain_messages` lists without a limit."""
    return _uncertain_attempts(merchant, dispatch_id).count()


def _uncertain_attempts(merchant: MerchantFacts, dispatch_id: UUID) -> QuerySet[Attempt]:
    return Attempt.objects.filter(
        merchant_id=merchant.id, message__dispatch_id=dispatch_id, state="uncertain", data_started_at__isnull=False
    )
