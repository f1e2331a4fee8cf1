"""What the engine says of a cart, and what it is asked with. A quote and a sale walk the same functions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from common.secrets import normalise_code
from rewards.engine import evaluate, is_personal
from rewards.engine.facts import Cart, Line, MemberState, Outcome
from rewards.promotions.operations import PromotionClaim
from rewards.promotions.queries import engine_settings, program_points_cap
from sales.facts import CartDraft, LineDraft
from sales.operations.pricing_context import PricingContext
from sales.rules import cart_fingerprint


def price_cart(context: PricingContext) -> Outcome:
    """Ask the engine what the cart is given; changes nothing."""
    draft = context.draft
    return evaluate(
        Cart(lines=tuple(map(build_engine_line, draft.lines)), outlet_id=str(context.till.outlet.id)),
        build_member_state(context),
        context.promotions,
        [coupon.claim for coupon in context.coupons],
        context.sale_time.local_at,
        engine_settings(context.merchant, context.promotions),
        redeem_points=draft.redeem_points,
        redeem_wallet_amount=draft.redeem_wallet_amount,
        gift_card_amount=sum(card.available for card in context.gift_cards),
    )


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
        measure=line.measure,
    )


def build_member_state(context: PricingContext) -> MemberState | None:
    """Return the member as the engine sees them; what this quote itself holds counts as available."""
    member = context.member
    if member is None:
        return None
    return MemberState(
        id=str(member.id),
        tier=member.tier.code if member.tier else None,
        segments=frozenset({member.segment} if member.segment else ()),
        birth_date=member.birth_date,
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
    """Return the promotions that ask who the member is, where only a card that nobody confirmed was shown."""
    return frozenset(d.id for d in context.promotions if context.only_earns and is_personal(d))


def build_promotion_claim(context: PricingContext, outcome: Outcome) -> PromotionClaim:
    """Return what the outcome takes from the limits of its promotions."""
    earned: dict[str, int] = {}
    for item in outcome.earned:
        earned[item.promotion_id] = earned.get(item.promotion_id, 0) + item.points
    return PromotionClaim(
        uses=outcome.uses,
        definitions=context.promotions,
        member_id=context.member_id,
        day=context.today,
        at=context.now,
        earned=earned,
        program_cap=program_points_cap(context.merchant),
    )


def fingerprint_request(draft: CartDraft, *, member_id: UUID | None) -> bytes:
    """Return 32 bytes of what is asked: same member, goods, codes and payments give the same bytes."""
    content: dict[str, Any] = {
        "member": str(member_id) if member_id else None,
        "lines": [
            [line.line_id, line.sku, line.category, line.quantity, line.unit_amount, line.measure]
            for line in draft.lines
        ],
        "codes": list(draft.coupon_codes),
        "points": draft.redeem_points,
        "wallet": draft.redeem_wallet_amount,
    }
    if draft.gift_card_codes:
        content["gift_cards"] = [normalise_code(code) for code in draft.gift_card_codes]
    return cart_fingerprint(content)
