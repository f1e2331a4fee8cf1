"""The request log: lines written in bulk after the answers, dropped after 30 days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from merchants.facts import LoggedRequestFacts, MerchantFacts
from merchants.models import LoggedRequest

REQUESTS_KEPT: Final = timedelta(days=30)


def log_requests(*, merchant: MerchantFacts, requests: Sequence[LoggedRequestFacts]) -> None:
    """Write requests into the log, all by one statement."""
    LoggedRequest.objects.bulk_create([LoggedRequest(merchant_id=merchant.id, **asdict(each)) for each in requests])


def forget_old_requests(*, merchant: MerchantFacts, now: datetime, limit: int) -> int:
    """Drop the oldest requests that are older than 30 days, at most `limit`; return how many."""
    mine = LoggedRequest.objects.filter(merchant_id=merchant.id)
    old = mine.filter(at__lt=now - REQUESTS_KEPT).order_by("at", "id").values_list("id", flat=True)[:limit]
    dropped, _ = mine.filter(id__in=list(old)).delete()
    return dropped
