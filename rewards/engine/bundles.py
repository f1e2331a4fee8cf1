"""Complete sets of units: "3 of these", or "1 of these with 2 of those"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from rewards.engine import fields
from rewards.engine.basket import DEAREST, Basket, Pick, count_units, first_units, without_units
from rewards.engine.offer import NO_ELIGIBLE_ITEMS, NOTHING_LEFT, Refusal
from rewards.facts import Filter


@dataclass(frozen=True, slots=True)
class Part:
    """`qty` units of some goods; in a set made of parts a unit fills one place only."""

    qty: Annotated[int, fields.quantity]
    filter: Annotated[Filter | None, fields.goods] = None


PerBundle = int | tuple[Part, ...]


def read_per_bundle(value: Any, pointer: str) -> PerBundle:
    """A number of units of the promotion's own goods, or the parts of a mixed set."""
    if isinstance(value, int):
        size: int = fields.quantity(value, pointer)
        return size
    parts: tuple[Part, ...] = fields.one_or_list(fields.nested(Part))(value, pointer)
    if not parts:
        raise fields.fail(pointer, "required", "Name at least one part of the set.")
    return parts


@dataclass(frozen=True, slots=True)
class Bundles:
    """`count` complete sets and the units that make them up."""

    count: int
    picks: Sequence[Pick]


def form_bundles(
    basket: Basket, goods: Filter | None, per: PerBundle, order: str = DEAREST, most: int | None = None
) -> Bundles | Refusal:
    """As many complete sets as units in no other offer allow, at most `most`, each part filled in the given order.

    Parts whose goods overlap are filled in the order they are written; the last set may then stay incomplete.
    """
    parts = (Part(qty=per, filter=goods),) if isinstance(per, int) else per
    pools = [basket.pick(_indexes(basket, goods, part), order, unserved=True) for part in parts]
    count = min(count_units(pool) // part.qty for part, pool in zip(parts, pools, strict=True))
    count = count if most is None else min(count, most)
    count = most_that_fit(count, lambda sets: _fill(parts, pools, sets) is not None)
    picks = _fill(parts, pools, count) if count else None
    return _why_no_bundle(basket, goods, parts) if picks is None else Bundles(count, picks)


def most_that_fit(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `most` that fits, 0 if none, given that what fits still fits with less."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if fits(middle):
            least = middle
        else:
            most = middle - 1
    return least


def _indexes(basket: Basket, goods: Filter | None, part: Part) -> Sequence[int]:
    if part.filter is goods or goods is None:
        return basket.matching(part.filter)
    wanted = set(basket.matching(goods))
    return [index for index in basket.matching(part.filter) if index in wanted]


def _fill(parts: Sequence[Part], pools: Sequence[list[Pick]], count: int) -> list[Pick] | None:
    used: list[Pick] = []
    for part, pool in zip(parts, pools, strict=True):
        chosen = first_units(without_units(pool, used) if used else pool, part.qty * count)
        if count_units(chosen) < part.qty * count:
            return None
        used.extend(chosen)
    return used


def _why_no_bundle(basket: Basket, goods: Filter | None, parts: Sequence[Part]) -> Refusal:
    for part in parts:
        indexes = _indexes(basket, goods, part)
        refusal = lacking_units(basket, indexes, part.qty)
        if refusal is not None:
            return refusal
    return Refusal("insufficient_free_units", 0, sum(part.qty for part in parts))


def lacking_units(basket: Basket, indexes: Sequence[int], needed: int) -> Refusal | None:
    """Why these lines cannot give `needed` units: none there, too few, nothing left to pay, or in other offers."""
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    there = basket.quantity_on(indexes)
    if there < needed:
        return Refusal("min_qty_not_met", there, needed)
    if not basket.left_on(indexes):
        return NOTHING_LEFT
    free = count_units(basket.pick(indexes, DEAREST, unserved=True))
    return Refusal("insufficient_free_units", free, needed) if free < needed else None
