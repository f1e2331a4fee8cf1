"""Which promotions hang on a moment."""

from __future__ import annotations

from merchants.facts import MerchantFacts
from rewards.promotions.models import Promotion, PromotionVersion


def promotions_naming(*, merchant: MerchantFacts, code: str) -> list[str]:
    """Return titles of the promotions that are not over and name the moment in any version."""
    naming = PromotionVersion.objects.filter(merchant_id=merchant.id, definition__when__moment=code)
    rows = Promotion.objects.filter(merchant_id=merchant.id, id__in=naming.values("promotion_id"))
    return list(rows.exclude(state="ended").order_by("id").values_list("title", flat=True))
