"""What waits to be done, read from rows alone: a sweeper that lost Redis finds everything again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from campaigns.models import Attempt, Campaign
from merchants.facts import MerchantFacts

LOOK_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class WaitingWork:
    """Campaigns of one merchant: to freeze, to send from, to finish."""

    to_freeze: tuple[UUID, ...]
    to_send: tuple[UUID, ...]
    to_finish: tuple[UUID, ...]


_WORK = """
SELECT c.id, c.state, c.kind,
       EXISTS (
           SELECT 1 FROM campaigns_delivery d
           WHERE d.merchant_id = %(merchant)s AND d.campaign_id = c.id
             AND d.state IN ('queued', 'deferred') AND d.due_at <= %(now)s
       ) AND (c.retry_at IS NULL OR c.retry_at <= %(now)s) AS sendable,
       EXISTS (
           SELECT 1 FROM campaigns_delivery d
           WHERE d.merchant_id = %(merchant)s AND d.campaign_id = c.id AND d.state IN ('queued', 'deferred', 'sending')
       ) AS unfinished
FROM campaigns_campaign c
WHERE c.merchant_id = %(merchant)s AND c.state IN ('scheduled', 'preparing', 'running')
  AND (c.state <> 'scheduled' OR c.scheduled_at <= %(now)s)
ORDER BY c.id
"""


def waiting_work(*, merchant: MerchantFacts, now: datetime) -> WaitingWork:
    """One statement over the campaigns at work."""
    with connection.cursor() as cursor:
        cursor.execute(_WORK, {"merchant": merchant.id, "now": now})
        rows = cursor.fetchall()
    return WaitingWork(
        to_freeze=tuple(row[0] for row in rows if row[1] in {"scheduled", "preparing"}),
        to_send=tuple(row[0] for row in rows if row[1] == "running" and row[3]),
        to_finish=tuple(row[0] for row in rows if row[1] == "running" and row[2] == "campaign" and not row[4]),
    )


_NEXT_LOOK = """
SELECT c.state, c.scheduled_at, c.retry_at,
       (SELECT min(d.due_at) FROM campaigns_delivery d
        WHERE d.merchant_id = %(merchant)s AND d.campaign_id = c.id AND d.state IN ('queued', 'deferred')),
       EXISTS (SELECT 1 FROM campaigns_delivery d
               WHERE d.merchant_id = %(merchant)s AND d.campaign_id = c.id AND d.state = 'sending')
FROM campaigns_campaign c WHERE c.merchant_id = %(merchant)s AND c.id = %(campaign)s
"""


def next_campaign_look(*, merchant: MerchantFacts, campaign_id: UUID, now: datetime) -> datetime | None:
    """Return when there may be something to do for a campaign, in a minute at the earliest; None: nothing waits.

    While senders hold mails it is looked at each minute: one of them may have vanished.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_LOOK, {"merchant": merchant.id, "campaign": campaign_id})
        row = cursor.fetchone()
    if row is None:
        return None
    state, is_sending, soon = str(row[0]), bool(row[4]), now + LOOK_EVERY
    scheduled_at: datetime = row[1] or soon
    retry_at: datetime | None = row[2]
    due_at: datetime | None = row[3]
    if state == "scheduled":
        return max(scheduled_at, soon)
    if state == "preparing" or is_sending:
        return soon
    if state == "running" and due_at is not None:
        return max(due_at, retry_at or due_at, soon)
    return None


def campaign_names(*, merchant: MerchantFacts, campaign_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of these campaigns and welcomes by id."""
    rows = Campaign.objects.filter(merchant_id=merchant.id, id__in=list(campaign_ids))
    return dict(rows.order_by("id").values_list("id", "name"))


def campaigns_at_work(*, merchant: MerchantFacts) -> list[UUID]:
    """Return the campaigns that are scheduled, being prepared or running, oldest first."""
    rows = Campaign.objects.filter(merchant_id=merchant.id, state__in=["scheduled", "preparing", "running"])
    return list(rows.order_by("id").values_list("id", flat=True))


def uncertain_deliveries(*, merchant: MerchantFacts, campaign_id: UUID) -> list[tuple[UUID, UUID, str, datetime]]:
    """(delivery id, member id, Message-ID, when) of each mail whose fate nobody knows, oldest first."""
    rows = Attempt.objects.filter(
        merchant_id=merchant.id, delivery__campaign_id=campaign_id, state="uncertain"
    ).order_by("id")
    return [
        (delivery, member, message_id, at)
        for delivery, member, message_id, at in rows.values_list(
            "delivery_id", "delivery__member_id", "message_id", "data_started_at"
        )
        if at is not None
    ]
