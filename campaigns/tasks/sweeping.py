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


def sweep_all(*, now: datetime) -> list[tuple[MerchantFacts, WaitingWork]]:
    """Merchants with work, each entered in a scope of its own; one that fails does not hold up the others."""
    merchants = all_merchants()
    with mark_locked():
        origin = origin_of_database()
        if origin is not Origin.OURS:
            _stop_everything(merchants, now, origin)
        count_sweep()
    found = []
    for merchant in merchants:
        try:
            work = sweep_merchant(merchant=merchant, now=now)
        except Exception:
            log.exception("the sweep of a merchant failed", merchant=str(merchant.id))
            continue
        if work.to_freeze or work.to_send:
            found.append((merchant, work))
    return found


def sweep_merchant(*, merchant: MerchantFacts, now: datetime) -> WaitingWork:
    """Recovers what lost workers held, finishes what is done, and says what is to be frozen or sent."""
    with merchant_scope(merchant.id):
        requeued, lost = recover_abandoned(merchant=merchant, now=now)
        cancel_leftovers(merchant=merchant)
        work = waiting_work(merchant=merchant, now=now)
        for campaign_id in work.to_finish:
            finish_campaign(merchant=merchant, campaign_id=campaign_id, at=now)
    if requeued or lost:
        log.warning("a sender vanished", merchant=str(merchant.id), requeued=requeued, uncertain=lost)
    return work


def _stop_everything(merchants: list[MerchantFacts], now: datetime, origin: Origin) -> None:
    log.error("all campaigns and welcomes pause until a person resumes each", why=origin.value)
    for merchant in merchants:
        with merchant_scope(merchant.id):
            pause_for_review(merchant=merchant, now=now)
    adopt_database()
