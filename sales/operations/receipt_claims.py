"""An anonymous sale that turns out to be a member's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from common.errors import Refusal
from members.operations import forget_awaited_sale
from merchants.facts import MerchantFacts, TillFacts
from merchants.queries import outlet_by_id
from rewards.coupons.operations import bind_sale_rewards
from rewards.coupons.queries import coupon_ids_brought_by
from rewards.engine.facts import Outcome
from rewards.promotions.operations import LimitMoved, consume_promotions, lock_promotions
from sales.facts import CartDraft, SaleFacts
from sales.models import Sale
from sales.operations.charged_prices import recompute_earnings
from sales.operations.gathered_contexts import lock_pricing_context, with_limits
from sales.operations.member_purchases import apply_member_purchase
from sales.operations.payments import post_earnings
from sales.operations.prices import build_promotion_claim
from sales.operations.pricing_context import PricingContext, ReservedItems
from sales.operations.pricing_money import with_wallet
from sales.operations.recorded_sales import tier_change_json
from sales.operations.refunds import take_back_earnings
from sales.operations.sale_benefits import claim_sale_benefits
from sales.operations.sale_coupons import issue_coupons_and_stamps
from sales.operations.sale_in_progress import SaleInProgress
from sales.operations.sale_times import SaleTime
from sales.queries import sale_by_reference, sale_facts
from sales.rules import offers_time


class ClaimNotPossible(Refusal):
    """The sale has a member, was returned as a whole, or is older than the merchant allows; `reason` says which."""

    code = "claim_not_possible"


def claim_sale(
    *, merchant: MerchantFacts, till: TillFacts, reference: str | UUID, member_id: UUID, at: datetime
) -> SaleFacts:
    """Give an anonymous sale to a member, who earns what its day and outlet give at the prices paid.

    Claimed again for the same member it answers with the sale as it is. Raises Missing and ClaimNotPossible.
    """
    row = sale_by_reference(merchant=merchant, till_id=till.id, reference=reference, lock=True)
    if row.member_id is not None and row.member_id == member_id:
        return sale_facts(merchant=merchant, row=row, now=at)
    give_sale(merchant=merchant, till=till, row=row, member_id=member_id, at=at)
    row.refresh_from_db()
    return sale_facts(merchant=merchant, row=row, now=at)


def give_sale(*, merchant: MerchantFacts, till: TillFacts, row: Sale, member_id: UUID, at: datetime) -> None:
    """Make the anonymous sale the member's, with what it earns; its row is locked. `till` is the one that asks.

    It earns first what all of it earns, then what came back is taken back, as by the returns of a sale that was the
    member's from the beginning. Raises ClaimNotPossible, Missing('member_not_found') and MemberBlocked.
    """
    _refuse_claim(merchant, row, at=at)
    context = lock_claim_context(merchant, till_of_sale(merchant, till, row), row, member_id=member_id, at=at)
    sold = Outcome.from_json(row.outcome)
    sale = SaleInProgress(row.id, row.reference, at, context, outcome=recompute_earnings(context, sold))
    take_earning_limits(sale, sold)
    _give_to_member(sale, sold)
    claim_sale_benefits(sale)
    _write_member(sale)
    forget_awaited_sale(merchant=merchant, sale_id=sale.id)
    if row.status != "completed":
        row.refresh_from_db()
        take_back_earnings(merchant=merchant, sale=row, at=at, was_no_purchase=True)


def lock_claim_context(
    merchant: MerchantFacts, till: TillFacts, row: Sale, *, member_id: UUID, at: datetime
) -> PricingContext:
    """Lock the member, the accounts and the coupons that the sale brought, as of the day of the sale."""
    priced_at = offers_time(row.occurred_at, row.received_at)
    sale_time = SaleTime(
        at=row.occurred_at,
        business_date=row.business_date,
        priced_at=priced_at,
        priced_on=merchant.day_of(priced_at),
        local_at=priced_at.astimezone(ZoneInfo(till.outlet.timezone)),
    )
    return lock_pricing_context(
        merchant=merchant,
        till=till,
        draft=CartDraft(lines=(), member_id=member_id),
        sale_time=sale_time,
        received_at=at,
        reserved=ReservedItems(coupon_ids=coupon_ids_brought_by(merchant=merchant, sale_id=row.id)),
    )


def take_earning_limits(sale: SaleInProgress, sold: Outcome) -> None:
    """Take what the sale earns now from the limits; used up meanwhile: asked again, once."""
    try:
        with transaction.atomic():
            _consume_new_uses(sale, sold)
    except LimitMoved:
        lock_promotions(merchant=sale.merchant, definitions=sale.context.promotions)
    else:
        return
    sale.context = with_limits(sale.context)
    sale.outcome = recompute_earnings(sale.context, sold)
    _consume_new_uses(sale, sold)


def _consume_new_uses(sale: SaleInProgress, sold: Outcome) -> None:
    """Take the uses that the sale had not taken yet when it was anonymous."""
    taken = {use.promotion_id for use in sold.uses}
    added = replace(sale.outcome, uses=tuple(use for use in sale.outcome.uses if use.promotion_id not in taken))
    claim = build_promotion_claim(sale.context, added)
    consume_promotions(merchant=sale.merchant, claim=claim, sale_id=sale.id)


def _give_to_member(sale: SaleInProgress, sold: Outcome) -> None:
    """Post the earnings, count the purchase, bind the receipt's unused coupons, issue what only members are given."""
    if sale.outcome.cashback:
        sale.context = with_wallet(sale.context)
    post_earnings(sale)
    apply_member_purchase(sale)
    assert sale.member_id is not None
    bind_sale_rewards(merchant=sale.merchant, sale_id=sale.id, member_id=sale.member_id)
    issue_coupons_and_stamps(sale, but_not={item.promotion_id for item in sold.coupons_to_issue})


def _write_member(sale: SaleInProgress) -> None:
    """Write the member and what they earned into the recorded sale."""
    assert sale.context.points is not None
    Sale.objects.filter(merchant_id=sale.merchant.id, id=sale.id).update(
        member_id=sale.member_id,
        claimed_at=sale.received_at,
        points_earned=sale.points_earned,
        points_balance=sale.context.points.balance.points_balance,
        cashback_earned_amount=sale.outcome.cashback_to_earn_amount if sale.context.wallet else 0,
        transfers=sale.transfers.to_json(),
        outcome=sale.outcome.to_json(),
        tier_change=tier_change_json(sale.tier_change),
    )


def till_of_sale(merchant: MerchantFacts, till: TillFacts, row: Sale) -> TillFacts:
    """Return the till that asks, at the outlet where the goods were sold: its rules and clock say what is earned."""
    if row.outlet_id == till.outlet.id:
        return till
    return replace(till, outlet=outlet_by_id(merchant=merchant, outlet_id=row.outlet_id))


def _refuse_claim(merchant: MerchantFacts, row: Sale, *, at: datetime) -> None:
    if row.member_id is not None:
        raise ClaimNotPossible(reason="has_member")
    if row.status in ("refunded", "voided"):
        raise ClaimNotPossible(reason="returned")
    if offers_time(row.occurred_at, row.received_at) != row.occurred_at:
        raise ClaimNotPossible(reason="too_late")
    if row.occurred_at < at - timedelta(days=merchant.claim_days):
        raise ClaimNotPossible(reason="too_old", needed=merchant.claim_days)
