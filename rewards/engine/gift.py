"""A free line added to the receipt."""

from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.basket import UnitOff
from rewards.engine.benefit import NO_ELIGIBLE_ITEMS, Benefit, Ineligibility
from rewards.engine.bundles import Part, form_bundles
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import FreeItem
from rewards.engine.registry import register


@dataclass(frozen=True, slots=True)
class Gift:
    """`list_amount` is what one of it costs in the shop."""

    sku: Annotated[str, fields.text]
    name: Annotated[str, fields.text]
    qty: Annotated[int, fields.quantity] = 1
    list_amount: Annotated[int, fields.amount] = 0


@dataclass(frozen=True, slots=True)
class GiftLine:
    gift: Annotated[Gift, fields.nested(Gift)]
    per: Annotated[Part | None, fields.nested(Part)] = None


@register("gift_line", GiftLine)
def gift_line(state: EvaluationState, terms: GiftLine) -> Benefit | Ineligibility:
    """Give once for the order, or for every `per.qty` units of the goods named, which then serve no other offer."""
    basket = state.basket
    if not basket.matching(None):
        return NO_ELIGIBLE_ITEMS
    times, units = 1, []
    if terms.per is not None:
        formed = form_bundles(basket, terms.per.filter, terms.per.qty)
        if isinstance(formed, Ineligibility):
            return formed
        times = formed.count
        units = [UnitOff(pick, 0) for pick in formed.picks]
    quantity = times * terms.gift.qty
    gift = FreeItem("", terms.gift.sku, terms.gift.name, quantity, terms.gift.list_amount)
    return Benefit(worth=quantity * terms.gift.list_amount, units=units, serves=True, gift=gift, gives="gift")
