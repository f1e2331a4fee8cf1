"""What a sale takes from the limits of its promotions."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from rewards.promotions.operations import LimitMoved, consume_promotions, lock_promotions
from rewards.promotions.queries import live_promotions
from sales.models import Quote
from sales.operations.charged_prices import apply_charged_prices
from sales.operations.gathered_contexts import with_limits
from sales.operations.prices import build_promotion_claim, price_cart, refuse_rejected_coupons
from sales.operations.quarantine import set_aside_earnings
from sales.operations.sale_in_progress import SaleInProgress


def take_limits(sale: SaleInProgress) -> None:
    """Take from promotion limits. One used up meanwhile: evaluated again, once; a paid sale keeps its price."""
    if sale.is_paid:
        _take_paid_limits(sale, sale.quote)
        return
    claim = build_promotion_claim(sale.context, sale.outcome)
    if not claim.is_limited:
        return
    try:
        with transaction.atomic():
            consume_promotions(merchant=sale.merchant, claim=claim, sale_id=sale.id)
    except LimitMoved:
        lock_promotions(merchant=sale.merchant, definitions=sale.context.promotions)
    else:
        return
    _price_again(sale)
    claim = build_promotion_claim(sale.context, sale.outcome)
    consume_promotions(merchant=sale.merchant, claim=claim, sale_id=sale.id)


def _price_again(sale: SaleInProgress) -> None:
    """Price with what is left of the limits now that their counters are locked."""
    sale.context = with_limits(sale.context)
    sale.outcome = price_cart(sale.context)
    refuse_rejected_coupons(sale.outcome)
    if sale.charged is not None:
        sale.outcome, differs = apply_charged_prices(sale.context, sale.outcome, sale.charged)
        if differs and all(warning.code != "charged_differs" for warning in sale.warnings):
            sale.warn("charged_differs", **differs)
    if sale.is_quarantined:
        set_aside_earnings(sale)


def _take_paid_limits(sale: SaleInProgress, quote: Quote | None) -> None:
    """Use what its quote held; what is not held is taken if it is still there, else it is the merchant's loss."""
    context, claim = sale.context, build_promotion_claim(sale.context, sale.outcome)
    known = {definition.id for definition in context.promotions}
    if quote is not None and any(use.promotion_id not in known for use in claim.uses):  # ended since the quote
        quoted = live_promotions(
            merchant=context.merchant,
            at=quote.created_at,
            with_coupons=[c.promotion_id for c in context.coupons if c.promotion_id],
            now=context.now,
            day=context.limits_day,
        )
        claim = replace(claim, definitions=[*claim.definitions, *(d for d in quoted if d.id not in known)])
    if not claim.is_limited and quote is None:
        return
    over = consume_promotions(
        merchant=context.merchant, claim=claim, sale_id=sale.id, quote_id=sale.quote_id, paid=True
    )
    for promotion_id in over:
        is_cap = promotion_id in claim.points.wanted
        sale.warn("points_cap_exceeded" if is_cap else "promotion_limit_exceeded", promotion_id=promotion_id)
