"""A new price: for each unit, for the goods together, or for a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.amount import off_picks
from rewards.engine.basket import CHEAPEST, DEAREST, Pick, UnitOff, cost_of, first_units, without_units
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
from rewards.engine.fields import Problem
from rewards.engine.percent import limit_units
from rewards.engine.registry import register
from rewards.engine.shares import split_by_weight, split_over_left
from rewards.engine.unlocks import read_multiplies


@dataclass(frozen=True, slots=True)
class NewUnitPrice:
    """`max_units` is how many units get the price, the dearest first unless `unit_pick` says otherwise."""

    value: Annotated[int, fields.amount]
    filter: Annotated[Filter | None, fields.goods] = None
    max_units: Annotated[int | None, fields.quantity] = None
    unit_pick: Annotated[str | None, fields.choice(CHEAPEST, DEAREST)] = None
    per_bundle: Annotated[PerBundle | None, read_per_bundle] = None
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@register("new_unit_price", NewUnitPrice)
def new_unit_price(state: EvaluationState, terms: NewUnitPrice) -> Benefit | Ineligibility:
    basket = state.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    order = terms.unit_pick or DEAREST
    picks: Sequence[Pick] = basket.pick(indexes, order, terms.max_units)
    if terms.per_bundle is not None:
        formed = form_bundles(basket, terms.filter, terms.per_bundle, order)
        if isinstance(formed, Ineligibility):
            return formed
        picks = limit_units(formed.picks, terms.max_units, None)
    if not picks:
        return NOTHING_LEFT
    offs = [UnitOff(pick, pick.number * max(0, pick.left - terms.value)) for pick in picks]
    return units_off(offs, serves=terms.per_bundle is not None)


@dataclass(frozen=True, slots=True)
class NewOrderPrice:
    value: Annotated[int, fields.amount]
    filter: Annotated[Filter | None, fields.goods] = None
    per_bundle: Annotated[PerBundle | None, read_per_bundle] = None
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


@register("new_order_price", NewOrderPrice)
def new_order_price(state: EvaluationState, terms: NewOrderPrice) -> Benefit | Ineligibility:
    """Price the goods together, or with `per_bundle` every complete set of them, at `value`."""
    basket = state.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    if terms.per_bundle is not None:
        formed = form_bundles(basket, terms.filter, terms.per_bundle)
        if isinstance(formed, Ineligibility):
            return formed
        off = cost_of(formed.picks) - terms.value * formed.count
        return off_picks(state, formed.picks, off) if off > 0 else NO_BENEFIT
    left = [basket.left[i] for i in indexes]
    if not any(left):
        return NOTHING_LEFT
    off = max(0, sum(left) - terms.value)
    return lines_off(indexes, split_over_left(off, left, state.settings.remainder))


@dataclass(frozen=True, slots=True)
class BundlePrice:
    """`qty` units of the promotion's goods, or one of each of the `parts`, for `price`."""

    price: Annotated[int, fields.amount]
    qty: Annotated[int | None, fields.quantity] = None
    parts: Annotated[tuple[Part, ...], read_parts] = ()
    filter: Annotated[Filter | None, fields.goods] = None
    max_applications: Annotated[int | None, fields.quantity] = None
    unit_pick: Annotated[str, fields.choice(CHEAPEST, DEAREST)] = DEAREST
    for_each: Annotated[tuple[Part, ...], read_parts] = ()
    multiplies: Annotated[str | None, read_multiplies] = None


def _bundle_problems(terms: BundlePrice) -> list[Problem]:
    if (terms.qty is None) == (not terms.parts):
        return [Problem("/qty", "not_one_way", "Give either qty, or the parts of the bundle.")]
    return []


@register("bundle_price", BundlePrice, problems=_bundle_problems)
def bundle_price(state: EvaluationState, terms: BundlePrice) -> Benefit | Ineligibility:
    """ "3 for 70.000", "one coffee and one bread for 35.000": sets are filled in the order of `unit_pick`.

    A set that costs less than `price` already is not made, and its units stay open to other offers.
    """
    parts = terms.parts or (Part(qty=terms.qty or 1, filter=terms.filter),)
    goods = terms.filter if terms.parts else None
    formed = form_bundles(state.basket, goods, parts, terms.unit_pick, terms.max_applications)
    if isinstance(formed, Ineligibility):
        return formed
    pools = list(formed.parts)
    sets = formed.count
    offs: list[UnitOff] = []
    while sets:
        # Sets of like units are made at once: a line may hold thousands.
        alike = min([sets, *(pool[0].number // part.qty for part, pool in zip(parts, pools, strict=True))]) or 1
        chosen = [first_units(pool, part.qty) for part, pool in zip(parts, pools, strict=True)]
        pools = [
            without_units(pool, [pick._replace(number=pick.number * alike) for pick in picks])
            for pool, picks in zip(pools, chosen, strict=True)
        ]
        sets -= alike
        offs += _offs_of_sets([pick for picks in chosen for pick in picks], terms.price, alike)
    return units_off(offs, serves=True)


def _offs_of_sets(picks: Sequence[Pick], price: int, alike: int) -> list[UnitOff]:
    """Return what `alike` sets save, shared by what each unit costs; nothing for a set cheaper than `price`."""
    off = cost_of(picks) - price
    if off <= 0:
        return []
    shares = split_by_weight(off, [pick.left * pick.number for pick in picks])
    return [
        UnitOff(pick._replace(number=pick.number * alike), share * alike)
        for pick, share in zip(picks, shares, strict=True)
    ]
