"""A purchase worked out by the engine itself, to show what a rule means before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from merchants.facts import MerchantFacts
from rewards.engine import evaluate
from rewards.engine.facts import Cart, Definition, Line, MemberState
from rewards.promotions.queries.promotions import engine_settings


@dataclass(frozen=True, slots=True)
class WorkedReceipt:
    """A member buys one thing for `spend_amount` and offers `points_offered` points."""

    spend_amount: int
    points_earned: int
    points_offered: int
    points_used: int
    points_value_amount: int
    payable_amount: int


def worked_receipt(
    *, merchant: MerchantFacts, rules: Sequence[Definition], spend_amount: int, at: datetime, points_offered: int = 0
) -> WorkedReceipt:
    """Return what these rules alone give a member who has exactly the points on offer."""
    cart = Cart((Line("1", "EXAMPLE", "Example", 1, spend_amount),))
    member = MemberState(id="example", points_available=points_offered)
    outcome = evaluate(
        cart,
        member,
        rules,
        (),
        at.astimezone(ZoneInfo(merchant.timezone)),
        engine_settings(merchant, rules),
        redeem_points=points_offered,
    )
    return WorkedReceipt(
        spend_amount=spend_amount,
        points_earned=outcome.points_to_earn,
        points_offered=points_offered,
        points_used=outcome.points_to_redeem,
        points_value_amount=outcome.points_value_amount,
        payable_amount=outcome.payable_amount,
    )
