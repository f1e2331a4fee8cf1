"""What promotions gave in a sale, kept as rows that reports and proofs add up."""

from __future__ import annotations

from rewards.promotions.operations import PricedSale, claim_benefits, record_benefits
from sales.operations.sale_in_progress import SaleInProgress


def record_sale_benefits(sale: SaleInProgress) -> None:
    """Write what each promotion gave; no statement where nothing was given."""
    record_benefits(merchant=sale.merchant, sales=[_priced_sale(sale)], at=sale.received_at)


def claim_sale_benefits(sale: SaleInProgress) -> None:
    """Write what the sale gives beyond before, now that it is a member's."""
    claim_benefits(merchant=sale.merchant, sale=_priced_sale(sale), at=sale.received_at)


def _priced_sale(sale: SaleInProgress) -> PricedSale:
    applied = {coupon.code for coupon in sale.outcome.coupons if coupon.status == "applied"}
    return PricedSale(
        sale_id=sale.id,
        outcome=sale.outcome,
        business_date=sale.context.sale_time.business_date,
        coupon_ids={
            str(coupon.promotion_id): coupon.coupon_id
            for coupon in sale.context.coupons
            if coupon.code in applied and coupon.coupon_id is not None
        },
    )
