"""Celery doors of campaigns. Every task is a hint: it carries ids, looks at the rows, and may come twice or never."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from campaigns.operations import begin_freezing, freeze_audience
from campaigns.tasks.sending import Sender
from campaigns.tasks.sweeping import sweep_all, sweep_merchant
from campaigns.tasks.trial import send_trial
from merchants.facts import MerchantFacts
from merchants.queries import merchant_by_id
from merchants.tenancy import merchant_scope
from messaging.mailer.link import configured_server

__all__ = ["Sender", "freeze", "queue_test_mail", "send", "sweep", "sweep_all", "sweep_merchant", "test_mail"]

HINT_LIVES_SECONDS = 60
"""A hint that nobody took before the next sweep is worth nothing: the sweep gives a fresh one."""
FREEZE_TIME_LIMIT = 900


@shared_task(name="campaigns.sweep", ignore_result=True)
def sweep(**_later: Any) -> None:
    """Each minute: what workers left behind, and what is due at every merchant."""
    for merchant, work in sweep_all(now=timezone.now()):
        for campaign_id in work.to_freeze:
            freeze.apply_async(kwargs=_ids(merchant, campaign_id), expires=HINT_LIVES_SECONDS)
        for campaign_id in work.to_send:
            for _ in range(settings.CAMPAIGN_SENDING_SLOTS):
                send.apply_async(kwargs=_ids(merchant, campaign_id), expires=HINT_LIVES_SECONDS)


@shared_task(name="campaigns.freeze", time_limit=FREEZE_TIME_LIMIT, ignore_result=True)
def freeze(*, merchant_id: str, campaign_id: str, **_later: Any) -> None:
    """Freezes the audience of a campaign whose time has come and lets the senders know."""
    merchant, now = merchant_by_id(UUID(merchant_id)), timezone.now()
    with merchant_scope(merchant.id):
        due = begin_freezing(merchant=merchant, campaign_id=UUID(campaign_id), now=now)
    if not due:
        return
    with merchant_scope(merchant.id):
        matched = freeze_audience(merchant=merchant, campaign_id=UUID(campaign_id), now=now)
    if matched:
        for _ in range(settings.CAMPAIGN_SENDING_SLOTS):
            send.apply_async(kwargs=_ids(merchant, UUID(campaign_id)), expires=HINT_LIVES_SECONDS)


@shared_task(name="campaigns.send", ignore_result=True)
def send(*, merchant_id: str, campaign_id: str, **_later: Any) -> None:
    """Sends what is due of one campaign for at most a minute; the next sweep goes on."""
    merchant = merchant_by_id(UUID(merchant_id))
    Sender(merchant=merchant, campaign_id=UUID(campaign_id), server=configured_server(), clock=timezone.now).run()


@shared_task(name="campaigns.test_mail", ignore_result=True)
def test_mail(*, merchant_id: str, campaign_id: str, user_id: str, **_later: Any) -> None:
    """Sends one test to one member of staff and keeps how it ended."""
    send_trial(
        merchant=merchant_by_id(UUID(merchant_id)),
        campaign_id=UUID(campaign_id),
        user_id=UUID(user_id),
        server=configured_server(),
        clock=timezone.now,
    )


def queue_test_mail(*, merchant: MerchantFacts, campaign_id: UUID, user_id: UUID) -> None:
    """Call it in the scope of `operations.request_test`: the test goes out when that has committed."""
    ids = {**_ids(merchant, campaign_id), "user_id": str(user_id)}
    transaction.on_commit(partial(test_mail.apply_async, kwargs=ids))


def _ids(merchant: MerchantFacts, campaign_id: UUID) -> dict[str, str]:
    return {"merchant_id": str(merchant.id), "campaign_id": str(campaign_id)}
