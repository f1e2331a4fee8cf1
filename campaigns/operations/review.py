"""The pause after a restore: `messaging.operations.restore_guard` asks for it."""

from __future__ import annotations

from datetime import datetime

from campaigns.facts import CampaignState, PauseReason
from campaigns.models import Automation, Campaign
from campaigns.operations.campaign_states import pause_campaign
from merchants.facts import SYSTEM, MerchantFacts


def pause_for_review(*, merchant: MerchantFacts, now: datetime) -> int:
    """Pause all campaigns of one merchant that would send, until a person resumes each; return how many."""
    at_work = [CampaignState.SCHEDULED.value, CampaignState.PREPARING.value, CampaignState.RUNNING.value]
    rows = Campaign.objects.filter(merchant_id=merchant.id, state__in=at_work).order_by("id")
    ids = list(rows.values_list("id", flat=True))
    for campaign_id in ids:
        pause_campaign(
            merchant=merchant, campaign_id=campaign_id, at=now, actor=SYSTEM, reason=PauseReason.NEEDS_REVIEW
        )
    Automation.objects.filter(merchant_id=merchant.id, campaign_id__in=ids).update(on_since=None)
    return len(ids)
