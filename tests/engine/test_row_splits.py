"""The same basket and the same return give the same money, however the cashier split the rows (Addition 11)."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rewards.engine.facts import Outcome
from rewards.engine.returns import cost_left, earned_by_remaining, goods_return, spend_of_remaining
from tests.engine.strategies import KINDS, case, fields, promotions
from tests.engine.tables import AT, case_of, outcome_of
from tests.engine.test_properties import EXAMPLES, must_come_back_whole, returns_in_some_order

BUY_3_GET_1 = {"kind": "buy_get", "buy": {"qty": 3}, "get": {"qty": 1}}
THREE_FOR_90 = {"kind": "bundle_price", "qty": 3, "price": 90_000}
CHEAPEST = {"kind": "cheapest_free", "when": {"min_qty": 3}}
EARN = {"kind": "earn", "per_amount": {"spend": 10_000, "points": 1}, "whole_steps": True}
COFFEE_GETS_BREAD = {
    "kind": "buy_get",
    "buy": {"qty": 1, "filter": {"skus": ["kopi"]}},
    "get": {"qty": 1, "filter": {"skus": ["roti"]}},
}


def sold(cart: str, *offers: dict[str, Any], **more: Any) -> Outcome:
    return outcome_of(case_of("", ("", cart, list(offers), {}, more)))


def back(outcome: Outcome, *steps: dict[str, int]) -> list[int]:
    """Return the money handed back by each return."""
    return [goods_return(outcome, steps[:n], step).paid.money_amount for n, step in enumerate(steps)]


@pytest.mark.parametrize(
    "rows",
    [
        "a 4x30000",
        "a 3x30000; a 1x30000",
        "a 1x30000; a 3x30000",
        "a 2x30000; a 2x30000",
        "a 1x30000; a 1x30000; a 1x30000; a 1x30000",
    ],
)
def test_buy_3_get_1_gives_a_quarter_back_for_each_unit(rows: str) -> None:
    outcome = sold(rows, BUY_3_GET_1)
    units = [{line.line_id: 1} for line in outcome.lines for _ in range(line.quantity)]
    for order in permutations(units):
        assert back(outcome, *order) == [22_500] * 4
    for line in outcome.lines:
        assert back(outcome, {line.line_id: 1}) == [22_500]


@pytest.mark.parametrize("offer", [THREE_FOR_90, CHEAPEST, {"kind": "buy_get", "buy": {"qty": 2}, "get": {"qty": 1}}])
@pytest.mark.parametrize("rows", ["a 3x45000", "a 2x45000; a 1x45000", "a 1x45000; a 1x45000; a 1x45000"])
def test_one_of_three_under_one_offer_gives_a_third(offer: dict[str, Any], rows: str) -> None:
    outcome = sold(rows, offer)
    for line in outcome.lines:
        assert back(outcome, {line.line_id: 1}) == [30_000]


def test_an_offer_over_different_goods_is_spread_by_what_they_cost() -> None:
    outcome = sold("kopi 1x40000; roti 1x10000; teh 1x20000", COFFEE_GETS_BREAD)
    assert back(outcome, {"2": 1}, {"1": 1}, {"3": 1}) == [8_000, 32_000, 20_000]
    assert back(outcome, {"1": 1}) == [32_000]
    assert [line.goods_amount for line in goods_return(outcome, [], {"1": 1, "2": 1}).lines] == [32_000, 8_000]


def test_goods_that_took_no_part_come_back_at_their_price() -> None:
    outcome = sold("kopi 1x40000; roti 1x10000; roti 2x12000", COFFEE_GETS_BREAD)
    assert back(outcome, {"3": 2}) == [24_000]


def test_sets_that_unlocked_an_offer_took_part_in_it() -> None:
    offer = {
        "kind": "amount_off",
        "value": 10_000,
        "filter": {"skus": ["kertas"]},
        "for_each": [{"filter": {"skus": ["printer"]}, "qty": 1}],
    }
    outcome = sold("printer 1x80000; kertas 1x20000", offer)
    assert back(outcome, {"1": 1}, {"2": 1}) == [72_000, 18_000]


def test_a_discount_of_each_unit_stays_with_the_unit() -> None:
    outcome = sold("a 1x10000; b 1x100000", {"kind": "amount_off_per_unit", "value": 5_000})
    assert back(outcome, {"1": 1}, {"2": 1}) == [5_000, 95_000]


@pytest.mark.parametrize("rows", ["a 4x30000", "a 3x30000; a 1x30000"])
def test_points_budgets_and_partners_follow_the_same_shares(rows: str) -> None:
    budget = {"type": "spend", "limit": 100_000}
    outcome = sold(rows, {**BUY_3_GET_1, "budget": budget}, EARN)
    last = [{outcome.lines[-1].line_id: 1}]
    assert outcome.points_to_earn == 9
    assert earned_by_remaining(outcome, last).points == 6
    assert spend_of_remaining(outcome, last)["p1"] == 22_500
    assert cost_left(outcome, last)["p1"] == 22_500


@pytest.mark.parametrize("rows", ["a 4x30000", "a 3x30000; a 1x30000"])
def test_points_per_unit_go_back_alike_whichever_row_was_free(rows: str) -> None:
    outcome = sold(rows, BUY_3_GET_1, {"kind": "earn", "per_unit": 4})
    last = [{outcome.lines[-1].line_id: 1}]
    assert (outcome.points_to_earn, earned_by_remaining(outcome, last).points) == (12, 9)


@pytest.mark.parametrize("rows", ["a 4x30000", "a 3x30000; a 1x30000"])
def test_points_and_wallet_money_are_given_back_alike(rows: str) -> None:
    redeem = {"kind": "redeem_points", "value_per_point": 100}
    outcome = sold(rows, BUY_3_GET_1, redeem, redeem_points=300, redeem_wallet_amount=20_000)
    paid = goods_return(outcome, [], {outcome.lines[-1].line_id: 1}).paid
    assert paid == (22_500 - 7_500 - 5_000, 7_500, 5_000, 0, 75)


# --- priced again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ["a 4x30000", "a 3x30000; a 1x30000"])
def test_priced_again_what_stays_costs_what_it_would_have_cost(rows: str) -> None:
    outcome = sold(rows, {**BUY_3_GET_1, "on_return": "reprice"})
    units = [{line.line_id: 1} for line in outcome.lines for _ in range(line.quantity)]
    for order in permutations(units):
        assert back(outcome, *order) == [0, 30_000, 30_000, 30_000]


def test_priced_again_nothing_of_a_discount_is_left_when_all_goods_came_back() -> None:
    outcome = sold("a 4x30000", {**BUY_3_GET_1, "on_return": "reprice"})
    assert goods_return(outcome, [], {"1": 4}).discounts == {"p1": 30_000}
    assert goods_return(outcome, [{"1": 3}], {"1": 1}).discounts == {"p1": 0}
    assert spend_of_remaining(outcome, [{"1": 4}]) == cost_left(outcome, [{"1": 4}]) == {"p1": 0}


def test_units_of_another_offer_took_no_part_in_the_cheapest_free() -> None:
    """Three of the five make a set; of the other two one is free, and the set has no part in that."""
    three = {**THREE_FOR_90, "filter": {"skus": ["a"]}}
    outcome = sold("a 3x45000; b 1x20000; b 1x10000", three, {"kind": "cheapest_free"})
    assert outcome.payable_amount == 110_000
    assert back(outcome, {"1": 1}) == [30_000]
    assert goods_return(outcome, [], {"1": 3}).discounts == {"p1": 45_000, "p2": 0}


@pytest.mark.parametrize(("on_return", "money"), [("share", [47_500, 47_500]), ("reprice", [45_000, 50_000])])
def test_a_minimum_that_is_no_longer_met(on_return: str, money: list[int]) -> None:
    """Rp 5.000 off from Rp 100.000 on (B56)."""
    offer = {"kind": "amount_off", "value": 5_000, "when": {"min_subtotal": 100_000}, "on_return": on_return}
    outcome = sold("a 1x50000; b 1x50000", offer)
    assert back(outcome, {"1": 1}, {"2": 1}) == money


def test_never_more_is_kept_back_than_was_given_nor_less_than_nothing_handed_back() -> None:
    offer = {"kind": "amount_off", "value": 50_000, "when": {"min_subtotal": 100_000}, "on_return": "reprice"}
    outcome = sold("a 1x10000; b 1x90000", offer)
    assert back(outcome, {"1": 1}, {"2": 1}) == [0, 50_000]
    assert back(outcome, {"2": 1}, {"1": 1}) == [40_000, 10_000]


def test_priced_again_beside_a_shared_discount() -> None:
    """10 % off everything is shared; Rp 20.000 off from Rp 150.000 on is priced again, on what the 10 % left."""
    outcome = sold(
        "a 1x100000; b 1x100000",
        {"kind": "percent_off", "value": 10},
        {"kind": "amount_off", "value": 20_000, "when": {"min_subtotal": 150_000}, "on_return": "reprice"},
    )
    assert outcome.payable_amount == 160_000
    assert back(outcome, {"1": 1}, {"2": 1}) == [70_000, 90_000]


REPRICED = ("percent_off", "amount_off", "bundle_price", "buy_get", "cheapest_free", "new_unit_price", "cashback")


@EXAMPLES
@given(case(), st.randoms())
def test_returns_priced_again_add_up_to_the_whole_too(drawn: dict[str, Any], random: Any) -> None:
    for number, promotion in enumerate(drawn["promotions"]):
        given_at_once = promotion["kind"] not in {"gift_line", "cashback", "redeem_points", "stamp", "issue_coupon"}
        if given_at_once and not promotion["kind"].startswith("earn") and number % 2 == 0:
            promotion["on_return"] = "reprice"
    outcome = outcome_of(drawn)
    must_come_back_whole(outcome, returns_in_some_order(outcome, random))


# --- rows split as a cashier may --------------------------------------------------------------------------------------

TOGETHER = ("bundle_price", "cheapest_free", "cheapest_percent_off", "cheapest_amount_off", "buy_get")
GOODS = fields(
    {"sku": st.sampled_from("abc"), "quantity": st.integers(1, 5), "price": st.integers(1, 99)},
    {"category": st.sampled_from("xy")},
)


@st.composite
def splits(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """The same goods on rows as few as can be and on rows split and mixed, and the goods returned, unit by unit."""
    goods = draw(st.lists(GOODS, min_size=1, max_size=3, unique_by=lambda one: one["sku"]))
    whole = [_row(one, f"W{number}", one["quantity"]) for number, one in enumerate(goods)]
    parts = []
    for one in goods:
        left = one["quantity"]
        while left:
            size = draw(st.integers(1, left))
            parts.append((one, size))
            left -= size
    mixed = draw(st.permutations(parts))
    units = [one["sku"] for one in goods for _ in range(one["quantity"])]
    return whole, [_row(one, f"S{n}", size) for n, (one, size) in enumerate(mixed)], draw(st.permutations(units))


def _row(one: dict[str, Any], line_id: str, quantity: int) -> dict[str, Any]:
    category = {"category": one["category"]} if "category" in one else {}
    return {"line_id": line_id, "sku": one["sku"], "quantity": quantity, "unit_amount": one["price"], **category}


def _sold(rows: list[dict[str, Any]], offers: list[dict[str, Any]]) -> Outcome:
    return outcome_of(
        {
            "at": AT,
            "cart": rows,
            "promotions": offers,
            "member": {"id": "m", "points_available": 40},
            "redeem_points": 10,
        }
    )


def _steps(outcome: Outcome, skus: list[str], random: Any) -> list[dict[str, int]]:
    """One unit after the other, of those goods in that order, each from a row that still has some."""
    left = {line.line_id: line.quantity for line in outcome.lines}
    steps = []
    for sku in skus:
        line_id = random.choice([line.line_id for line in outcome.lines if line.sku == sku and left[line.line_id]])
        left[line_id] -= 1
        steps.append({line_id: 1})
    return steps


@pytest.mark.gate
@pytest.mark.parametrize("on_return", ["share", "reprice"])
@EXAMPLES
@given(splits(), promotions(TOGETHER, most=1), st.randoms())
def test_offers_that_units_make_together_give_the_same_back_on_any_rows(
    on_return: str, drawn: tuple[Any, Any, list[str]], offers: list[dict[str, Any]], random: Any
) -> None:
    whole, split, order = drawn
    offers = [
        {**offers[0], "on_return": on_return},
        {"id": "r", "title": "R", "kind": "redeem_points", "value_per_point": 2, "priority": 200},
    ]
    one, other = _sold(whole, offers), _sold(split, offers)
    assert one.total_amount == other.total_amount
    found = []
    for outcome in (one, other):
        steps = _steps(outcome, order, random)
        must_come_back_whole(outcome, steps)
        found.append([goods_return(outcome, steps[:n], step).paid.goods_amount for n, step in enumerate(steps)])
    assert found[0] == found[1]


WHOLE_LINES = tuple(
    set(KINDS)
    - {
        "gift_line",
        "cashback",
        "stamp",
        "issue_coupon",
        "redeem_points",
        "earn_bonus",
        "earn",
        "earn_multiplier",
        "amount_off_per_line",
    }
)


@EXAMPLES
@given(splits(), promotions(WHOLE_LINES, most=1), st.randoms())
def test_other_discounts_differ_by_crumbs_of_rounding_at_most(
    drawn: tuple[Any, Any, list[str]], offers: list[dict[str, Any]], random: Any
) -> None:
    """A percentage is rounded row by row: rows may cost a smallest coin more or less, and so does what comes back."""
    whole, split, order = drawn
    assume(not {"max_units_per_line"} & set(offers[0]) and not offers[0].get("when"))
    one, other = _sold(whole, offers), _sold(split, offers)
    assume(abs(one.total_amount - other.total_amount) <= len(split))
    sums = []
    for outcome in (one, other):
        steps = _steps(outcome, order[: len(order) // 2], random)
        back = [goods_return(outcome, steps[:n], step).paid.goods_amount for n, step in enumerate(steps)]
        sums.append(sum(back))
    assert abs(sums[0] - sums[1]) <= len(split) + 1
