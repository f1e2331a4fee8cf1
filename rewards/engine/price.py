"""A new price: for each unit, for the goods together, or for a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.amount import off_picks
from rewards.engine.basket import CHEAPEST, DEAREST, Pick, UnitOff, cost_of, count_units, first_units, without_units
from rewards.engine.bundles import PerBundle, form_bundles, lacking_units, read_per_bundle
from rewards.engine.course import Course
from rewards.engine.offer import NO_BENEFIT, NO_ELIGIBLE_ITEMS, NOTHING_LEFT, Offer, Refusal, lines_off, units_off
from rewards.engine.registry import register
from rewards.engine.shares import split_by_weight, split_over_left
from rewards.facts import Filter


@dataclass(frozen=True, slots=True)
class NewPrice:
    value: Annotated[int, fields.amount]
    filter: Annotated[Filter | None, fields.goods] = None
    per_bundle: Annotated[PerBundle | None, read_per_bundle] = None


@register("new_unit_price", NewPrice)
def new_unit_price(course: Course, terms: NewPrice) -> Offer | Refusal:
    basket = course.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    picks: Sequence[Pick] = basket.pick(indexes, CHEAPEST)
    if terms.per_bundle is not None:
        formed = form_bundles(basket, terms.filter, terms.per_bundle)
        if isinstance(formed, Refusal):
            return formed
        picks = formed.picks
    if not picks:
        return NOTHING_LEFT
    offs = [UnitOff(pick, pick.number * max(0, pick.left - terms.value)) for pick in picks]
    return units_off(offs, serves=terms.per_bundle is not None)


@register("new_order_price", NewPrice)
def new_order_price(course: Course, terms: NewPrice) -> Offer | Refusal:
    """The goods together, or with `per_bundle` every complete set of them, cost `value`."""
    basket = course.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    if terms.per_bundle is not None:
        formed = form_bundles(basket, terms.filter, terms.per_bundle)
        if isinstance(formed, Refusal):
            return formed
        off = cost_of(formed.picks) - terms.value * formed.count
        return off_picks(course, formed.picks, off) if off > 0 else NO_BENEFIT
    left = [basket.left[i] for i in indexes]
    if not any(left):
        return NOTHING_LEFT
    off = sum(left) - terms.value
    return lines_off(indexes, split_over_left(off, left, course.settings.remainder)) if off > 0 else NO_BENEFIT


@dataclass(frozen=True, slots=True)
class BundlePrice:
    qty: Annotated[int, fields.quantity]
    price: Annotated[int, fields.amount]
    filter: Annotated[Filter | None, fields.goods] = None
    max_applications: Annotated[int | None, fields.quantity] = None
    unit_pick: Annotated[str, fields.choice(CHEAPEST, DEAREST)] = DEAREST


@register("bundle_price", BundlePrice)
def bundle_price(course: Course, terms: BundlePrice) -> Offer | Refusal:
    """ "3 for 70.000": sets are filled in the order of `unit_pick`; one that costs less already is not made."""
    basket = course.basket
    indexes = basket.matching(terms.filter)
    pool: Sequence[Pick] = basket.pick(indexes, terms.unit_pick, unserved=True)
    count = count_units(pool) // terms.qty
    if not count:
        return lacking_units(basket, indexes, terms.qty) or NO_BENEFIT
    sets = count if terms.max_applications is None else min(count, terms.max_applications)
    offs: list[UnitOff] = []
    while sets:
        picks = first_units(pool, terms.qty)
        # Sets of like units are made at once: a line may hold thousands.
        alike = min(sets, pool[0].number // terms.qty) or 1
        pool = without_units(pool, [pick._replace(number=pick.number * alike) for pick in picks])
        sets -= alike
        off = cost_of(picks) - terms.price
        if off > 0:
            shares = split_by_weight(off, [pick.left * pick.number for pick in picks])
            offs.extend(
                UnitOff(pick._replace(number=pick.number * alike), share * alike)
                for pick, share in zip(picks, shares, strict=True)
            )
    return units_off(offs, serves=True)
