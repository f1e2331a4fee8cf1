"""What keeps a whole campaign from going out: the mail server refuses or is away, or its coupon is worth nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from campaigns.facts import CampaignState, PauseReason
from campaigns.models import Campaign
from campaigns.operations.campaign_states import pause_campaign
from campaigns.queries.campaigns import facts_of
from campaigns.queries.given_coupons import coupon_problem
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


def may_go_on(*, merchant: MerchantFacts, dispatch_id: UUID, now: datetime) -> bool:
    """Return whether more mails may go; a running campaign whose coupon no till takes any more pauses first."""
    row = Campaign.objects.filter(
        merchant_id=merchant.id, id=dispatch_id, state=CampaignState.RUNNING.value, batch_id__isnull=False
    ).first()
    if row is None or coupon_problem(merchant=merchant, campaign=facts_of(row, merchant=merchant), now=now) is None:
        return True
    pause_campaign(merchant=merchant, campaign_id=dispatch_id, at=now, actor=SYSTEM, reason=PauseReason.COUPON_OVER)
    return False
