"""What the coupons of campaigns brought, after returns: the same net amount that the groups' sales are counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts


@dataclass(frozen=True, slots=True)
class CampaignCouponResult:
    """Uses on sales of which something was kept, the discount on the kept part, and what those sales kept."""

    redeemed: int = 0
    discount_amount: int = 0
    sales_amount: int = 0


# A sale that its coupon made free is not in `sales_purchase`: nothing was paid, so nothing can have come back.
_RESULTS: Final = """
SELECT used.source_id, count(*) FILTER (WHERE coalesce(sale.is_purchase, true)),
       coalesce(round(sum(used.discount_amount * coalesce(sale.net_amount::numeric / sale.gross_amount, 1))), 0),
       coalesce(sum(sale.net_amount), 0)
FROM rewards_coupon_use AS used
LEFT JOIN sales_purchase AS sale ON sale.merchant_id = %(merchant)s AND sale.sale_id = used.sale_id
WHERE used.merchant_id = %(merchant)s AND used.source_id = ANY(%(sources)s::uuid[])
GROUP BY used.source_id
"""


def coupon_results(*, merchant: MerchantFacts, campaign_ids: Sequence[UUID]) -> dict[UUID, CampaignCouponResult]:
    """Return the results by campaign, in one statement; campaigns whose coupons were never used are left out.

    If part of the goods came back, only the part of the discount counts that belongs to the kept goods.
    """
    if not campaign_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RESULTS, {"merchant": merchant.id, "sources": list(campaign_ids)})
        return {row[0]: CampaignCouponResult(*(int(figure) for figure in row[1:])) for row in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class CampaignCouponUse:
    """One use that counts in `CampaignCouponResult`: its sale, with discount and sales after returns."""

    sale_id: UUID
    redeemed_at: datetime
    discount_amount: int
    sales_amount: int

    @property
    def cursor(self) -> str:
        return f"{self.redeemed_at.isoformat()}~{self.sale_id}"


_USES: Final = """
SELECT used.sale_id, used.redeemed_at,
       round(used.discount_amount * coalesce(sale.net_amount::numeric / sale.gross_amount, 1)),
       coalesce(sale.net_amount, 0)
FROM rewards_coupon_use AS used
LEFT JOIN sales_purchase AS sale ON sale.merchant_id = %(merchant)s AND sale.sale_id = used.sale_id
WHERE used.merchant_id = %(merchant)s AND used.source_id = %(campaign)s AND coalesce(sale.is_purchase, true)
"""


def coupon_uses(
    *, merchant: MerchantFacts, campaign_id: UUID, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[CampaignCouponUse]:
    """Return the uses behind a campaign's figures, newest first, continued behind `after`."""
    behind = " AND (used.redeemed_at, used.sale_id) < (%(after_at)s, %(after_sale)s)" if after else ""
    given: dict[str, Any] = {"merchant": merchant.id, "campaign": campaign_id, "limit": limit}
    if after is not None:
        given |= {"after_at": after[0], "after_sale": after[1]}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_USES}{behind} ORDER BY used.redeemed_at DESC, used.sale_id DESC LIMIT %(limit)s",
            given,
        )
        return [CampaignCouponUse(row[0], row[1], int(row[2]), int(row[3])) for row in cursor.fetchall()]
