"""What the engine gives a cart, and why a cart is refused; quote and sale call the same functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Refusal
from members.operations import refuse_shown_state, require_verification_code
from members.rules import birth_date_for_offers, segment_for_offers
from rewards.coupons.operations import CouponNotUsable
from rewards.engine import evaluate, is_personal
from rewards.engine.facts import Cart, CouponClaim, Definition, Line, Measure, MemberState, Outcome
from rewards.promotions.operations import PromotionClaim
from rewards.promotions.queries import engine_settings, program_points_cap
from sales.facts import LineDraft
from sales.operations.gift_cards import refuse_unusable_gift_cards
from sales.operations.pricing_context import PricingContext


def price_cart(context: PricingContext) -> Outcome:
    """Ask the engine what the cart is given; changes nothing. Raises BadInput for a rounding below nothing."""
    claims = [coupon.claim for coupon in context.coupons]
    outcome = evaluate_cart(context, build_member_state(context), context.promotions, claims)
    refuse_rounding_below_nothing(outcome)
    return outcome


def evaluate_cart(
    context: PricingContext,
    member: MemberState | None,
    promotions: Sequence[Definition],
    claims: Sequence[CouponClaim],
) -> Outcome:
    """Ask the engine what the cart is given if the member, the promotions and the codes are these."""
    draft = context.draft
    return evaluate(
        build_cart(context),
        member,
        promotions,
        claims,
        context.sale_time.local_at,
        engine_settings(context.merchant, promotions),
        redeem_points=draft.redeem_points,
        redeem_wallet_amount=draft.redeem_wallet_amount,
        gift_card_amount=sum(card.available for card in context.gift_cards),
    )


def price_payable_cart(context: PricingContext) -> Outcome:
    """Price the cart; refuse codes that do not act, and payments that are missing.

    Raises CouponNotUsable, Refusal and gift cards' GiftCardNotUsable.
    """
    outcome = price_cart(context)
    refuse_rejected_coupons(outcome)
    _refuse_missing_payment(context, outcome)
    return outcome


def build_cart(context: PricingContext) -> Cart:
    """Return what was brought to the till, with tax, service charge, tip and rounding."""
    draft = context.draft
    lines = tuple(map(build_engine_line, draft.lines))
    return Cart(lines, outlet_id=str(context.till.outlet.id), bill=draft.bill)


def build_engine_line(line: LineDraft) -> Line:
    """Return the line as the engine takes it."""
    return Line(
        line_id=line.line_id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        category=line.category,
        cost_amount=line.cost_amount,
        measure=line.measure if isinstance(line.measure, Measure) else None,
        tax_amount=line.tax_amount,
        service_amount=line.service_amount,
    )


def build_member_state(context: PricingContext) -> MemberState | None:
    """Return the member as the engine sees them; what this quote itself holds counts as available."""
    member = context.member
    if member is None:
        return None
    segment = segment_for_offers(member, on=context.limits_day)
    return MemberState(
        id=str(member.id),
        tier=context.tier_code,
        segments=frozenset({segment} if segment else ()),
        birth_date=birth_date_for_offers(member, on=context.limits_day),
        points_available=context.points_balance.available + context.held_points,
        wallet_available=context.wallet_balance.available + context.held_wallet,
        purchase_count=member.purchase_count,
        referred=member.referred,
        uses={promotion_id: uses for promotion_id, (uses, _) in context.uses.items()},
        uses_today={promotion_id: today for promotion_id, (_, today) in context.uses.items()},
        points_today=context.points_taken[0],
        points_this_month=context.points_taken[1],
        only_earns=context.only_earns,
    )


def find_hidden_promotions(context: PricingContext) -> frozenset[str]:
    """Return the promotions that depend on who the member is, where only a card that is not confirmed was shown."""
    return frozenset(d.id for d in context.promotions if is_personal(d)) if context.only_earns else frozenset()


def build_promotion_claim(context: PricingContext, outcome: Outcome) -> PromotionClaim:
    """Return what the outcome takes from the limits of its promotions."""
    earned: dict[str, int] = {}
    for item in outcome.earned:
        earned[item.promotion_id] = earned.get(item.promotion_id, 0) + item.points
    return PromotionClaim(
        uses=outcome.uses,
        definitions=context.promotions,
        member_id=context.member_id,
        day=context.limits_day,
        at=context.now,
        earned=earned,
        program_cap=program_points_cap(context.merchant),
    )


# --- refusals ----------------------------------------------------------------------------------------------------


def refuse_waiting_card(context: PricingContext) -> None:
    """Refuse a cart that spends points, wallet money or the member's own coupon by a card that is not confirmed.

    Raises members' CardNotConfirmed and CardNotFound.
    """
    if context.card_state is not None and context.spends_of_member:
        refuse_shown_state(context.card_state)


def refuse_rounding_below_nothing(outcome: Outcome) -> None:
    """Raise BadInput where the bill is rounded down by more than is left to pay."""
    if outcome.payable_amount < 0:
        words = gettext("This takes off more than is left to pay.")
        raise BadInput([FieldError("/rounding_amount", "below_nothing", words)])


def refuse_rejected_coupons(outcome: Outcome) -> None:
    """Raise CouponNotUsable when a code of the cart does not act."""
    rejected = [c for c in outcome.coupons if c.status != "applied"]
    if rejected:
        raise CouponNotUsable(coupons=[{"code": c.code, "reason": c.reason} for c in rejected])


def _refuse_missing_payment(context: PricingContext, outcome: Outcome) -> None:
    """Raise Refusal when points or wallet money that the cart asks for are missing, or a gift card cannot pay."""
    refuse_unusable_gift_cards(context.gift_cards)
    draft = context.draft
    if (draft.redeem_points or draft.redeem_wallet_amount) and context.member is None:
        raise Refusal("member_required")
    points = context.points_balance.available + context.held_points
    short = any(d.reason == "insufficient_points" and not d.applied for d in outcome.decisions)
    if draft.redeem_points and (points < draft.redeem_points and short):
        raise Refusal("insufficient_points", available=points, needed=draft.redeem_points)
    wallet = context.wallet_balance.available + context.held_wallet
    if draft.redeem_wallet_amount > wallet:
        raise Refusal("wallet_insufficient", available=wallet, needed=draft.redeem_wallet_amount)


def require_code(context: PricingContext, outcome: Outcome, *, code: str | None, at: datetime) -> None:
    """Raise members' VerificationRequired when so many points are redeemed that the member has to confirm."""
    if context.member is not None and outcome.points_to_redeem:
        require_verification_code(
            merchant=context.merchant,
            member_id=context.member.id,
            points=outcome.points_to_redeem,
            code=code,
            at=at,
        )
