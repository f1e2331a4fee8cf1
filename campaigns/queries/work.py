"""What campaigns wait for, read from rows alone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from campaigns.facts import CampaignKind, CampaignState
from campaigns.models import Campaign
from merchants.facts import MerchantFacts
from messaging.queries import LOOK_EVERY


def campaigns_to_freeze(*, merchant: MerchantFacts, now: datetime) -> list[UUID]:
    """Return the campaigns whose time has come and whose audience is not frozen yet, oldest first."""
    rows = Campaign.objects.filter(merchant_id=merchant.id).filter(
        Q(state=CampaignState.PREPARING.value) | Q(state=CampaignState.SCHEDULED.value, scheduled_at__lte=now)
    )
    return list(rows.order_by("id").values_list("id", flat=True))


def next_campaign_look(*, merchant: MerchantFacts, campaign_id: UUID, now: datetime) -> datetime | None:
    """Return when a campaign is to be frozen, in a minute at the earliest; None if it waits for nothing.

    Its messages belong to messaging, which also says when the last of them is sent.
    """
    row = Campaign.objects.filter(merchant_id=merchant.id, id=campaign_id).first()
    soon = now + LOOK_EVERY
    if row is not None and row.state == CampaignState.SCHEDULED.value:
        return max(row.scheduled_at or soon, soon)
    if row is not None and row.state == CampaignState.PREPARING.value:
        return soon
    return None


def campaign_names(*, merchant: MerchantFacts, campaign_ids: Collection[UUID]) -> dict[UUID, tuple[str, CampaignKind]]:
    """Return name and kind of each of these campaigns and automations."""
    rows = Campaign.objects.filter(merchant_id=merchant.id, id__in=list(campaign_ids)).order_by("id")
    return {row_id: (name, CampaignKind(kind)) for row_id, name, kind in rows.values_list("id", "name", "kind")}


def campaigns_at_work(*, merchant: MerchantFacts) -> list[UUID]:
    """Return the campaigns that are scheduled or being prepared, oldest first."""
    rows = Campaign.objects.filter(merchant_id=merchant.id, state__in=["scheduled", "preparing"])
    return list(rows.order_by("id").values_list("id", flat=True))
