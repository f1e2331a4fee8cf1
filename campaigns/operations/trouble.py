"""What the mail server says about a whole campaign: it refuses us, cannot be reached, or answers again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from campaigns.facts import CampaignState, PauseReason
from campaigns.models import Campaign
from campaigns.operations.campaign_states import pause_campaign
from merchants.facts import SYSTEM, MerchantFacts


def report_trouble(
    *, merchant: MerchantFacts, dispatch_id: UUID, problem: str, is_refusal: bool, now: datetime
) -> None:
    """Pause the running campaign after a refusal; otherwise show `problem` until it is over."""
    row = Campaign.objects.filter(merchant_id=merchant.id, id=dispatch_id)
    if not is_refusal:
        row.update(last_error=problem)
    elif row.filter(state=CampaignState.RUNNING.value).exists():
        pause_campaign(
            merchant=merchant,
            campaign_id=dispatch_id,
            at=now,
            actor=SYSTEM,
            reason=PauseReason.SENDER_REFUSED,
            last_error=problem,
        )
