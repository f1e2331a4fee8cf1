"""What a sale takes from the limits of its promotions."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from rewards.operations import LimitMoved, consume_promotions, lock_promotions
from rewards.queries import live_promotions
from sales.facts import SaleDraft, SaleWarning
from sales.models import Quote
from sales.operations.charging import as_charged
from sales.operations.moving import Priced
from sales.operations.pricing import claim_of, price, with_limits
from sales.operations.quoting import refuse_rejected_coupons


def take_limits(priced: Priced, draft: SaleDraft, *, sale_id: UUID) -> Priced:
    """Takes from promotion limits. One used up meanwhile: evaluated again, once; a paid sale keeps its price."""
    if priced.quote is not None:
        return _take_paid(priced, priced.quote, sale_id=sale_id)
    situation = priced.situation
    claim = claim_of(situation, priced.outcome)
    if not claim.is_limited:
        return priced
    try:
        with transaction.atomic():
            consume_promotions(merchant=situation.merchant, claim=claim, sale_id=sale_id)
        return priced
    except LimitMoved:
        lock_promotions(merchant=situation.merchant, definitions=situation.promotions)
    again = with_limits(situation)
    outcome = price(again)
    refuse_rejected_coupons(outcome)
    if draft.charged is not None:
        outcome, _ = as_charged(again, outcome, draft.charged)
    consume_promotions(merchant=situation.merchant, claim=claim_of(again, outcome), sale_id=sale_id)
    return replace(priced, situation=again, outcome=outcome)


def _take_paid(priced: Priced, quote: Quote, *, sale_id: UUID) -> Priced:
    """What the quote held becomes used; what lapsed is taken if it is still there, else it is the merchant's loss."""
    situation, claim = priced.situation, claim_of(priced.situation, priced.outcome)
    known = {definition.id for definition in situation.promotions}
    if any(use.promotion_id not in known for use in claim.uses):  # paused or ended since the quote
        quoted = live_promotions(
            merchant=situation.merchant,
            at=quote.created_at,
            with_coupons=[c.promotion_id for c in situation.coupons if c.promotion_id],
            now=situation.now,
            day=situation.today,
        )
        claim = replace(claim, definitions=[*claim.definitions, *(d for d in quoted if d.id not in known)])
    over = consume_promotions(merchant=situation.merchant, claim=claim, sale_id=sale_id, quote_id=quote.id, paid=True)
    points = claim.points.wanted
    lost = [
        SaleWarning("points_cap_exceeded" if name in points else "promotion_limit_exceeded", {"promotion_id": name})
        for name in over
    ]
    return replace(priced, warnings=(*priced.warnings, *lost))
