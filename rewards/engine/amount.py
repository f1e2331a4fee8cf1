"""An amount off: once over the goods, off each unit, off each line, or by what the goods weigh or measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.basket import CHEAPEST, DEAREST, Pick, UnitOff, cost_of, count_units
from rewards.engine.benefit import NO_ELIGIBLE_ITEMS, NOTHING_LEFT, Benefit, Ineligibility, lines_off, units_off
from rewards.engine.bundles import Bundles, Part, PerBundle, form_bundles, read_parts, read_per_bundle
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import UNITS, Filter, Measure
from rewards.engine.percent import limit_units, share_over_picks
from rewards.engine.registry import register
from rewards.engine.shares import Ratio, round_ratio, split_over_left, split_within
from rewards.engine.unlocks import read_multiplies

BY_AMOUNT = "by_amount"
BY_QUANTITY = "by_quantity"
ONE = Ratio(1, 1)


@dataclass(frozen=True, slots=True)
class AmountOff:
    value: Annotated[int, fields.positive_amount]
    filter: Annotated[Filter | None, fields.goods] = None
    share: Annotated[str, fields.choice(BY_AMOUNT, BY_QUANTITY)] = BY_AMOUNT
    max_units: Annotated[int | None, fields.quantity] = None
    unit_pick: Annotated[str | None, fields.choice(CHEAPEST, DEAREST)] = None
    per_bundle: Annotated[PerBundle | None, read_per_bundle] = None
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@register("amount_off", AmountOff)
def amount_off(state: EvaluationState, terms: AmountOff) -> Benefit | Ineligibility:
    basket = state.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    if terms.per_bundle is not None:
        formed = form_bundles(basket, terms.filter, terms.per_bundle, terms.unit_pick or DEAREST)
        if isinstance(formed, Ineligibility):
            return formed
        picks = limit_units(formed.picks, terms.max_units, None)
        return off_picks(state, picks, terms.value * formed.count, terms.share)
    if terms.max_units is not None:
        picks = basket.pick(indexes, terms.unit_pick or CHEAPEST, terms.max_units)
        return off_picks(state, picks, terms.value, terms.share, serves=False)
    left = [basket.left[i] for i in indexes]
    if not any(left):
        return NOTHING_LEFT
    quantities = [basket.lines[i].quantity for i in indexes]
    return lines_off(indexes, _split_amount(state, terms.share, terms.value, left, quantities))


def _split_amount(state: EvaluationState, share: str, value: int, left: list[int], quantities: list[int]) -> list[int]:
    if share == BY_QUANTITY:
        return split_within(value, quantities, left, state.settings.remainder)
    return split_over_left(value, left, state.settings.remainder)


def off_picks(
    state: EvaluationState, picks: Sequence[Pick], value: int, share: str = BY_AMOUNT, *, serves: bool = True
) -> Benefit | Ineligibility:
    """Take one amount off picked units, shared by line as the promotion says and by cost within a line."""
    if not picks:
        return NOTHING_LEFT
    lines = sorted({pick.line for pick in picks})
    left = [cost_of([pick for pick in picks if pick.line == line]) for line in lines]
    quantities = [count_units([pick for pick in picks if pick.line == line]) for line in lines]
    shares = _split_amount(state, share, value, left, quantities)
    return units_off(share_over_picks(dict(zip(lines, shares, strict=True)), picks), serves=serves)


@dataclass(frozen=True, slots=True)
class AmountOffEach:
    """Of each unit or each line; with `bundle_multiplies` the value counts once for every complete set."""

    value: Annotated[int, fields.positive_amount]
    filter: Annotated[Filter | None, fields.goods] = None
    max_units_per_line: Annotated[int | None, fields.quantity] = None
    per_bundle: Annotated[PerBundle | None, read_per_bundle] = None
    bundle_multiplies: Annotated[bool, fields.flag] = False
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@register("amount_off_per_unit", AmountOffEach)
def amount_off_per_unit(state: EvaluationState, terms: AmountOffEach) -> Benefit | Ineligibility:
    picked = _picks_and_value(state, terms)
    if isinstance(picked, Ineligibility):
        return picked
    picks, value = picked
    offs = [UnitOff(pick, pick.number * min(value, pick.left)) for pick in picks]
    return units_off(offs, serves=terms.per_bundle is not None)


@register("amount_off_per_line", AmountOffEach)
def amount_off_per_line(state: EvaluationState, terms: AmountOffEach) -> Benefit | Ineligibility:
    picked = _picks_and_value(state, terms)
    if isinstance(picked, Ineligibility):
        return picked
    picks, value = picked
    cost: dict[int, int] = {}
    for pick in picks:
        cost[pick.line] = cost.get(pick.line, 0) + pick.left * pick.number
    offs = {line: min(value, cost[line]) for line in sorted(cost)}
    return units_off(share_over_picks(offs, picks), serves=terms.per_bundle is not None)


def _picks_and_value(state: EvaluationState, terms: AmountOffEach) -> tuple[Sequence[Pick], int] | Ineligibility:
    basket = state.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    if terms.per_bundle is None:
        picks: Sequence[Pick] = basket.pick(indexes, DEAREST, per_line=terms.max_units_per_line)
        return (picks, terms.value) if picks else NOTHING_LEFT
    formed = form_bundles(basket, terms.filter, terms.per_bundle)
    if not isinstance(formed, Bundles):
        return formed
    value = terms.value * formed.count if terms.bundle_multiplies else terms.value
    return limit_units(formed.picks, None, terms.max_units_per_line), value


@dataclass(frozen=True, slots=True)
class AmountOffPerMeasure:
    """`value` is taken off for every `per` of `unit`, in proportion: half of it brings half."""

    value: Annotated[int, fields.positive_amount]
    unit: Annotated[str, fields.choice(*UNITS)]
    per: Annotated[Ratio, fields.rate] = ONE
    filter: Annotated[Filter | None, fields.goods] = None
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@register("amount_off_per_measure", AmountOffPerMeasure)
def amount_off_per_measure(state: EvaluationState, terms: AmountOffPerMeasure) -> Benefit | Ineligibility:
    """Take off by measure, rounded once per line; goods without one, or with one of another kind, are not meant."""
    basket = state.basket
    measures = [(i, _units_of_measure(basket.lines[i].measure, terms.unit)) for i in basket.matching(terms.filter)]
    meant = [(i, found) for i, found in measures if found is not None]
    if not meant:
        return NO_ELIGIBLE_ITEMS
    if not any(basket.left[i] for i, _ in meant):
        return NOTHING_LEFT
    offs = []
    for i, (num, den) in meant:
        exact = terms.value * basket.units_paid(i) * num * terms.per.den, den * terms.per.num
        offs.append(min(round_ratio(*exact, state.settings.money_rounding), basket.left[i]))
    return lines_off([i for i, _ in meant], offs)


def _units_of_measure(measure: Measure | None, unit: str) -> tuple[int, int] | None:
    return None if measure is None else measure.in_unit(unit)
