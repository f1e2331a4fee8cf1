"""What a visit brings besides money and points: stamps on a card, a coupon for the next time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from rewards.engine import fields
from rewards.engine.benefit import NO_BENEFIT, NO_ELIGIBLE_ITEMS, Benefit, Ineligibility
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import Filter
from rewards.engine.fields import Problem
from rewards.engine.registry import Stage, register


def read_card(value: Any, pointer: str) -> Any:
    """Read the card's code, or its description with the reward it brings when full."""
    return fields.mapping(value, pointer) if isinstance(value, Mapping) else fields.text(value, pointer)


def read_stamps(value: Any, pointer: str) -> int:
    """Read a number of stamps; true is one."""
    if value is True:
        return 1
    number: int = fields.quantity(value, pointer)
    return number


@dataclass(frozen=True, slots=True)
class StampTerms:
    card: Annotated[Any, read_card]
    per_visit: Annotated[int | None, read_stamps] = None
    per_unit: Annotated[int | None, read_stamps] = None
    filter: Annotated[Filter | None, fields.goods] = None


def _stamp_problems(terms: StampTerms) -> list[Problem]:
    if (terms.per_visit is None) == (terms.per_unit is None):
        return [Problem("", "not_one_way", "Give either per_visit or per_unit.")]
    return []


@register("stamp", StampTerms, stage=Stage.REWARD, needs_member=True, problems=_stamp_problems)
def stamp(state: EvaluationState, terms: StampTerms) -> Benefit | Ineligibility:
    """Give stamps; units that were free bring none."""
    basket = state.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    number = terms.per_visit
    if number is None:
        number = (terms.per_unit or 0) * sum(basket.units_paid(i) for i in indexes)
    return Benefit(stamps=number, card=terms.card, gives="stamps") if number else NO_BENEFIT


@dataclass(frozen=True, slots=True)
class IssueCoupon:
    coupon: Annotated[Mapping[str, Any], fields.mapping]


@register("issue_coupon", IssueCoupon, stage=Stage.REWARD)
def issue_coupon(state: EvaluationState, terms: IssueCoupon) -> Benefit | Ineligibility:
    if not state.basket.matching(None):
        return NO_ELIGIBLE_ITEMS
    return Benefit(coupon=terms.coupon, gives="coupon")
