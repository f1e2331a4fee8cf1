"""The sweep: everything that waits is derived from rows again, so that losing Redis loses nothing."""

from __future__ import annotations

from datetime import datetime

import structlog

from campaigns.operations import (
    cancel_leftovers,
    finish_campaign,
    pause_for_review,
    recover_abandoned,
)
from campaigns.queries import WaitingWork, waiting_work
from merchants.facts import MerchantFacts
from merchants.queries import all_merchants
from merchants.tenancy import merchant_scope
from messaging.operations import Origin, adopt_database, count_sweep, mark_locked, origin_of_database

log = structlog.get_logger("campaigns.sweep")


def guard_database(*, now: datetime) -> None:
    """Count one more minute of this installation; in a database that was brought back everything pauses first."""
    with mark_locked():
        origin = origin_of_database()
        if origin is not Origin.OURS:
            _pause_everything(now, origin)
        count_sweep()


def sweep_merchant(*, merchant: MerchantFacts, now: datetime) -> WaitingWork:
    """Recover what lost workers held, finish what is done, and return what is to be frozen or sent."""
    with merchant_scope(merchant.id):
        requeued, lost = recover_abandoned(merchant=merchant, now=now)
        cancel_leftovers(merchant=merchant)
        work = waiting_work(merchant=merchant, now=now)
        for campaign_id in work.to_finish:
            finish_campaign(merchant=merchant, campaign_id=campaign_id, at=now)
    if requeued or lost:
        log.warning("a sender vanished", merchant=str(merchant.id), requeued=requeued, uncertain=lost)
    return work


def _pause_everything(now: datetime, origin: Origin) -> None:
    """Enter every merchant, one after the other: this happens once, after a restore."""
    log.error("all campaigns and welcomes pause until a person resumes each", why=origin.value)
    for merchant in all_merchants():
        with merchant_scope(merchant.id):
            pause_for_review(merchant=merchant, now=now)
    adopt_database()
