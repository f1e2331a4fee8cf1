"""What a sale takes from the limits of its promotions."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from rewards.promotions.operations import LimitMoved, consume_promotions, lock_promotions
from rewards.promotions.queries import live_promotions
from sales.facts import SaleDraft, SaleWarning
from sales.models import Quote
from sales.operations.charged_prices import as_charged
from sales.operations.payments import Priced
from sales.operations.pricing import claim_of, price, with_limits
from sales.operations.quoting import refuse_rejected_coupons


def take_limits(priced: Priced, draft: SaleDraft, *, sale_id: UUID) -> Priced:
    """Takes from promotion limits. One used up meanwhile: evaluated again, once; a paid sale keeps its price."""
    if priced.quote is not None:
        return _take_paid(priced, priced.quote, sale_id=sale_id)
    context = priced.context
    claim = claim_of(context, priced.outcome)
    if not claim.is_limited:
        return priced
    try:
        with transaction.atomic():
            consume_promotions(merchant=context.merchant, claim=claim, sale_id=sale_id)
        return priced
    except LimitMoved:
        lock_promotions(merchant=context.merchant, definitions=context.promotions)
    again = with_limits(context)
    outcome = price(again)
    refuse_rejected_coupons(outcome)
    if draft.charged is not None:
        outcome, _ = as_charged(again, outcome, draft.charged)
    consume_promotions(merchant=context.merchant, claim=claim_of(again, outcome), sale_id=sale_id)
    return replace(priced, context=again, outcome=outcome)


def _take_paid(priced: Priced, quote: Quote, *, sale_id: UUID) -> Priced:
    """What the quote held becomes used; what lapsed is taken if it is still there, else it is the merchant's loss."""
    context, claim = priced.context, claim_of(priced.context, priced.outcome)
    known = {definition.id for definition in context.promotions}
    if any(use.promotion_id not in known for use in claim.uses):  # paused or ended since the quote
        quoted = live_promotions(
            merchant=context.merchant,
            at=quote.created_at,
            with_coupons=[c.promotion_id for c in context.coupons if c.promotion_id],
            now=context.now,
            day=context.today,
        )
        claim = replace(claim, definitions=[*claim.definitions, *(d for d in quoted if d.id not in known)])
    over = consume_promotions(merchant=context.merchant, claim=claim, sale_id=sale_id, quote_id=quote.id, paid=True)
    points = claim.points.wanted
    lost = [
        SaleWarning("points_cap_exceeded" if name in points else "promotion_limit_exceeded", {"promotion_id": name})
        for name in over
    ]
    return replace(priced, warnings=(*priced.warnings, *lost))
