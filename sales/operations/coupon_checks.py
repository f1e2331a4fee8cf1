"""Whether a code can be used now, by this member, at this till: as a sale would say, before there is a cart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members.operations import CardNotConfirmed
from merchants.facts import MerchantFacts, TillFacts
from rewards.coupons.facts import CouponFacts
from rewards.coupons.queries import coupon_by_id
from rewards.coupons.rules import with_days_of
from rewards.engine import refusal_without_cart
from rewards.engine.facts import Decision, Definition
from rewards.promotions.queries import engine_settings
from sales.facts import QuoteDraft
from sales.operations.gathered_contexts import load_pricing_context
from sales.operations.prices import build_member_state, refuse_waiting_card
from sales.operations.pricing_context import PricingContext
from sales.operations.sale_times import sale_time_of

UNKNOWN = "coupon_unknown"


@dataclass(frozen=True, slots=True)
class CheckedCoupon:
    """`reason` is why the code cannot be used whatever the cart is; None when only the cart decides.

    `coupon` and `offer` are None for unknown, foreign and malformed codes, which look alike; `offer` also where its
    promotion is not in force. The coupon's days are those in which both it and its offer count.
    """

    code: str
    reason: str | None
    coupon: CouponFacts | None = None
    offer: Definition | None = None
    decision: Decision | None = None
    """The same with its figures, where the offer says no."""

    @property
    def is_usable(self) -> bool:
        return self.reason is None


def check_coupon(
    *, merchant: MerchantFacts, till: TillFacts, code: str, member_id: UUID | None, at: datetime
) -> CheckedCoupon:
    """Say whether the code can be used; locks and writes nothing. Raises Missing('member_not_found'), MemberBlocked."""
    draft = QuoteDraft(lines=(), member_id=member_id, coupon_codes=(code,))
    sale_time = sale_time_of(merchant=merchant, till=till, draft=draft, received_at=at)
    context = load_pricing_context(merchant=merchant, till=till, draft=draft, sale_time=sale_time, received_at=at)
    [shown] = context.coupons
    if shown.coupon_id is None:
        return CheckedCoupon(code, shown.refusal or UNKNOWN)
    coupon = coupon_by_id(
        merchant=merchant, coupon_id=shown.coupon_id, at=at, today=sale_time.priced_on, local_at=sale_time.local_at
    )
    offer = next((d for d in context.promotions if d.id == str(shown.promotion_id)), None)
    coupon = with_days_of(coupon, offer)
    if shown.refusal is not None or offer is None:
        return CheckedCoupon(code, shown.refusal or "expired", coupon, offer)
    decision = _decide_without_cart(context, offer)
    if decision is not None:
        return CheckedCoupon(code, decision.reason, coupon, offer, decision)
    try:
        refuse_waiting_card(context)
    except CardNotConfirmed as refusal:
        return CheckedCoupon(code, refusal.code, coupon, offer)
    return CheckedCoupon(code, None, coupon, offer)


def _decide_without_cart(context: PricingContext, offer: Definition) -> Decision | None:
    refusal = refusal_without_cart(
        offer,
        build_member_state(context),
        [coupon.claim for coupon in context.coupons],
        context.sale_time.local_at,
        engine_settings(context.merchant, [offer]),
        outlet_id=str(context.till.outlet.id),
    )
    return Decision(offer.id, offer.title, False, *refusal) if refusal else None
