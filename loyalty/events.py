"""The relay of the outbox: each event is handed to whom it concerns, by name, at least once.

An event leaves the outbox in the transaction in which its handlers worked, so a relay that is killed has handed it to
none or to all of them. Handlers take what they may have seen before. `HANDLERS` says who hears of what; its kinds are
`merchants.facts.HEARD_EVENTS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, Protocol
from uuid import UUID

import structlog
from django.db import DatabaseError

from campaigns.operations import queue_due_members
from campaigns.queries import trigger_events
from common.errors import DomainError
from members.operations import AWAITED_EVENT
from merchants.facts import EVENT_WORK, ClaimedWork, MerchantFacts, OutboxEventFacts
from merchants.operations import describe_error, mark_events_handled
from merchants.queries import waiting_events
from merchants.tasks import run_free_work
from merchants.tenancy import merchant_scope, refusable
from sales.operations import give_awaited_sales

log = structlog.get_logger("loyalty.events")


class Handler(Protocol):
    def __call__(self, *, merchant: MerchantFacts, events: Sequence[OutboxEventFacts], now: datetime) -> None: ...


HANDLERS: Final[Mapping[str, Sequence[Handler]]] = {
    **dict.fromkeys(trigger_events(), (queue_due_members,)),
    AWAITED_EVENT: (give_awaited_sales,),
}


def relay_events(*, merchant: MerchantFacts, work: Sequence[ClaimedWork], now: datetime) -> dict[UUID, str]:
    """Hand these events to whom they concern; return the error of each that failed, by the id of its work.

    One whose handler fails stays in the outbox and is tried later, alone; the events beside it are handled. An event
    that is handled already needs nothing more.
    """
    with merchant_scope(merchant.id):
        events = waiting_events(merchant=merchant, event_ids=[one.subject_id for one in work if one.subject_id])
        errors = _dispatch_events(merchant, events, now)
        handled = [event.id for event in events if event.id not in errors]
        mark_events_handled(merchant=merchant, event_ids=handled, at=now)
    return {one.id: errors[one.subject_id] for one in work if one.subject_id in errors}


def relay_merchant(*, merchant: MerchantFacts, now: datetime) -> None:
    """Hand out every event that waits at this merchant."""
    while run_free_work(merchant=merchant, kind=EVENT_WORK, clock=lambda: now):
        pass


def _dispatch_events(merchant: MerchantFacts, events: Sequence[OutboxEventFacts], now: datetime) -> dict[UUID, str]:
    """Return the errors by event: all of a kind are handled together where that works, else one by one."""
    errors: dict[UUID, str] = {}
    for kind, group in groupby(sorted(events, key=_kind_of), key=_kind_of):
        batch = list(group)
        if _handle_events(merchant, kind, batch, now) is None:
            continue
        for event in batch:
            error = _handle_events(merchant, kind, [event], now)
            if error is not None:
                errors[event.id] = error
    return errors


def _kind_of(event: OutboxEventFacts) -> str:
    return event.kind


def _handle_events(merchant: MerchantFacts, kind: str, events: list[OutboxEventFacts], now: datetime) -> str | None:
    """Return why the events could not be handled, None when they were; one that no one asked for counts as handled."""
    try:
        with refusable():
            for handler in HANDLERS.get(kind, ()):
                handler(merchant=merchant, events=events, now=now)
    except (DomainError, DatabaseError) as error:
        log.exception("an event could not be handled", kind=kind, merchant=str(merchant.id), events=len(events))
        return describe_error(error)
    return None
