"""Celery doors of segments."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from merchants.facts import MerchantFacts
from merchants.queries import merchant_by_id
from merchants.rules import last_ended_day
from merchants.tenancy import merchant_scope
from segments.facts import Occasion, RunFacts
from segments.operations import label_members, recount


@shared_task(name="segments.apply_rule")
def apply_rule(*, merchant_id: str, **_later: Any) -> None:
    """Counts at once under a changed rule. A lost hint does no harm: the next night counts under it."""
    count_now(merchant=merchant_by_id(UUID(merchant_id)), occasion=Occasion.RULE, now=timezone.now())


def count_now(*, merchant: MerchantFacts, occasion: Occasion, now: datetime) -> RunFacts | None:
    """Counts again and brings the members' labels along, each batch in its own scope."""
    day = last_ended_day(now, merchant.timezone, merchant.day_starts_at)
    with merchant_scope(merchant.id):
        run = recount(merchant=merchant, business_date=day, at=now, occasion=occasion)
    if run is None:
        return None
    after: str | None = None
    more = True
    while more:
        with merchant_scope(merchant.id):
            after = label_members(merchant=merchant, until=run.number, after=after)
        more = after is not None
    return run
