"""Addresses that get nothing any more."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from merchants.facts import MerchantFacts
from messaging.facts import Suppressed, SuppressionReason
from messaging.models import Suppression

PAGE: Final = 50


def suppressed_addresses(
    *, merchant: MerchantFacts, before: datetime | None = None, limit: int = PAGE
) -> list[Suppressed]:
    """Suppressed addresses, newest first; only their hash is known."""
    rows = Suppression.objects.filter(merchant_id=merchant.id)
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    return [
        Suppressed(id=row.id, reason=SuppressionReason(row.reason), at=row.created_at)
        for row in rows.order_by("-created_at", "-id")[:limit]
    ]
