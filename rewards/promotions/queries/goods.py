"""Which offers rest on one product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from common.text import comparison_key
from merchants.facts import MerchantFacts
from rewards.promotions.queries.names import skus_named
from rewards.promotions.queries.offers import parsed

# Of each promotion that is not over the wording in force and those to come; a coupon's offer is a promotion, too.
_WORDINGS: Final = """
SELECT p.id, p.needs_coupon, v.definition::text
FROM rewards_promotion p
JOIN rewards_promotionversion v ON v.merchant_id = p.merchant_id AND v.promotion_id = p.id
WHERE p.merchant_id = %(merchant)s AND v.merchant_id = %(merchant)s AND p.state NOT IN ('draft', 'ended')
  AND v.starts_at >= coalesce((
      SELECT max(now.starts_at) FROM rewards_promotionversion now
      WHERE now.merchant_id = %(merchant)s AND now.promotion_id = p.id AND now.starts_at <= %(at)s), v.starts_at)
ORDER BY p.id, v.number
"""


@dataclass(frozen=True, slots=True)
class OfferOfGoods:
    """An offer that names a product; `needs_coupon`: it acts with a coupon only."""

    id: UUID
    title: str
    needs_coupon: bool


def offers_naming_product(*, merchant: MerchantFacts, sku: str, at: datetime, day: date) -> list[OfferOfGoods]:
    """Return the offers that name the product's code, now or in a wording to come, oldest first; one statement.

    Offers whose last day is over before `day` are left out, and so are those that name only its category.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WORDINGS, {"merchant": merchant.id, "at": at})
        rows = cursor.fetchall()
    key, found = comparison_key(sku) or sku, {}
    for promotion_id, needs_coupon, text in rows:
        definition = parsed(text)
        is_over = definition.when.valid_to is not None and definition.when.valid_to < day
        if not is_over and key in skus_named([definition]):
            found[promotion_id] = OfferOfGoods(promotion_id, definition.title, needs_coupon)
    return list(found.values())
