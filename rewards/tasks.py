"""Celery doors of rewards: codes ordered in advance are made by workers. Tasks carry ids, never codes."""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Final
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from merchants.facts import MerchantFacts
from merchants.queries import all_merchants, merchant_by_id
from merchants.tenancy import allow_long_statements, merchant_scope
from rewards.coupons.operations import make_codes
from rewards.coupons.queries import batches_in_the_making

HINT_LIVES_SECONDS: Final = 60
MAKING_SECONDS: Final = 240
CHUNK_SECONDS: Final = 60


@shared_task(name="rewards.sweep", ignore_result=True)
def sweep(**_later: Any) -> None:
    """Each minute: batches that somebody ordered and no worker is at, for whatever reason."""
    for merchant in all_merchants():
        with merchant_scope(merchant.id):
            waiting = batches_in_the_making(merchant=merchant)
        for batch_id in waiting:
            make.apply_async(kwargs=_task_arguments(merchant, batch_id), expires=HINT_LIVES_SECONDS)


@shared_task(name="rewards.make_codes", ignore_result=True)
def make(*, merchant_id: str, batch_id: str, **_later: Any) -> None:
    """Makes codes for some minutes; the next sweep goes on."""
    merchant, until = merchant_by_id(UUID(merchant_id)), time.monotonic() + MAKING_SECONDS
    left: int | None = 1
    while left and time.monotonic() < until:
        with merchant_scope(merchant.id):
            allow_long_statements(CHUNK_SECONDS)
            left = make_codes(merchant=merchant, batch_id=UUID(batch_id), at=timezone.now())


def queue_codes(*, merchant: MerchantFacts, batch_id: UUID) -> None:
    """Call it in the scope of `order_codes`: a worker starts when the order has committed."""
    transaction.on_commit(
        partial(make.apply_async, kwargs=_task_arguments(merchant, batch_id), expires=HINT_LIVES_SECONDS)
    )


def _task_arguments(merchant: MerchantFacts, batch_id: UUID) -> dict[str, str]:
    return {"merchant_id": str(merchant.id), "batch_id": str(batch_id)}
