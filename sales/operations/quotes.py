"""Quotes: the price of a cart now, held for ten minutes when the till asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common.errors import Missing
from common.ids import new_id
from ledger.facts import Unit
from ledger.operations import LockedAccount, lock_account, lock_accounts, place_hold, release_hold
from members.operations import lock_member
from merchants.facts import MerchantFacts, TillFacts
from rewards.coupons.operations import release_coupons, reserve_coupons
from rewards.engine.facts import Outcome
from rewards.promotions.operations import LimitMoved, lock_promotions, release_promotions, reserve_promotions
from sales.facts import Quoted, QuoteDraft
from sales.models import Quote
from sales.operations.cart_fingerprints import fingerprint_request
from sales.operations.exchanges import preview_exchanged_goods, undone
from sales.operations.gathered_contexts import load_pricing_context, lock_pricing_context, with_limits
from sales.operations.gift_cards import (
    card_holds,
    hold_gift_cards,
    release_gift_cards,
    uses_of,
)
from sales.operations.household_money import cover_from_household
from sales.operations.prices import (
    build_promotion_claim,
    find_hidden_promotions,
    price_cart,
    price_payable_cart,
    refuse_waiting_card,
    require_code,
)
from sales.operations.pricing_context import PricingContext
from sales.operations.sale_times import SaleTime, sale_time_of
from sales.rules import QUOTE_HOLDS_FOR, quote_id_for


class QuoteNotFound(Missing):
    code = "quote_not_found"


def quote_cart(*, merchant: MerchantFacts, till: TillFacts, draft: QuoteDraft, at: datetime) -> Quoted:
    """Price the cart; change nothing unless `draft.reserve`, which holds coupons, limits, points and wallet money.

    Raises Missing('member_not_found'), MemberBlocked, members' CardNotConfirmed; with `reserve` also
    InsufficientPoints, CouponNotUsable and members' VerificationRequired.
    """
    sale_time = sale_time_of(merchant=merchant, till=till, draft=draft, received_at=at)
    if draft.returns:
        return _quote_exchange(merchant, till, draft, sale_time, at=at)
    return _quote_cart(merchant, till, draft, sale_time, at=at)


def _quote_cart(
    merchant: MerchantFacts, till: TillFacts, draft: QuoteDraft, sale_time: SaleTime, *, at: datetime
) -> Quoted:
    if draft.reserve:
        context = lock_pricing_context(merchant=merchant, till=till, draft=draft, sale_time=sale_time, received_at=at)
        refuse_waiting_card(context)
        return _reserve_quote(context, code=draft.verification_code)
    context = load_pricing_context(merchant=merchant, till=till, draft=draft, sale_time=sale_time, received_at=at)
    refuse_waiting_card(context)
    fingerprint = fingerprint_request(draft, member_id=context.member_id)
    return _describe_quote(context, price_cart(context), quote_id=quote_id_for(till.id, fingerprint))


def _quote_exchange(
    merchant: MerchantFacts, till: TillFacts, draft: QuoteDraft, sale_time: SaleTime, *, at: datetime
) -> Quoted:
    """Quote a cart with goods handed back: they are taken back, the cart is priced as its sale would be, all is undone.

    What is reserved is reserved afterwards, of what is there without the returns.
    """
    quoted = None
    with undone():
        returns = preview_exchanged_goods(
            merchant=merchant, till=till, draft=draft, sale_time=sale_time, received_at=at
        )
        if not draft.reserve:
            quoted = _quote_cart(merchant, till, draft, sale_time, at=at)
    if quoted is None:
        quoted = _quote_cart(merchant, till, draft, sale_time, at=at)
    return replace(quoted, returns=returns)


def _describe_quote(context: PricingContext, outcome: Outcome, *, quote_id: UUID, reserved: bool = False) -> Quoted:
    """Return the quote as the till is answered. Asked before gift cards are held: it says what they will pay."""
    return Quoted(
        quote_id=quote_id,
        expires_at=context.now + QUOTE_HOLDS_FOR,
        reserved=reserved,
        member=context.member,
        outcome=outcome,
        gift_cards=uses_of(context.gift_cards, outcome.gift_card_to_redeem_amount),
        hidden=find_hidden_promotions(context),
        warnings=context.sale_time.warnings,
    )


# --- a quote that holds what it promises -------------------------------------------------------------------------


def _reserve_quote(context: PricingContext, *, code: str | None) -> Quoted:
    quote_id, until = new_id(), context.now + QUOTE_HOLDS_FOR
    outcome = _hold_limits(context, price_payable_cart(context), quote_id=quote_id, until=until)
    require_code(context, outcome, code=code, at=context.now)
    quoted = _describe_quote(context, outcome, quote_id=quote_id, reserved=True)
    row = Quote(
        merchant_id=context.merchant.id,
        id=quote_id,
        till_id=context.till.id,
        member_id=context.member_id,
        request_fingerprint=fingerprint_request(context.draft, member_id=context.member_id),
        created_at=context.now,
        expires_at=until,
        outcome=outcome.to_json(),
    )
    _hold_coupons(context, row)
    _hold_money(context, outcome, row)
    row.save(force_insert=True)
    return quoted


def _hold_coupons(context: PricingContext, row: Quote) -> None:
    coupon_ids = [coupon.coupon_id for coupon in context.coupons if coupon.coupon_id is not None]
    reserve_coupons(
        merchant=context.merchant,
        coupon_ids=coupon_ids,
        quote_id=row.id,
        till_id=context.till.id,
        until=row.expires_at,
    )
    row.coupon_ids = [str(coupon_id) for coupon_id in coupon_ids]


def _hold_money(context: PricingContext, outcome: Outcome, row: Quote) -> None:
    """Hold points, wallet money and gift cards; the row keeps their holds."""
    row.hold_id = _hold_balance(context, context.points, outcome.points_to_redeem, row)
    row.wallet_hold_id = _hold_balance(context, context.wallet, outcome.wallet_to_redeem_amount, row)
    holds = hold_gift_cards(
        merchant=context.merchant,
        cards=context.gift_cards,
        amount=outcome.gift_card_to_redeem_amount,
        quote_id=row.id,
        until=row.expires_at,
    )
    row.gift_cards = [hold.to_json() for hold in holds]


def _hold_balance(context: PricingContext, account: LockedAccount | None, amount: int, row: Quote) -> UUID | None:
    """Hold `amount` for the quote and return the hold's id; None: nothing is to be held."""
    if not amount or account is None:
        return None
    cover_from_household(context, account, amount)
    return place_hold(
        merchant=context.merchant,
        account=account,
        amount=amount,
        reserved_until=row.expires_at,
        reference_kind="quote",
        reference_id=row.id,
    )


