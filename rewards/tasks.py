"""Work of rewards that waits: codes ordered in advance are made by workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from common.errors import Missing
from merchants.facts import ClaimedWork, MerchantFacts
from merchants.tenancy import allow_long_statements, merchant_scope
from rewards.coupons.operations import make_codes

MAKING_SECONDS: Final = 50
CHUNK_SECONDS: Final = 60


def make_ordered_codes(*, merchant: MerchantFacts, work: ClaimedWork, now: datetime) -> datetime | None:
    """Make codes of one batch for a while; return when to go on, None when the batch is whole or was cancelled."""
    if work.subject_id is None:
        raise Missing("coupon_batch_not_found")
    is_left = make_batch(merchant=merchant, batch_id=work.subject_id, clock=timezone.now)
    return now if is_left else None


def make_batch(*, merchant: MerchantFacts, batch_id: UUID, clock: Callable[[], datetime]) -> bool:
    """Make codes chunk by chunk, each in a scope of its own, for MAKING_SECONDS; return whether some are missing."""
    left, until = 1, time.monotonic() + MAKING_SECONDS
    while left and time.monotonic() < until:
        with merchant_scope(merchant.id):
            allow_long_statements(CHUNK_SECONDS)
            left = make_codes(merchant=merchant, batch_id=batch_id, at=clock()) or 0
    return left > 0
