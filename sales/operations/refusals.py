"""What a cart is refused for, by quotes and sales alike."""

from __future__ import annotations

from datetime import datetime

from common.errors import Refusal
from members.operations import require_card_in_force, require_verification_code
from rewards.coupons.operations import CouponNotUsable
from rewards.engine.facts import Outcome
from sales.operations.gift_cards import refuse_unusable_gift_cards
from sales.operations.pricing_context import PricingContext


def refuse_waiting_card(context: PricingContext) -> None:
    """Refuse a cart that spends points, wallet money or a coupon of the member's own by a card nobody confirmed.

    With the member locked: a card confirmed or ended meanwhile is seen as it is now. No statement for other carts.
    Raises members' CardNotConfirmed and CardNotFound.
    """
    draft, found = context.draft, context.member
    spends = bool(draft.redeem_points or draft.redeem_wallet_amount) or any(c.is_personal for c in context.coupons)
    if found is not None and spends:
        require_card_in_force(
            merchant=context.merchant,
            till_id=context.till.id,
            member_id=found.id,
            identifier=draft.identifier,
            at=context.now,
        )


def refuse_rejected_coupons(outcome: Outcome) -> None:
    """Raise CouponNotUsable when a code of the cart does not act."""
    rejected = [c for c in outcome.coupons if c.status != "applied"]
    if rejected:
        raise CouponNotUsable(coupons=[{"code": c.code, "reason": c.reason} for c in rejected])


def refuse_missing_payment(context: PricingContext, outcome: Outcome) -> None:
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
