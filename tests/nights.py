"""Nights and ticks of the clock a test holds, done in this process by the workers of the product."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

from campaigns.facts import CAMPAIGN_WORK
from loyalty.nightly import due_nights, run_night
from merchants.facts import EVENT_WORK, JOB_WORK, NIGHT_WORK, MerchantFacts
from merchants.queries import merchant_by_id, merchants_with_free_work
from merchants.tasks import run_free_work
from merchants.tenancy import merchant_scope
from messaging.facts import MESSAGE_WORK

KINDS = {kind.name: kind for kind in (NIGHT_WORK, EVENT_WORK, JOB_WORK, CAMPAIGN_WORK, MESSAGE_WORK)}


def run_due_nights(*, merchant: MerchantFacts, now: datetime) -> list[date]:
    """Make every due night of a merchant, oldest first; return those that were finished."""
    with merchant_scope(merchant.id):
        due = due_nights(merchant=merchant, now=now)
    made, started = [], time.monotonic()
    for day in due:
        going_on = now + timedelta(seconds=time.monotonic() - started)
        if not run_night(merchant=merchant, business_date=day, now=going_on):
            break
        made.append(day)
    return made


def tick(now: datetime, *merchants: MerchantFacts) -> None:
    """Do all work of these merchants that is free at `now`, as often as it takes; longest waiting first."""
    ids = {merchant.id for merchant in merchants}
    for merchant_id, kind in merchants_with_free_work(now=now, limit=10_000):
        if merchant_id in ids:
            run_free_work(merchant=merchant_by_id(merchant_id), kind=KINDS[kind], clock=lambda: now)
