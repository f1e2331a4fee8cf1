"""Ask again for the work of campaigns, in case a row of it was lost."""

from __future__ import annotations

from datetime import datetime

from campaigns.facts import CAMPAIGN_WORK
from campaigns.queries import campaigns_at_work
from merchants.facts import MerchantFacts
from merchants.operations import restore_work


def restore_campaign_work(*, merchant: MerchantFacts, at: datetime) -> int:
    """Ask for a look at every campaign that is at work and has none; return how many there were."""
    at_work = campaigns_at_work(merchant=merchant)
    return restore_work(merchant=merchant, kind=CAMPAIGN_WORK, due_at=at, subject_ids=at_work)
