"""What requests that came with an idempotency key were answered."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from merchants.facts import MerchantFacts
from merchants.models import ClaimedKey


def stored_status(*, merchant: MerchantFacts, till_id: UUID, key: str) -> int | None:
    """Return the HTTP status that the till's request of this key was answered; None where it was not, or not yet."""
    rows = ClaimedKey.objects.filter(merchant_id=merchant.id, till_id=till_id, key=key)
    return rows.values_list("status", flat=True).first()


def count_answered(*, merchant: MerchantFacts, claim_ids: Collection[UUID]) -> int:
    """Return how many of these keys, by the ids of their claims, have their answer."""
    return ClaimedKey.objects.filter(merchant_id=merchant.id, id__in=claim_ids, status__isnull=False).count()
