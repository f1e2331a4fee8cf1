"""Complete sets of a cart, against a plain search for them unit by unit."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.engine.basket import Basket, count_units
from rewards.engine.bundles import Bundles, Part, form_bundles
from rewards.engine.facts import Cart, Filter, Line
from tests.engine.tables import Row, case_of, figures, outcome_of

SKUS = ("a", "b", "c")
LINES = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 4), st.integers(1, 9)), min_size=1, max_size=4)
PARTS = st.lists(
    st.tuples(st.integers(1, 2), st.one_of(st.none(), st.sets(st.sampled_from(SKUS), min_size=1, max_size=2))),
    min_size=1,
    max_size=3,
)


def basket_of(lines: list[tuple[str, int, int]]) -> Basket:
    return Basket(Cart(tuple(Line(str(n), sku, sku, count, price) for n, (sku, count, price) in enumerate(lines))))


def parts_of(given_parts: list[tuple[int, set[str] | None]]) -> tuple[Part, ...]:
    return tuple(Part(qty, None if skus is None else Filter(skus=frozenset(skus))) for qty, skus in given_parts)


def most_sets(lines: list[tuple[str, int, int]], parts: tuple[Part, ...]) -> int:
    """Return the largest number of sets, by augmenting paths from places to single units."""
    units = [sku for sku, count, _ in lines for _ in range(count)]
    count = 0
    while _all_places_filled(units, [part for part in parts for _ in range(part.qty * (count + 1))]):
        count += 1
    return count


def _all_places_filled(units: list[str], places: list[Part]) -> bool:
    taken: dict[int, int] = {}

    def find(place: int, seen: set[int]) -> bool:
        goods = places[place].filter
        for unit, sku in enumerate(units):
            if unit in seen or (goods is not None and sku not in goods.skus):
                continue
            seen.add(unit)
            if unit not in taken or find(taken[unit], seen):
                taken[unit] = place
                return True
        return False

    return all(find(place, set()) for place in range(len(places)))


@settings(max_examples=200)
@given(lines=LINES, given_parts=PARTS, order=st.sampled_from(["cheapest", "dearest"]))
def test_no_set_is_missed_and_no_unit_serves_twice(lines: Any, given_parts: Any, order: str) -> None:
    basket, parts = basket_of(lines), parts_of(given_parts)
    formed = form_bundles(basket, None, parts, order)
    count = formed.count if isinstance(formed, Bundles) else 0
    assert count == most_sets(lines, parts)
    if not isinstance(formed, Bundles):
        return
    by_line: dict[int, int] = {}
    for part, units in zip(parts, formed.parts, strict=True):
        assert count_units(units) == part.qty * count
        for pick in units:
            assert part.filter is None or basket.lines[pick.line].sku in part.filter.skus
            by_line[pick.line] = by_line.get(pick.line, 0) + pick.number
    assert all(number <= basket.lines[line].quantity for line, number in by_line.items())


@pytest.mark.parametrize(
    ("kind", "value"), [("percent_off", 10), ("amount_off_per_unit", 1000), ("new_unit_price", 8000)]
)
def test_only_units_of_complete_sets_are_taken_from_other_offers(kind: str, value: int) -> None:
    three = {"kind": "bundle_price", "qty": 3, "price": 100}
    for per_bundle, reason in (({"per_bundle": 3}, "insufficient_free_units"), ({}, "applied")):
        row: Row = ("", "kopi 3x10000", [{"kind": kind, "value": value, **per_bundle}, three], {})
        assert figures(outcome_of(case_of("", row)))["reasons"] == {"p1": "applied", "p2": reason}
