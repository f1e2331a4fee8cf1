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
from rewards.facts import Outcome
from rewards.operations import LimitMoved, bind_gifts, consume_promotions, lock_promotions
from rewards.queries import coupon_ids_brought_by
from sales.facts import CartDraft, SaleFacts
from sales.models import Sale
from sales.operations.charging import with_earnings
from sales.operations.moving import post_earnings
from sales.operations.pricing import Moment, Situation, claim_of, lock_situation, with_limits, with_wallet
from sales.operations.recording import buy, give_and_warn
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
    moment = Moment(
        at=sale.occurred_at,
        local_at=sale.occurred_at.astimezone(ZoneInfo(till.outlet.timezone)),
        business_date=sale.business_date,
        doubt=None,
    )
    situation = lock_situation(
        merchant=merchant, till=till, draft=CartDraft(lines=(), member_id=member_id), moment=moment, received_at=at,
        held_coupons=coupon_ids_brought_by(merchant=merchant, sale_id=sale.id),
    )  # fmt: skip
    sold = Outcome.from_json(sale.outcome)
    situation, outcome = _earn(situation, sold, sale_id=sale.id)
    if outcome.cashback:
        situation = with_wallet(situation, received_at=at)
    assert situation.member is not None
    assert situation.points is not None
    transfers = post_earnings(situation, outcome, reference=sale.reference, sale_id=sale.id, received_at=at)
    _, change = buy(situation, amount=sale.total_amount, points=outcome.points_to_earn, received_at=at)
    _give(situation, sold, outcome, sale_id=sale.id, at=at)
    Sale.objects.filter(merchant_id=merchant.id, id=sale.id).update(
        member_id=situation.member.id,
        claimed_at=at,
        points_earned=outcome.points_to_earn,
        points_balance=situation.points.balance.points_balance,
        cashback_earned_amount=outcome.cashback_to_earn_amount if situation.wallet else 0,
        transfers=transfers,
        outcome=outcome.to_json(),
        tier_change=(
            {"from": change.from_tier.code if change.from_tier else None, "to": change.to_tier.code} if change else None
        ),
    )
    sale.refresh_from_db()
    return sale_facts(merchant=merchant, row=sale, now=at)


def _give(situation: Situation, sold: Outcome, outcome: Outcome, *, sale_id: UUID, at: datetime) -> None:
    """The receipt's unused coupons become the member's; what only members are given comes on top."""
    assert situation.member is not None
    bind_gifts(merchant=situation.merchant, sale_id=sale_id, member_id=situation.member.id)
    had = {item.promotion_id for item in sold.coupons_to_issue}
    added = tuple(item for item in outcome.coupons_to_issue if item.promotion_id not in had)
    give_and_warn(situation, replace(outcome, coupons_to_issue=added), sale_id=sale_id, received_at=at)


def _earn(situation: Situation, sold: Outcome, *, sale_id: UUID) -> tuple[Situation, Outcome]:
    """What the sale earns now that it has a member, taken from the limits; used up meanwhile: asked again, once."""
    outcome = with_earnings(situation, sold)
    taken = {use.promotion_id for use in sold.uses}

    def consume(now: Situation, earned: Outcome) -> None:
        claim = claim_of(now, replace(earned, uses=tuple(u for u in earned.uses if u.promotion_id not in taken)))
        consume_promotions(merchant=now.merchant, claim=claim, sale_id=sale_id)

    try:
        with transaction.atomic():
            consume(situation, outcome)
        return situation, outcome
    except LimitMoved:
        lock_promotions(merchant=situation.merchant, definitions=situation.promotions)
    again = with_limits(situation)
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
