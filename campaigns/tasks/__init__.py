"""Celery doors of campaigns. Every task is a hint: it carries ids, looks at the rows, and may come twice or never."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from campaigns.operations import begin_freezing, freeze_audience
from campaigns.queries import next_campaign_look
from campaigns.tasks.trial import send_trial
from common.errors import Missing
from merchants.facts import ClaimedWork, MerchantFacts
from merchants.queries import merchant_by_id
from merchants.tenancy import merchant_scope
from messaging.mailer.link import configured_server
from messaging.operations import database_is_ours
from messaging.queries import LOOK_EVERY
from messaging.tasks import hint_senders

__all__ = ["freeze_campaign", "queue_test_mail", "run_campaign", "test_mail"]


def run_campaign(*, merchant: MerchantFacts, work: ClaimedWork, now: datetime) -> datetime | None:
    """Freeze the audience of a campaign whose time has come; return when to look again.

    Nothing is done in a database that is not known to be ours: first the guard pauses everything.
    """
    if work.subject_id is None:
        raise Missing("campaign_not_found")
    if not database_is_ours():
        return now + LOOK_EVERY
    freeze_campaign(merchant=merchant, campaign_id=work.subject_id, now=now)
    with merchant_scope(merchant.id):
        return next_campaign_look(merchant=merchant, campaign_id=work.subject_id, now=now)


def freeze_campaign(*, merchant: MerchantFacts, campaign_id: UUID, now: datetime) -> None:
    """Freeze the audience of a campaign whose time has come and wake the senders."""
    with merchant_scope(merchant.id):
        is_due = begin_freezing(merchant=merchant, campaign_id=campaign_id, now=now)
    if not is_due:
        return
    with merchant_scope(merchant.id):
        matched = freeze_audience(merchant=merchant, campaign_id=campaign_id, now=now)
    if matched:
        hint_senders(merchant=merchant, dispatch_id=campaign_id)


@shared_task(name="campaigns.test_mail", ignore_result=True)
def test_mail(*, merchant_id: str, campaign_id: str, user_id: str, **_later: Any) -> None:
    """Send one test to one member of staff and save how it ended."""
    send_trial(
        merchant=merchant_by_id(UUID(merchant_id)),
        campaign_id=UUID(campaign_id),
        user_id=UUID(user_id),
        server=configured_server(),
        clock=timezone.now,
    )


def queue_test_mail(*, merchant: MerchantFacts, campaign_id: UUID, user_id: UUID) -> None:
    """Queue the test mail for after commit; call it in the scope of `operations.request_test`."""
    ids = {"merchant_id": str(merchant.id), "campaign_id": str(campaign_id), "user_id": str(user_id)}
    transaction.on_commit(partial(test_mail.apply_async, kwargs=ids))
