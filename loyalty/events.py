"""The relay of the outbox: what happened is told to whom it concerns, by name, at least once.

An event leaves the outbox in the transaction in which its handlers worked, so a relay that is killed has told
nobody or everybody. Handlers take what they may have seen before. Who hears of what stands on this page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, Protocol

import structlog
from django.db import DatabaseError

from campaigns.operations import welcome_new_members
from common.errors import DomainError
from merchants.facts import MerchantFacts, OutboxEventFacts
from merchants.operations import mark_events_handled
from merchants.queries import all_merchants, waiting_events
from merchants.tenancy import merchant_scope, refusable

log = structlog.get_logger("loyalty.events")

BATCH: Final = 500


class Handler(Protocol):
    def __call__(self, *, merchant: MerchantFacts, events: Sequence[OutboxEventFacts], now: datetime) -> None: ...


HANDLERS: Final[Mapping[str, Sequence[Handler]]] = {
    "member.enrolled": (welcome_new_members,),
}


def relay_all(*, now: datetime) -> int:
    """Every merchant's waiting events, batch by batch; returns how many were handled."""
    return sum(relay_merchant(merchant=merchant, now=now) for merchant in all_merchants())


def relay_merchant(*, merchant: MerchantFacts, now: datetime) -> int:
    """One merchant's events, oldest first, each batch in a scope of its own.

    An event whose handler fails stays and is tried at the next relay; the events behind it are not held up, but
    no further batch is taken, or the same failing ones would come again and again.
    """
    handled, more = 0, True
    while more:
        with merchant_scope(merchant.id):
            events = waiting_events(merchant=merchant, limit=BATCH)
            handled_events = _dispatch_events(merchant, events, now)
            mark_events_handled(merchant=merchant, event_ids=[event.id for event in handled_events], at=now)
        handled += len(handled_events)
        more = len(events) == BATCH and len(handled_events) == len(events)
    return handled


def _dispatch_events(
    merchant: MerchantFacts, events: Sequence[OutboxEventFacts], now: datetime
) -> list[OutboxEventFacts]:
    """The events that were handled: all of a kind together where that works, else one by one."""
    handled_events: list[OutboxEventFacts] = []
    for kind, group in groupby(sorted(events, key=_kind_of), key=_kind_of):
        batch = list(group)
        if _handle_events(merchant, kind, batch, now):
            handled_events += batch
        else:
            handled_events += [event for event in batch if _handle_events(merchant, kind, [event], now)]
    return handled_events


def _kind_of(event: OutboxEventFacts) -> str:
    return event.kind


def _handle_events(merchant: MerchantFacts, kind: str, events: list[OutboxEventFacts], now: datetime) -> bool:
    """An event that nobody asked for counts as handled."""
    try:
        with refusable():
            for handler in HANDLERS.get(kind, ()):
                handler(merchant=merchant, events=events, now=now)
    except (DomainError, DatabaseError):
        log.exception("an event could not be handled", kind=kind, merchant=str(merchant.id), events=len(events))
        return False
    return True
