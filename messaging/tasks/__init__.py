"""Celery doors of messaging. Every task is a hint: it carries ids, looks at the rows, and may come twice or never."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from common.errors import Missing
from merchants.facts import ClaimedWork, MerchantFacts
from merchants.queries import merchant_by_id
from merchants.tenancy import merchant_scope
from messaging.mailer.link import configured_server
from messaging.operations import cancel_leftovers, database_is_ours, recover_abandoned, source_of
from messaging.queries import LOOK_EVERY, DispatchLook, look_at_dispatch
from messaging.tasks.restore_checks import guard_database
from messaging.tasks.sender import Sender

__all__ = ["Sender", "guard", "guard_database", "hint_senders", "run_dispatch", "send"]

log = structlog.get_logger("messaging.look")

HINT_LIVES_SECONDS: Final = 60
"""A hint that no worker takes before the next look is dropped: that look gives another."""


@shared_task(name="messaging.guard", ignore_result=True)
def guard(**_later: Any) -> None:
    """Check each minute that this database is still the one that sends; if not, pause everything."""
    guard_database(now=timezone.now())


def run_dispatch(*, merchant: MerchantFacts, work: ClaimedWork, now: datetime) -> datetime | None:
    """Recover what lost workers held, wake senders, or say that nothing is left; return when to look again.

    Nothing is done in a database that is not known to be ours: first the guard pauses everything.
    """
    if work.subject_id is None:
        raise Missing("dispatch_not_found")
    if not database_is_ours():
        return now + LOOK_EVERY
    look = _recover_and_look(merchant, work.subject_id, now)
    if look is None:
        return None
    if look.is_due:
        hint_senders(merchant=merchant, dispatch_id=work.subject_id)
    end_run = source_of(look.purpose).end_run
    if look.is_drained and end_run is not None:
        with merchant_scope(merchant.id):
            end_run(merchant, work.subject_id, now)
    return look.look_at


def _recover_and_look(merchant: MerchantFacts, dispatch_id: UUID, now: datetime) -> DispatchLook | None:
    with merchant_scope(merchant.id):
        requeued, lost = recover_abandoned(merchant=merchant, now=now)
        cancel_leftovers(merchant=merchant)
        look = look_at_dispatch(merchant=merchant, dispatch_id=dispatch_id, now=now)
    if requeued or lost:
        log.warning("a sender vanished", merchant=str(merchant.id), requeued=requeued, uncertain=lost)
    return look


@shared_task(name="messaging.send", ignore_result=True)
def send(*, merchant_id: str, dispatch_id: str, **_later: Any) -> None:
    """Send what is due of one dispatch for at most a minute; the next look goes on."""
    merchant = merchant_by_id(UUID(merchant_id))
    Sender(merchant=merchant, dispatch_id=UUID(dispatch_id), server=configured_server(), clock=timezone.now).run()


def hint_senders(*, merchant: MerchantFacts, dispatch_id: UUID) -> None:
    """Wake as many workers as there are sending slots; call it when the rows are committed."""
    for _ in range(settings.CAMPAIGN_SENDING_SLOTS):
        send.apply_async(
            kwargs={"merchant_id": str(merchant.id), "dispatch_id": str(dispatch_id)}, expires=HINT_LIVES_SECONDS
        )
