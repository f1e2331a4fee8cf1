"""Offers that act on the cheapest matching unit: free, a percentage off it, or an amount off it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.basket import CHEAPEST, UnitOff, first_units
from rewards.engine.benefit import Benefit, Ineligibility, trimmed, units_off
from rewards.engine.bundles import Part, lacking_units, read_parts
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import Filter
from rewards.engine.registry import register
from rewards.engine.shares import Ratio, round_ratio
from rewards.engine.unlocks import read_multiplies


@dataclass(frozen=True, slots=True)
class CheapestFree:
    cap: Annotated[int | None, fields.positive_amount] = None
    filter: Annotated[Filter | None, fields.goods] = None
    max_applications: Annotated[int, fields.quantity] = 1
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@dataclass(frozen=True, slots=True)
class CheapestPercentOff:
    value: Annotated[Ratio, fields.percent]
    cap: Annotated[int | None, fields.positive_amount] = None
    filter: Annotated[Filter | None, fields.goods] = None
    max_applications: Annotated[int, fields.quantity] = 1
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@dataclass(frozen=True, slots=True)
class CheapestAmountOff:
    value: Annotated[int, fields.positive_amount]
    cap: Annotated[int | None, fields.positive_amount] = None
    filter: Annotated[Filter | None, fields.goods] = None
    max_applications: Annotated[int, fields.quantity] = 1
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


CheapestTerms = CheapestFree | CheapestPercentOff | CheapestAmountOff


@register("cheapest_free", CheapestFree)
def cheapest_free(state: EvaluationState, terms: CheapestFree) -> Benefit | Ineligibility:
    return _off_cheapest(state, terms, lambda left: left)


@register("cheapest_percent_off", CheapestPercentOff)
def cheapest_percent_off(state: EvaluationState, terms: CheapestPercentOff) -> Benefit | Ineligibility:
    num, den = terms.value
    rounding = state.settings.money_rounding
    return _off_cheapest(state, terms, lambda left: round_ratio(left * num, den, rounding))


@register("cheapest_amount_off", CheapestAmountOff)
def cheapest_amount_off(state: EvaluationState, terms: CheapestAmountOff) -> Benefit | Ineligibility:
    return _off_cheapest(state, terms, lambda left: min(left, terms.value))


def _off_cheapest(state: EvaluationState, terms: CheapestTerms, off: Callable[[int], int]) -> Benefit | Ineligibility:
    basket = state.basket
    indexes = basket.matching(terms.filter)
    refusal = lacking_units(basket, indexes, 1)
    if refusal is not None:
        return refusal
    free = basket.pick(indexes, CHEAPEST, unserved=True)
    picks = first_units(free, terms.max_applications)
    benefit = units_off([UnitOff(pick, pick.number * off(pick.left)) for pick in picks], serves=True)
    if isinstance(benefit, Benefit):
        benefit.together = free
    if isinstance(benefit, Benefit) and terms.cap is not None and benefit.worth > terms.cap:
        return trimmed(benefit, terms.cap) or benefit
    return benefit
