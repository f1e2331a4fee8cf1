"""Promotions by their titles."""

from __future__ import annotations

from uuid import UUID

from common.word_searches import holds_words
from merchants.facts import MerchantFacts
from rewards.promotions.models import Promotion


def promotions_titled(*, merchant: MerchantFacts, text: str, limit: int) -> list[tuple[UUID, str]]:
    """Return (id, title) of offers whose title has every word of the text, newest first, without those of coupons."""
    rows = Promotion.objects.filter(holds_words("title", text), merchant_id=merchant.id, needs_coupon=False)
    return list(rows.order_by("-id").values_list("id", "title")[:limit])
