"""Percent off goods, and percent off each unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.basket import CHEAPEST, DEAREST, Pick, UnitOff
from rewards.engine.benefit import (
    NO_BENEFIT,
    NO_ELIGIBLE_ITEMS,
    NOTHING_LEFT,
    Benefit,
    Ineligibility,
    lines_off,
    units_off,
)
from rewards.engine.bundles import Part, PerBundle, form_bundles, read_parts, read_per_bundle
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import Filter
from rewards.engine.registry import register
from rewards.engine.shares import Ratio, round_ratio, split_by_weight, split_over_left
from rewards.engine.unlocks import read_multiplies

ROUND_AT = ("line", "total", "total_then_share")


@dataclass(frozen=True, slots=True)
class PercentOff:
    value: Annotated[Ratio, fields.percent]
    filter: Annotated[Filter | None, fields.goods] = None
    cap: Annotated[int | None, fields.positive_amount] = None
    max_units: Annotated[int | None, fields.quantity] = None
    unit_pick: Annotated[str | None, fields.choice(CHEAPEST, DEAREST)] = None
    max_units_per_line: Annotated[int | None, fields.quantity] = None
    per_bundle: Annotated[PerBundle | None, read_per_bundle] = None
    round_at: Annotated[str | None, fields.choice(*ROUND_AT)] = None
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@register("percent_off", PercentOff)
def percent_off(state: EvaluationState, terms: PercentOff) -> Benefit | Ineligibility:
    basket = state.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    if terms.per_bundle is not None or terms.max_units is not None or terms.max_units_per_line is not None:
        return _percent_off_units(state, terms, indexes)
    left = [basket.left[i] for i in indexes]
    if not any(left):
        return NOTHING_LEFT
    return lines_off(indexes, percent_of(state, terms, left))


def percent_of(state: EvaluationState, terms: PercentOff, amounts: list[int]) -> list[int]:
    """Return the percentage of each amount, rounded as promotion or shop says, and capped as a whole."""
    settings, (num, den) = state.settings, terms.value
    if (terms.round_at or settings.round_at) == "line":
        if settings.money_rounding == "half_up":
            twice, whole = 2 * num, 2 * den
            offs = [(twice * amount + den) // whole for amount in amounts]
        else:
            offs = [amount * num // den for amount in amounts]
    else:
        off = round_ratio(sum(amounts) * num, den, settings.money_rounding)
        offs = split_over_left(off, amounts, settings.remainder)
    if terms.cap is not None and sum(offs) > terms.cap:
        offs = split_over_left(terms.cap, amounts, settings.remainder)
    return offs


def _percent_off_units(state: EvaluationState, terms: PercentOff, indexes: Sequence[int]) -> Benefit | Ineligibility:
    basket = state.basket
    if terms.per_bundle is not None:
        formed = form_bundles(basket, terms.filter, terms.per_bundle, terms.unit_pick or DEAREST)
        if isinstance(formed, Ineligibility):
            return formed
        picks = limit_units(formed.picks, terms.max_units, terms.max_units_per_line)
    else:
        order = terms.unit_pick or CHEAPEST
        picks = basket.pick(indexes, order, terms.max_units, per_line=terms.max_units_per_line)
    if not picks:
        return NOTHING_LEFT
    amounts: dict[int, int] = {}
    for pick in picks:
        amounts[pick.line] = amounts.get(pick.line, 0) + pick.left * pick.number
    lines = sorted(amounts)
    offs = dict(zip(lines, percent_of(state, terms, [amounts[line] for line in lines]), strict=True))
    return units_off(share_over_picks(offs, picks), serves=terms.per_bundle is not None)


def limit_units(picks: Sequence[Pick], most: int | None, per_line: int | None) -> list[Pick]:
    """Return the first `most` units, at most `per_line` of each line, in the order given."""
    room: dict[int, int] = {}
    found: list[Pick] = []
    for pick in picks:
        count = pick.number
        if per_line is not None:
            count = min(count, room.get(pick.line, per_line))
            room[pick.line] = room.get(pick.line, per_line) - count
        if most is not None:
            count = min(count, most)
            most -= count
        if count:
            found.append(pick._replace(number=count))
    return found


def share_over_picks(per_line: dict[int, int], picks: Sequence[Pick]) -> list[UnitOff]:
    """Share each line's amount over its picked units, in proportion to what they cost."""
    offs: list[UnitOff] = []
    for line, amount in per_line.items():
        own = [pick for pick in picks if pick.line == line]
        parts = split_by_weight(amount, [pick.left * pick.number for pick in own])
        offs.extend(UnitOff(pick, part) for pick, part in zip(own, parts, strict=True))
    return offs


@dataclass(frozen=True, slots=True)
class PercentOffUnit:
    value: Annotated[Ratio, fields.percent]
    filter: Annotated[Filter | None, fields.goods] = None
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@register("percent_off_unit", PercentOffUnit)
def percent_off_unit(state: EvaluationState, terms: PercentOffUnit) -> Benefit | Ineligibility:
    basket = state.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    picks = basket.pick(indexes, CHEAPEST)
    if not picks:
        return NOTHING_LEFT
    num, den = terms.value
    rounding = state.settings.money_rounding
    offs = [UnitOff(pick, pick.number * round_ratio(pick.left * num, den, rounding)) for pick in picks]
    return units_off([off for off in offs if off.amount], serves=False) if offs else NO_BENEFIT
