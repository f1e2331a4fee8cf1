"""Celery doors of segments."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from common.pace import Pace
from merchants.facts import MerchantFacts
from merchants.queries import merchant_by_id
from merchants.tenancy import allow_long_statements, merchant_scope
from segments.facts import Occasion, RunFacts
from segments.operations import label_members, recount

BATCH_SECONDS: Final = 60
MEMBERS_AT_ONCE: Final = 2_000


@shared_task(name="segments.apply_rule")
def apply_rule(*, merchant_id: str, **_later: Any) -> None:
    """Count at once under a changed rule. A lost hint does no harm: the next night counts under it."""
    count_now(merchant=merchant_by_id(UUID(merchant_id)), occasion=Occasion.RULE, now=timezone.now())


def count_now(*, merchant: MerchantFacts, occasion: Occasion, now: datetime) -> RunFacts | None:
    """Count again and label the members, each batch in its own scope and in the time a night has."""
    day = merchant.last_ended_day(now)
    pace = Pace()
    run = pace.run(lambda: _recount_members(merchant, day, occasion=occasion, now=now))
    if run is None:
        return None
    number, more = run.number, True
    after: str | None = None
    while more:
        after = pace.run(partial(_label_batch, merchant, number, after, pace))
        more = after is not None
    return run


def _recount_members(merchant: MerchantFacts, day: date, *, occasion: Occasion, now: datetime) -> RunFacts | None:
    with merchant_scope(merchant.id):
        return recount(merchant=merchant, business_date=day, at=now, occasion=occasion)


def _label_batch(merchant: MerchantFacts, until: int, after: str | None, pace: Pace) -> str | None:
    with merchant_scope(merchant.id):
        allow_long_statements(BATCH_SECONDS)
        limit = pace.rows(MEMBERS_AT_ONCE)
        return label_members(merchant=merchant, until=until, after=after, limit=limit)
