"""All that a cart is priced with, gathered once: loaded for a plain quote, locked for a sale or a reserving quote.

What will be used up is locked in this order: member, coupons, gift cards, points, accounts of wallet money by id. The
counters of promotions follow when the limits are taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from common.business_days import business_date
from members.facts import MemberFacts
from merchants.facts import MerchantFacts, TillFacts
from rewards.coupons.operations import lock_coupons
from rewards.promotions.queries import live_promotions, points_of_member, program_points_cap, uses_of_member
from sales.facts import CartDraft, SaleWarning
from sales.operations.pricing_context import NOTHING_RESERVED, PricingContext, ReservedItems
from sales.operations.pricing_members import with_card_state, with_member
from sales.operations.pricing_money import lock_money, with_balances, with_read_gift_cards
from sales.operations.sale_times import SaleTime


def load_pricing_context(
    *, merchant: MerchantFacts, till: TillFacts, draft: CartDraft, sale_time: SaleTime, received_at: datetime
) -> PricingContext:
    """Return the context as a plain quote sees it: nothing is locked, nothing written.

    Raises Missing('member_not_found') and MemberBlocked.
    """
    context = _start_context(merchant, till, draft, sale_time, received_at)
    context = with_member(context, lock=False)
    context = _with_coupons(context, lock=False)
    context = with_card_state(with_limits(context))
    return with_balances(with_read_gift_cards(context))


def lock_pricing_context(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: CartDraft,
    sale_time: SaleTime,
    received_at: datetime,
    reserved: ReservedItems = NOTHING_RESERVED,
    doubts: tuple[SaleWarning, ...] = (),
) -> PricingContext:
    """Return the context with everything locked that a sale or a reserving quote may use up.

    `doubts`: why a sale that is paid has no member, as far as the caller knows. Raises Missing('member_not_found') and
    MemberBlocked.
    """
    context = replace(_start_context(merchant, till, draft, sale_time, received_at), doubts=doubts)
    context = with_member(context, lock=True, reserved=reserved)
    context = _with_coupons(context, lock=True, reserved=reserved)
    context = with_card_state(with_limits(context))
    return lock_money(context, reserved)


def _start_context(
    merchant: MerchantFacts, till: TillFacts, draft: CartDraft, sale_time: SaleTime, received_at: datetime
) -> PricingContext:
    return PricingContext(
        merchant=merchant,
        till=till,
        draft=draft,
        sale_time=sale_time,
        now=received_at,
        limits_day=business_date(sale_time.priced_at, till.outlet.timezone, merchant.day_starts_at),
        ledger_day=merchant.day_of(received_at),
    )


def _with_coupons(context: PricingContext, *, lock: bool, reserved: ReservedItems = NOTHING_RESERVED) -> PricingContext:
    coupons = lock_coupons(
        merchant=context.merchant,
        codes=context.draft.coupon_codes,
        member_id=None if context.draft.withholds_member else context.member_id,
        quote_id=reserved.quote_id,
        at=context.now,
        today=context.sale_time.priced_on,
        local_at=context.sale_time.local_at,
        lock=lock,
        also_ids=reserved.coupon_ids,
    )
    return replace(context, coupons=coupons)


def with_limits(context: PricingContext) -> PricingContext:
    """Return the context with the promotions in force and what is left of their limits at this moment, read (again)."""
    promotions = live_promotions(
        merchant=context.merchant,
        at=context.sale_time.priced_at,
        with_coupons=[c.promotion_id for c in context.coupons if c.promotion_id],
        now=context.now,
        day=context.limits_day,
    )
    context = replace(context, promotions=promotions)
    if context.member is None:
        return context
    return replace(
        context, uses=_count_uses(context, context.member), points_taken=_count_points(context, context.member)
    )


def _count_uses(context: PricingContext, found: MemberFacts) -> dict[str, tuple[int, int]]:
    """Return the member's uses of each promotion that limits members: in all, and on this day."""
    limited = [d.id for d in context.promotions if d.usage.limits_members]
    if not limited:
        return {}
    return uses_of_member(
        merchant=context.merchant, member_id=found.id, promotion_ids=limited, now=context.now, day=context.limits_day
    )


def _count_points(context: PricingContext, found: MemberFacts) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the points under caps that the member got on that day, and in its month; no statement without a cap."""
    caps = [program_points_cap(context.merchant), *(d.points_cap for d in context.promotions)]
    if not any(cap is not None and cap.counts_members for cap in caps):
        return {}, {}
    return points_of_member(merchant=context.merchant, member_id=found.id, now=context.now, day=context.limits_day)
