"""What the coupons of campaigns brought, after returns: the same net that the groups' sales are counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts


@dataclass(frozen=True, slots=True)
class CouponResult:
    """Uses on sales of which something was kept, the discount on what was kept, and what those sales kept."""

    redeemed: int = 0
    discount_amount: int = 0
    sales_amount: int = 0


# A sale that its coupon made free is none of `sales_purchase`: nothing was paid, so nothing can have come back.
_RESULTS: Final = """
SELECT used.source_id, count(*) FILTER (WHERE coalesce(sale.is_purchase, true)),
       coalesce(round(sum(used.discount_amount * coalesce(sale.net_amount::numeric / sale.gross_amount, 1))), 0),
       coalesce(sum(sale.net_amount), 0)
FROM rewards_coupon_use AS used
LEFT JOIN sales_purchase AS sale ON sale.merchant_id = %(merchant)s AND sale.sale_id = used.sale_id
WHERE used.merchant_id = %(merchant)s AND used.source_id = ANY(%(sources)s::uuid[])
GROUP BY used.source_id
"""


def coupon_results(*, merchant: MerchantFacts, campaign_ids: Sequence[UUID]) -> dict[UUID, CouponResult]:
    """By campaign, in one statement; a campaign whose coupons nobody used is left out.

    Of a discount that was given on goods which came back in part, the part counts that the kept goods paid for.
    """
    if not campaign_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RESULTS, {"merchant": merchant.id, "sources": list(campaign_ids)})
        return {row[0]: CouponResult(*(int(figure) for figure in row[1:])) for row in cursor.fetchall()}
