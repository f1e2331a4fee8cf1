"""An anonymous sale that turns out to be a member's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from common.errors import Refusal
from merchants.facts import MerchantFacts, TillFacts
from merchants.queries import outlet_by_id
from rewards.coupons.operations import bind_sale_rewards
from rewards.coupons.queries import coupon_ids_brought_by
from rewards.engine.facts import Outcome
from rewards.promotions.operations import LimitMoved, consume_promotions, lock_promotions
from sales.facts import CartDraft, SaleFacts
from sales.models import Sale
from sales.operations.charged_prices import with_earnings
from sales.operations.payments import post_earnings
from sales.operations.pricing import PricingContext, SaleTime, claim_of, lock_pricing_context, with_limits, with_wallet
from sales.operations.recording import apply_member_purchase, issue_coupons_and_stamps
from sales.queries import sale_by_reference, sale_facts


class ClaimNotPossible(Refusal):
    """The sale has a member, was returned, or is older than the merchant allows; `reason` says which."""

    code = "claim_not_possible"


def claim_sale(*, merchant: MerchantFacts, till: TillFacts, reference: str, member_id: UUID, at: datetime) -> SaleFacts:
    """Gives an anonymous sale to a member, who earns what its day and outlet give at the prices paid.

    Claimed again for the same member it answers with the sale as it is. Raises Missing and ClaimNotPossible.
    """
    sale = sale_by_reference(merchant=merchant, till_id=till.id, reference=reference, lock=True)
    if sale.member_id is not None and sale.member_id == member_id:
        return sale_facts(merchant=merchant, row=sale, now=at)
    _check(merchant, sale, at=at)
    till = _place_of_sale(merchant, till, sale)
    sale_time = SaleTime(
        at=sale.occurred_at,
        local_at=sale.occurred_at.astimezone(ZoneInfo(till.outlet.timezone)),
        business_date=sale.business_date,
        doubt=None,
    )
    context = lock_pricing_context(
        merchant=merchant,
        till=till,
        draft=CartDraft(lines=(), member_id=member_id),
        sale_time=sale_time,
        received_at=at,
        held_coupons=coupon_ids_brought_by(merchant=merchant, sale_id=sale.id),
    )
    sold = Outcome.from_json(sale.outcome)
    context, outcome = _earn(context, sold, sale_id=sale.id)
    if outcome.cashback:
        context = with_wallet(context, received_at=at)
    assert context.member is not None
    assert context.points is not None
    transfers = post_earnings(context, outcome, reference=sale.reference, sale_id=sale.id, received_at=at)
    _, change = apply_member_purchase(context, amount=sale.total_amount, points=outcome.points_to_earn, received_at=at)
    _give(context, sold, outcome, sale_id=sale.id, at=at)
    Sale.objects.filter(merchant_id=merchant.id, id=sale.id).update(
        member_id=context.member.id,
        claimed_at=at,
        points_earned=outcome.points_to_earn,
        points_balance=context.points.balance.points_balance,
        cashback_earned_amount=outcome.cashback_to_earn_amount if context.wallet else 0,
        transfers=transfers,
        outcome=outcome.to_json(),
        tier_change=(
            {"from": change.from_tier.code if change.from_tier else None, "to": change.to_tier.code} if change else None
        ),
    )
    sale.refresh_from_db()
    return sale_facts(merchant=merchant, row=sale, now=at)


def _give(context: PricingContext, sold: Outcome, outcome: Outcome, *, sale_id: UUID, at: datetime) -> None:
    """The receipt's unused coupons become the member's; what only members are given comes on top."""
    assert context.member is not None
    bind_sale_rewards(merchant=context.merchant, sale_id=sale_id, member_id=context.member.id)
    had = {item.promotion_id for item in sold.coupons_to_issue}
    added = tuple(item for item in outcome.coupons_to_issue if item.promotion_id not in had)
    issue_coupons_and_stamps(context, replace(outcome, coupons_to_issue=added), sale_id=sale_id, received_at=at)


def _earn(context: PricingContext, sold: Outcome, *, sale_id: UUID) -> tuple[PricingContext, Outcome]:
    """What the sale earns now that it has a member, taken from the limits; used up meanwhile: asked again, once."""
    outcome = with_earnings(context, sold)
    taken = {use.promotion_id for use in sold.uses}

    def consume(now: PricingContext, earned: Outcome) -> None:
        claim = claim_of(now, replace(earned, uses=tuple(u for u in earned.uses if u.promotion_id not in taken)))
        consume_promotions(merchant=now.merchant, claim=claim, sale_id=sale_id)

    try:
        with transaction.atomic():
            consume(context, outcome)
        return context, outcome
    except LimitMoved:
        lock_promotions(merchant=context.merchant, definitions=context.promotions)
    again = with_limits(context)
    outcome = with_earnings(again, sold)
    consume(again, outcome)
    return again, outcome


def _place_of_sale(merchant: MerchantFacts, till: TillFacts, sale: Sale) -> TillFacts:
    """The till that asks, as if it stood where the goods were sold: that place's rules and clock say what is earned."""
    if sale.outlet_id == till.outlet.id:
        return till
    return replace(till, outlet=outlet_by_id(merchant=merchant, outlet_id=sale.outlet_id))


def _check(merchant: MerchantFacts, sale: Sale, *, at: datetime) -> None:
    if sale.member_id is not None:
        raise ClaimNotPossible(reason="has_member")
    if sale.status != "completed":
        raise ClaimNotPossible(reason="returned")
    if sale.occurred_at < at - timedelta(days=merchant.claim_days):
        raise ClaimNotPossible(reason="too_old", needed=merchant.claim_days)
