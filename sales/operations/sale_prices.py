"""The price of a sale: the reserved quote's where one is paid, else the engine's answer now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ledger.facts import Unit
from ledger.operations import release_hold
from merchants.facts import MerchantFacts, TillFacts
from rewards.coupons.operations import release_coupons
from rewards.engine import bill_again
from rewards.engine.facts import Outcome
from rewards.promotions.operations import release_promotions
from rewards.promotions.queries import bill_rules
from sales.facts import SaleDraft, SaleWarning
from sales.models import Quote
from sales.operations.cart_fingerprints import fingerprint_request
from sales.operations.charged_prices import apply_charged_prices, recompute_earnings
from sales.operations.gathered_contexts import lock_pricing_context, with_limits
from sales.operations.gift_cards import release_gift_cards
from sales.operations.paid_prices import cap_rounding, price_paid_cart, without_unusable_cards
from sales.operations.prices import (
    build_cart,
    price_payable_cart,
    refuse_waiting_card,
    require_code,
)
from sales.operations.pricing_context import PricingContext, ReservedItems
from sales.operations.sale_in_progress import SaleInProgress
from sales.operations.sale_times import SaleTime
from sales.rules import quote_id_for


def price_sale(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: SaleDraft,
    sale_id: UUID,
    sale_time: SaleTime,
    received_at: datetime,
    doubts: tuple[SaleWarning, ...] = (),
) -> SaleInProgress:
    """Lock what the sale will use up and return it with its price. Raises what `record_sale` says."""
    quote = lock_quote(merchant, till, draft.quote_id)
    context = lock_pricing_context(
        merchant=merchant,
        till=till,
        draft=draft,
        sale_time=sale_time,
        received_at=received_at,
        reserved=ReservedItems.of_quote(quote),
        doubts=doubts,
    )
    warnings = [*sale_time.warnings, *context.doubts]
    if quote is not None and context.pays_quote:
        outcome, found = _bill_quote(context, Outcome.from_json(quote.outcome))
    else:
        if not context.is_paid:
            refuse_waiting_card(context)
        asked = fingerprint_request(draft, member_id=context.member_id)
        if draft.quote_id is not None and draft.quote_id != quote_id_for(till.id, asked):
            warnings.append(SaleWarning("quote_changed", {}))
        if quote is not None:
            context = _release_quote(context, quote)
        quote, (context, outcome, found) = None, _price_now(context, draft)
    warnings += found
    sale = SaleInProgress(
        sale_id, draft.reference, received_at, context, outcome, quote=quote, charged=draft.charged, warnings=warnings
    )
    _apply_charged(sale)
    return sale


def lock_quote(merchant: MerchantFacts, till: TillFacts, quote_id: UUID | None) -> Quote | None:
    """Return the quote that this till reserved and has not sold yet; lapsed or released ones still count."""
    if quote_id is None:
        return None
    return (
        Quote.objects.select_for_update()
        .filter(merchant_id=merchant.id, id=quote_id, till_id=till.id)
        .exclude(state="sold")
        .first()
    )


def _bill_quote(context: PricingContext, quoted: Outcome) -> tuple[Outcome, list[SaleWarning]]:
    """Return what was quoted with the bill as the till tells it now: what was given stays, its earnings follow."""
    if context.draft.bill is None and quoted.bill is None:
        return quoted, []
    rules = bill_rules(context.merchant)
    billed, found = cap_rounding(context, lambda capped: bill_again(quoted, build_cart(capped), rules))
    return (quoted if billed == quoted else recompute_earnings(context, billed)), found


def _price_now(context: PricingContext, draft: SaleDraft) -> tuple[PricingContext, Outcome, list[SaleWarning]]:
    """Price the cart; return it with the context it was priced in, and what a paid sale was not refused for."""
    if context.is_paid:
        context, skipped = without_unusable_cards(context)
        outcome, found = price_paid_cart(context, draft)
        return context, outcome, [*skipped, *found]
    outcome = price_payable_cart(context)
    require_code(context, outcome, code=draft.verification_code, at=context.now)
    return context, outcome, []


def _release_quote(context: PricingContext, quote: Quote) -> PricingContext:
    """Free what the quote held for this other cart; another member's money stays held until the quote is released."""
    for account, hold_id in ((context.points, quote.hold_id), (context.wallet, quote.wallet_hold_id)):
        if account is not None and hold_id in account.open_hold_ids:
            release_hold(merchant=context.merchant, account=account, hold_id=hold_id)
    release_gift_cards(merchant=context.merchant, quote=quote, accounts=context.card_accounts)
    release_coupons(merchant=context.merchant, quote_id=quote.id)
    if release_promotions(merchant=context.merchant, quote_id=quote.id):
        context = with_limits(context)
    if quote.member_id in (None, context.member_id):
        Quote.objects.filter(merchant_id=context.merchant.id, id=quote.id).update(state="released")
    return replace(
        context,
        coupons=[replace(coupon, reserved_here=False) for coupon in context.coupons],
        points_balance=context.with_mates(context.points.balance, Unit.POINTS)
        if context.points
        else context.points_balance,
        wallet_balance=context.with_mates(context.wallet.balance, Unit.WALLET)
        if context.wallet
        else context.wallet_balance,
    )


def _apply_charged(sale: SaleInProgress) -> None:
    """Put the till's own totals in the place of ours, and warn where they differ."""
    if sale.charged is None:
        return
    if sale.quote is not None and release_promotions(merchant=sale.merchant, quote_id=sale.quote.id):
        # What the quote held is not in its own way; it is taken when the limits are.
        sale.context = with_limits(sale.context)
    sale.outcome, differs = apply_charged_prices(sale.context, sale.outcome, sale.charged)
    if differs:
        sale.warn("charged_differs", **differs)
