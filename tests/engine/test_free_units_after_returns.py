"""What comes by the unit after returns: as much as a sale without the returned units would have brought."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.engine.returns import earned_by_remaining, gifts_of_remaining
from rewards.facts import Outcome
from tests.engine.tables import outcome_of

STAMPS = {"id": "s", "title": "Kartu", "kind": "stamp", "card": "kopi", "per_unit": 1}
BONUS = {"id": "b", "title": "Bonus", "kind": "earn", "product_bonus": {"kopi": 7, "roti": 5, "teh": 3}}
LIKE = {"buy": {"qty": 2, "filter": {"skus": ["kopi"]}}, "repeat": True}
BESIDE = {**LIKE, "get": {"qty": 1, "filter": {"skus": ["roti"]}}}


def sold(units: dict[str, int], offer: dict[str, Any]) -> Outcome:
    prices = {"kopi": 30_000, "roti": 20_000, "teh": 9_000}
    lines = [
        {"line_id": sku, "sku": sku, "name": sku, "quantity": number, "unit_amount": prices[sku]}
        for sku, number in units.items()
        if number
    ]
    rules = [{"id": "o", "title": "Gratis", "kind": "buy_get", **offer}, STAMPS, BONUS]
    return outcome_of({"cart": lines, "at": "2026-11-27T12:00:00+07:00", "member": {"id": "m"}, "promotions": rules})


def brought(outcome: Outcome) -> tuple[int, int]:
    return sum(item.stamps for item in outcome.stamps), outcome.points_to_earn


def kept(outcome: Outcome, returns: list[dict[str, int]]) -> tuple[int, int]:
    return sum(gifts_of_remaining(outcome, returns).stamps.values()), earned_by_remaining(outcome, returns).points


def test_a_unit_that_was_free_stays_free_when_something_else_comes_back() -> None:
    outcome = sold({"kopi": 3, "teh": 1}, LIKE)
    assert brought(outcome) == (3, 10)
    assert kept(outcome, [{"teh": 1}]) == (2, 7)


def test_a_product_that_was_free_brings_no_bonus_for_what_came_back() -> None:
    outcome = sold({"kopi": 4, "roti": 2, "teh": 1}, BESIDE)
    assert brought(outcome) == (5, 10)
    assert kept(outcome, [{"teh": 1}, {"roti": 1}]) == (4, 7)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["kopi", "roti"]), st.integers(1, 9), st.integers(0, 9), st.integers(0, 3), st.data(),
    st.integers(1, 3),
)  # fmt: skip
def test_returns_end_where_a_sale_without_the_units_would_have(
    freed: str, kopi: int, roti: int, teh: int, data: st.DataObject, buys: int
) -> None:
    """Never more than was brought by the sale itself; in any order of the returns, with units beside the sets."""
    goods = {"buy": {"qty": buys, "filter": {"skus": ["kopi"]}}, "get": {"qty": 1, "filter": {"skus": [freed]}}}
    offer = {**goods, "repeat": True}
    units = {"kopi": kopi, "roti": roti, "teh": teh}
    outcome = sold(units, offer)
    back = {sku: data.draw(st.integers(0, number)) for sku, number in units.items() if number}
    rest = {sku: number - back.get(sku, 0) for sku, number in units.items()}
    stamps, points = brought(sold(rest, offer)) if any(rest.values()) else (0, 0)
    most = brought(outcome)
    for order in permutations((sku, number) for sku, number in back.items() if number):
        steps = [{sku: number} for sku, number in order]
        assert kept(outcome, steps) == (min(stamps, most[0]), min(points, most[1]))


@pytest.mark.parametrize("order", list(permutations(["kopi", "roti", "teh"])))
def test_everything_back_keeps_nothing(order: tuple[str, ...]) -> None:
    units = {"kopi": 4, "roti": 2, "teh": 1}
    assert kept(sold(units, BESIDE), [{sku: units[sku]} for sku in order]) == (0, 0)
