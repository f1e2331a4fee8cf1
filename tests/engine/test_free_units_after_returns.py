"""What comes by the unit after returns: as much as a sale without the returned units would have brought."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.engine.facts import Outcome
from rewards.engine.returns import earned_by_remaining, rewards_of_remaining
from tests.engine.tables import outcome_of

STAMPS = {"id": "s", "title": "Kartu", "kind": "stamp", "card": "kopi", "per_unit": 1}
BONUS = {"id": "b", "title": "Bonus", "kind": "earn", "product_bonus": {"kopi": 7, "roti": 5, "teh": 3}}
LIKE = {"buy": {"qty": 2, "filter": {"skus": ["kopi"]}}, "repeat": True}
BESIDE = {**LIKE, "get": {"qty": 1, "filter": {"skus": ["roti"]}}}


def sold(units: dict[str, int], offer: dict[str, Any]) -> Outcome:
    return sold_under([{"id": "o", "title": "Gratis", "kind": "buy_get", **offer}, STAMPS, BONUS], units)


def sold_under(rules: list[dict[str, Any]], units: dict[str, int]) -> Outcome:
    prices = {"kopi": 30_000, "roti": 20_000, "teh": 9_000}
    lines = [
        {"line_id": sku, "sku": sku, "name": sku, "quantity": number, "unit_amount": prices[sku]}
        for sku, number in units.items()
        if number
    ]
    return outcome_of({"cart": lines, "at": "2026-11-27T12:00:00+07:00", "member": {"id": "m"}, "promotions": rules})


def brought(outcome: Outcome) -> tuple[int, int]:
    return sum(item.stamps for item in outcome.stamps), outcome.points_to_earn


def kept(outcome: Outcome, returns: list[dict[str, int]]) -> tuple[int, int]:
    return sum(rewards_of_remaining(outcome, returns).stamps.values()), earned_by_remaining(outcome, returns).points


def test_a_unit_that_was_free_stays_free_when_something_else_comes_back() -> None:
    outcome = sold({"kopi": 3, "teh": 1}, LIKE)
    assert brought(outcome) == (3, 10)
    assert kept(outcome, [{"teh": 1}]) == (2, 7)


def test_a_product_that_was_free_brings_no_bonus_for_what_came_back() -> None:
    outcome = sold({"kopi": 4, "roti": 2, "teh": 1}, BESIDE)
    assert brought(outcome) == (5, 10)
    assert kept(outcome, [{"teh": 1}, {"roti": 1}]) == (4, 7)


SETS: list[tuple[str, int, int, dict[str, Any], dict[str, int], dict[str, int], int]] = [
    # what it shows, units to buy, units free, more of the offer, sold, back, stamps that stay
    ("the last set lacked one free unit", 2, 2, {}, {"kopi": 4, "roti": 3}, {"roti": 1}, 4),
    ("of it a bought unit came back", 2, 2, {}, {"kopi": 4, "roti": 3}, {"kopi": 1}, 4),
    ("both sets lose one", 2, 2, {}, {"kopi": 4, "roti": 3}, {"kopi": 2, "roti": 1}, 2),
    ("one set, not whole, goes on freeing one unit", 3, 3, {}, {"kopi": 3, "roti": 2}, {"roti": 1}, 3),
    ("a bought unit less breaks the only set", 3, 3, {}, {"kopi": 3, "roti": 2}, {"kopi": 1}, 3),
    ("only whole sets free anything", 1, 2, {"require_full_get": True}, {"kopi": 2, "roti": 5}, {"roti": 2}, 3),
    ("a limit of free units leaves some beside", 1, 2, {"max_get_units": 3}, {"kopi": 3, "roti": 4}, {"kopi": 1}, 3),
    ("a unit that was bought takes the place of a free one", 2, 1, {}, {"kopi": 4, "roti": 1}, {"roti": 1}, 4),
]


@pytest.mark.parametrize(("shows", "buys", "frees", "more", "units", "back", "stamps"), SETS, ids=str)
def test_sets_that_are_not_whole_free_what_a_sale_of_the_rest_frees(
    shows: str, buys: int, frees: int, more: dict[str, Any], units: dict[str, int], back: dict[str, int], stamps: int
) -> None:
    offer = offer_on(["roti"], buys, frees, more)
    rest = {sku: number - back.get(sku, 0) for sku, number in units.items()}
    assert min(brought(sold(rest, offer))[0], brought(sold(units, offer))[0]) == stamps, shows
    for steps in orders_of(back):
        assert kept(sold(units, offer), steps)[0] == stamps, shows


def offer_on(freed: list[str], buys: int, frees: int, more: dict[str, Any]) -> dict[str, Any]:
    goods = {"buy": {"qty": buys, "filter": {"skus": ["kopi"]}}, "get": {"qty": frees, "filter": {"skus": freed}}}
    return {**goods, "repeat": True, **more}


def orders_of(back: dict[str, int]) -> list[list[dict[str, int]]]:
    """Return every order of returning unit by unit, and goods by goods."""
    units = [sku for sku, number in back.items() for _ in range(number)]
    by_unit = set(permutations(units)) if len(units) <= 4 else {tuple(units), tuple(reversed(units))}
    by_goods = permutations((sku, number) for sku, number in back.items() if number)
    return [[{sku: 1} for sku in order] for order in sorted(by_unit)] + [[{s: n} for s, n in o] for o in by_goods]


MORE = [{}, {"require_full_get": True}, {"max_get_units": 3}, {"repeat": False}, {"on_return": "reprice"}]


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from([["kopi"], ["roti"], ["kopi", "roti"]]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(MORE),
    st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 3)),
    st.data(),
)
def test_returns_end_where_a_sale_without_the_units_would_have(
    freed: list[str], buys: int, frees: int, more: dict[str, Any], sold_units: tuple[int, int, int], data: st.DataObject
) -> None:
    """Never more than was brought by the sale itself; in any order of the returns, with units beside the sets."""
    offer = offer_on(freed, buys, frees, more)
    units = dict(zip(("kopi", "roti", "teh"), sold_units, strict=True))
    outcome = sold(units, offer)
    back = {sku: data.draw(st.integers(0, number)) for sku, number in units.items() if number}
    rest = {sku: number - back.get(sku, 0) for sku, number in units.items()}
    stamps, points = brought(sold(rest, offer)) if any(rest.values()) else (0, 0)
    most = brought(outcome)
    for steps in orders_of(back):
        assert kept(outcome, steps) == (min(stamps, most[0]), min(points, most[1]))


def test_of_two_offers_each_frees_what_it_would_in_a_sale_of_the_rest() -> None:
    """The first takes its units out of the second one's reach, also after returns."""
    rules = [
        {
            "id": "a",
            "title": "A",
            "kind": "bundle_price",
            "priority": 1,
            "price": 40_000,
            "qty": 2,
            "max_applications": 1,
            "filter": {"skus": ["kopi"]},
        },
        {"id": "b", "title": "B", "kind": "buy_get", "priority": 2, **offer_on(["roti"], 2, 2, {})},
        {"id": "c", "title": "C", "kind": "cheapest_free", "priority": 3, "filter": {"skus": ["teh", "roti"]}},
        STAMPS,
    ]
    units = {"kopi": 5, "roti": 3, "teh": 1}
    for back in ({"kopi": 1}, {"kopi": 2}, {"roti": 2}, {"teh": 1}, {"kopi": 2, "roti": 1, "teh": 1}):
        rest = {sku: number - back.get(sku, 0) for sku, number in units.items()}
        alone = sum(item.stamps for item in sold_under(rules, rest).stamps)
        for steps in orders_of(back):
            assert sum(rewards_of_remaining(sold_under(rules, units), steps).stamps.values()) == alone, back


def test_a_sale_kept_without_its_rule_goes_by_the_share_that_was_free() -> None:
    outcome = sold({"kopi": 4, "roti": 2}, BESIDE)
    older = replace(outcome, rules=tuple(rule for rule in outcome.rules if rule["id"] != "o"))
    assert kept(older, [{"roti": 1}]) == kept(outcome, [{"roti": 1}]) == (4, 7)


@pytest.mark.parametrize("order", list(permutations(["kopi", "roti", "teh"])))
def test_everything_back_keeps_nothing(order: tuple[str, ...]) -> None:
    units = {"kopi": 4, "roti": 2, "teh": 1}
    assert kept(sold(units, BESIDE), [{sku: units[sku]} for sku in order]) == (0, 0)
