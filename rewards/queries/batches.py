"""Batches of coupons: how many codes exist, what became of them, and the codes for whoever may print them."""

from __future__ import annotations

from uuid import UUID

from merchants.facts import MerchantFacts
from rewards.models import CouponBatch


def batches_in_the_making(*, merchant: MerchantFacts) -> list[UUID]:
    """Batches whose codes do not all exist yet, oldest first."""
    rows = CouponBatch.objects.filter(merchant_id=merchant.id, state="making").order_by("id")
    return list(rows.values_list("id", flat=True))
