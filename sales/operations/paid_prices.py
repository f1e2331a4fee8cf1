"""The price of a sale that is paid: what the till believed when it took the money, whatever has changed since.

Nothing is refused. What the till believed and is not so any more is the merchant's loss, and a warning says which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from members.operations import VerificationRequired
from rewards.engine import without_limits
from rewards.engine.facts import MemberState, Outcome
from sales.facts import SaleDraft, SaleWarning
from sales.operations.charged_prices import recompute_earnings
from sales.operations.prices import build_member_state, evaluate_cart, require_code
from sales.operations.pricing_context import PricingContext


def price_paid_cart(context: PricingContext, draft: SaleDraft) -> tuple[Outcome, list[SaleWarning]]:
    """Price what a till without us had to believe; return the outcome, and what it was wrong about.

    Points and wallet money asked for are there, codes that others used up meanwhile act, and no limit holds back
    what lowers the price. What is earned keeps its limits: of that the till believed nothing. Where the till is not to
    learn whether the member is known, they pay what a guest pays.
    """
    believed = _believed_member(context)
    promotions = [without_limits(definition) for definition in context.promotions]
    claims = [coupon.paid_claim for coupon in context.coupons]
    outcome, found = cap_rounding(context, lambda capped: evaluate_cart(capped, believed, promotions, claims))
    if believed is not None and (context.member is None or draft.withholds_member):
        outcome = recompute_earnings(context, outcome)  # a guest earns nothing, a member what is theirs
    rejected = [
        SaleWarning("coupon_not_applied", {"code": coupon.code, "reason": coupon.reason})
        for coupon in outcome.coupons
        if coupon.status != "applied"
    ]
    unchecked = [SaleWarning("code_not_checked", {"code": code}) for code in draft.unchecked_codes]
    rest = _warn_of_what_rules_left(outcome, draft)
    return outcome, [*found, *rejected, *unchecked, *rest, *_missing_code(context, outcome, draft)]


def cap_rounding(
    context: PricingContext, price: Callable[[PricingContext], Outcome]
) -> tuple[Outcome, list[SaleWarning]]:
    """Price what was paid; a rounding down by more than is left to pay is taken as far as it goes, with a warning."""
    outcome, bill = price(context), context.draft.bill
    if outcome.payable_amount >= 0 or bill is None or bill.rounding_amount is None:
        return outcome, []
    taken = bill.rounding_amount - outcome.payable_amount
    capped = replace(context, draft=replace(context.draft, bill=replace(bill, rounding_amount=taken)))
    return price(capped), [SaleWarning("rounding_capped", {"asked": -bill.rounding_amount, "taken": -taken})]


def without_unusable_cards(context: PricingContext) -> tuple[PricingContext, list[SaleWarning]]:
    """Leave out gift cards that pay nothing: unknown, blocked or empty; return a warning for each."""
    skipped = [card for card in context.gift_cards if card.refusal]
    warnings = [
        SaleWarning("gift_card_skipped", {"code_masked": card.shown.code_masked, "reason": card.refusal})
        for card in skipped
    ]
    return replace(context, gift_cards=[card for card in context.gift_cards if not card.refusal]), warnings


def _believed_member(context: PricingContext) -> MemberState | None:
    """Return the member as the till took them: with all that they asked to pay with, by whatever card."""
    known = None if context.draft.withholds_member else build_member_state(context)
    if known is None:
        if not (context.has_guest or context.draft.withholds_member):
            return None
        known = MemberState(id="", purchase_count=1)  # not known to be anyone's first purchase
    return replace(
        known,
        points_available=max(known.points_available, context.draft.redeem_points),
        wallet_available=max(known.wallet_available, context.draft.redeem_wallet_amount),
        only_earns=False,
    )


def _warn_of_what_rules_left(outcome: Outcome, draft: SaleDraft) -> list[SaleWarning]:
    """Return a warning where the rules of that day let less be redeemed than the till took for paid."""
    asked = (
        ("points_not_redeemed", draft.redeem_points, outcome.points_to_redeem),
        ("wallet_not_redeemed", draft.redeem_wallet_amount, outcome.wallet_to_redeem_amount),
    )
    return [SaleWarning(code, {"asked": much, "taken": taken}) for code, much, taken in asked if taken < much]


def _missing_code(context: PricingContext, outcome: Outcome, draft: SaleDraft) -> list[SaleWarning]:
    """Use up the member's code; return a warning where it is missing or wrong."""
    if context.spends_nothing:
        return []
    try:
        require_code(context, outcome, code=draft.verification_code, at=context.now)
    except VerificationRequired:
        return [SaleWarning("verification_missing", {"points": outcome.points_to_redeem})]
    return []