def _hold_limits(context: PricingContext, outcome: Outcome, *, quote_id: UUID, until: datetime) -> Outcome:
    """Hold the uses and budgets that the outcome takes; one used up meanwhile: evaluated again, once."""
    held: dict[str, Any] = {
        "merchant": context.merchant,
        "quote_id": quote_id,
        "till_id": context.till.id,
        "until": until,
    }
    try:
        with transaction.atomic():
            reserve_promotions(claim=build_promotion_claim(context, outcome), **held)
        return outcome
    except LimitMoved:
        lock_promotions(merchant=context.merchant, definitions=context.promotions)
    again = with_limits(context)
    outcome = price_payable_cart(again)
    reserve_promotions(claim=build_promotion_claim(again, outcome), **held)
    return outcome


# --- a quote given back ------------------------------------------------------------------------------------------


def release_quote(*, merchant: MerchantFacts, till: TillFacts, quote_id: UUID, at: datetime) -> None:
    """Give back what a reserved quote holds; again, or for a quote that held nothing, changes nothing.

    Raises QuoteNotFound for an id this till never reserved.
    """
    mine = Quote.objects.select_for_update()  # before the member, as a sale does
    row = mine.filter(merchant_id=merchant.id, id=quote_id, till_id=till.id).first()
    if row is None:
        raise QuoteNotFound
    if row.member_id is not None:
        lock_member(merchant=merchant, member_id=row.member_id, even_erased=True)
    hit = Quote.objects.filter(merchant_id=merchant.id, id=row.id, state="open").update(state="released")
    if not hit:
        return
    release_coupons(merchant=merchant, quote_id=row.id)
    _release_money(merchant, row, at=at)
    release_promotions(merchant=merchant, quote_id=row.id)  # counters last, as in a sale


def _release_money(merchant: MerchantFacts, row: Quote, *, at: datetime) -> None:
    """Release points, then wallet money and gift cards by account id."""
    today = merchant.day_of(at)
    if row.hold_id is not None and row.member_id is not None:
        points = lock_account(merchant=merchant, owner_id=row.member_id, unit=Unit.POINTS, business_date=today, at=at)
        release_hold(merchant=merchant, account=points, hold_id=row.hold_id)
    owners = set(card_holds(row))
    if row.wallet_hold_id is not None and row.member_id is not None:
        owners.add(row.member_id)
    if not owners:
        return
    accounts = lock_accounts(merchant=merchant, owner_ids=owners, unit=Unit.WALLET, business_date=today, at=at)
    if row.wallet_hold_id is not None and row.member_id is not None:
        release_hold(merchant=merchant, account=accounts[row.member_id], hold_id=row.wallet_hold_id)
    release_gift_cards(merchant=merchant, quote=row, accounts=accounts)
