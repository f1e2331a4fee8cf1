"""Complete sets of units: "3 of these", or "1 of these with 2 of those"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Any

from rewards.engine import fields
from rewards.engine.basket import DEAREST, Basket, Pick, count_units, without_units
from rewards.engine.benefit import NO_ELIGIBLE_ITEMS, NOTHING_LEFT, Ineligibility
from rewards.engine.facts import Filter


@dataclass(frozen=True, slots=True)
class Part:
    """`qty` units of some goods; in a set made of parts a unit fills one place only."""

    qty: Annotated[int, fields.quantity]
    filter: Annotated[Filter | None, fields.goods] = None


PerBundle = int | tuple[Part, ...]
MOST_PARTS = 6
"""Whether overlapping parts can all be filled is decided over every group of parts: 2 to the power of this many."""


def read_per_bundle(value: Any, pointer: str) -> PerBundle:
    """Read a number of units of the promotion's own goods, or the parts of a mixed set."""
    if isinstance(value, int):
        size: int = fields.quantity(value, pointer)
        return size
    return read_parts(value, pointer)


def read_parts(value: Any, pointer: str) -> tuple[Part, ...]:
    """Read the parts of one set: a list of goods with a quantity, at most `MOST_PARTS`."""
    parts: tuple[Part, ...] = fields.one_or_list(fields.nested(Part))(value, pointer)
    if not parts:
        raise fields.fail(pointer, "required", "Name at least one part of the set.")
    if len(parts) > MOST_PARTS:
        raise fields.fail(pointer, "too_many_parts", f"A set has at most {MOST_PARTS} parts.")
    return parts


@dataclass(frozen=True, slots=True)
class Bundles:
    """`count` complete sets; `parts` are the units of each part, `count` times its quantity, in the order asked for."""

    count: int
    parts: Sequence[Sequence[Pick]]

    @property
    def picks(self) -> list[Pick]:
        return [pick for part in self.parts for pick in part]


def form_bundles(
    basket: Basket, goods: Filter | None, per: PerBundle, order: str = DEAREST, most: int | None = None
) -> Bundles | Ineligibility:
    """Form as many complete sets as free units allow, at most `most`, each part filled in the given order.

    A unit fills one place. Where the goods of parts overlap, a unit is left to the part that can do with no other.
    """
    parts = (Part(qty=per, filter=goods),) if isinstance(per, int) else per
    pools = [basket.pick(_part_indexes(basket, goods, part), order, unserved=True) for part in parts]
    groups = _groups_of_parts(parts, pools)
    count = min(group.units // group.wanted for group in groups)
    count = count if most is None else min(count, most)
    if not count:
        return _why_no_bundle(basket, goods, parts)
    return Bundles(count, _fill_parts(parts, pools, groups, count))


@dataclass(slots=True)
class _PartGroup:
    """Some parts of a set together: a set wants `wanted` units of them, and there are `units` on their `lines`."""

    members: frozenset[int]
    wanted: int
    lines: frozenset[int]
    units: int


def _groups_of_parts(parts: Sequence[Part], pools: Sequence[Sequence[Pick]]) -> list[_PartGroup]:
    """Return every group of parts. By Hall's marriage theorem sets can be filled when no group lacks units."""
    lines = [frozenset([pick.line for pick in pool]) for pool in pools]
    on_line: dict[int, int] = {}
    for pool in pools:
        on_line |= _units_by_line(pool)
    groups = []
    for size in range(1, len(parts) + 1):
        for members in combinations(range(len(parts)), size):
            together: frozenset[int] = frozenset().union(*(lines[i] for i in members))
            wanted = sum(parts[i].qty for i in members)
            groups.append(_PartGroup(frozenset(members), wanted, together, sum(on_line[line] for line in together)))
    return groups


def _units_by_line(pool: Sequence[Pick]) -> dict[int, int]:
    units: dict[int, int] = {}
    for pick in pool:
        units[pick.line] = units.get(pick.line, 0) + pick.number
    return units


def _fill_parts(
    parts: Sequence[Part], pools: Sequence[Sequence[Pick]], groups: Sequence[_PartGroup], count: int
) -> list[list[Pick]]:
    """Return each part's units for `count` sets, in its pool's order, none that a later part cannot do without."""
    filled: list[list[Pick]] = []
    used: list[Pick] = []
    left = {id(group): group.units for group in groups}
    for number, part in enumerate(parts):
        waiting = [g for g in groups if number < min(g.members)]
        chosen: list[Pick] = []
        wanted = part.qty * count
        for pick in without_units(pools[number], used):
            spare = [left[id(g)] - g.wanted * count for g in waiting if pick.line in g.lines]
            take = min([wanted, pick.number, *spare])
            if take:
                chosen.append(pick._replace(number=take))
                wanted -= take
                for group in groups:
                    if pick.line in group.lines:
                        left[id(group)] -= take
        filled.append(chosen)
        used.extend(chosen)
    return filled


def most_that_fit(most: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to `most` that fits, 0 if none; what fits still fits with less."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if fits(middle):
            least = middle
        else:
            most = middle - 1
    return least


def _part_indexes(basket: Basket, goods: Filter | None, part: Part) -> Sequence[int]:
    if part.filter is goods or goods is None:
        return basket.matching(part.filter)
    wanted = set(basket.matching(goods))
    return [index for index in basket.matching(part.filter) if index in wanted]


def _why_no_bundle(basket: Basket, goods: Filter | None, parts: Sequence[Part]) -> Ineligibility:
    for part in parts:
        indexes = _part_indexes(basket, goods, part)
        refusal = lacking_units(basket, indexes, part.qty)
        if refusal is not None:
            return refusal
    there = {index for part in parts for index in _part_indexes(basket, goods, part)}
    free = count_units(basket.pick(there, DEAREST, unserved=True))
    return Ineligibility("insufficient_free_units", free, sum(part.qty for part in parts))


def lacking_units(basket: Basket, indexes: Sequence[int], needed: int) -> Ineligibility | None:
    """Return why these lines cannot give `needed` units: none, too few, nothing left to pay, or in other offers."""
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    there = basket.quantity_on(indexes)
    if there < needed:
        return Ineligibility("min_qty_not_met", there, needed)
    if not basket.left_on(indexes):
        return NOTHING_LEFT
    free = count_units(basket.pick(indexes, DEAREST, unserved=True))
    return Ineligibility("insufficient_free_units", free, needed) if free < needed else None
