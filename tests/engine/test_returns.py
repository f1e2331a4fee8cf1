"""Stories of returns: what goes back, to the point."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from rewards.engine import evaluate, returns
from rewards.engine.cases import read_case
from rewards.engine.facts import Outcome
from rewards.engine.returns import goods_return, share_of_line
from tests.engine.tables import case_of, outcome_of

STEPS = {"kind": "earn", "per_amount": {"spend": 10000, "points": 1}, "whole_steps": True}


def gone(outcome: Outcome, remaining: dict[str, int]) -> list[dict[str, int]]:
    """Return one return, after which `remaining` units stay, by line id; absent is none."""
    return [{line.line_id: line.quantity - remaining.get(line.line_id, 0) for line in outcome.lines}]


def points_to_take_back(outcome: Outcome, remaining: dict[str, int], taken: int) -> int:
    return returns.points_to_take_back(outcome, gone(outcome, remaining), taken)


def cashback_to_take_back(outcome: Outcome, remaining: dict[str, int], taken: int) -> int:
    return returns.cashback_to_take_back(outcome, gone(outcome, remaining), taken)


def earned_by_remaining(outcome: Outcome, remaining: dict[str, int]) -> returns.RetainedEarnings:
    return returns.earned_by_remaining(outcome, gone(outcome, remaining))


def sold(cart: str, promotions: list[dict[str, Any]], **more: Any) -> Outcome:
    return outcome_of(case_of("", ("", cart, promotions, {}, more)))


@pytest.mark.parametrize(
    ("amount", "quantity", "parts", "shares"),
    [
        (100, 3, [1, 1, 1], [33, 33, 34]),
        (100, 3, [2, 1], [66, 34]),
        (100, 3, [3], [100]),
        (2, 4, [1, 1, 1, 1], [0, 1, 0, 1]),
        (0, 5, [2, 3], [0, 0]),
        (7, 1, [1], [7]),
    ],
)
def test_shares_of_a_line_add_up(amount: int, quantity: int, parts: list[int], shares: list[int]) -> None:
    found, before = [], 0
    for part in parts:
        found.append(share_of_line(amount, quantity, before, part))
        before += part
    assert found == shares


@pytest.mark.parametrize(("before", "now"), [(0, 4), (3, 1), (-1, 1), (1, -1)])
def test_more_than_was_sold_cannot_go_back(before: int, now: int) -> None:
    with pytest.raises(ValueError, match="units"):
        share_of_line(100, 3, before, now)


def test_an_unknown_line_cannot_go_back() -> None:
    with pytest.raises(KeyError):
        goods_return(sold("kopi 1x1000", []), [], {"9": 1})


@pytest.mark.parametrize("units", [[{"1": 2}], [{"1": 1}, {"1": 1}], [{"1": -1}]])
def test_more_than_a_line_has_cannot_go_back(units: list[dict[str, int]]) -> None:
    with pytest.raises(ValueError, match="units"):
        goods_return(sold("kopi 1x1000", []), units[:-1], units[-1])


def test_what_goes_back_with_a_line_is_what_was_paid_for_it_in_each_way() -> None:
    outcome = sold(
        "kopi 2x30000; roti 1x40000",
        [{"kind": "percent_off", "value": 10}, {"kind": "redeem_points", "value_per_point": 10}],
        redeem_points=900,
        redeem_wallet_amount=27000,
    )
    part = goods_return(outcome, [], {"1": 1})
    assert part.lines == (("1", 1, 27000),)
    assert (part.paid.points, part.paid.points_value_amount, part.paid.wallet_amount) == (270, 2700, 8100)
    assert part.paid.money_amount == 27000 - 2700 - 8100
    assert part.discounts == {"p1": 3000}


def test_points_go_back_down_to_what_the_rest_earns() -> None:
    """35.000 earns 3; without the 6.000 the rest still earns 2; then 1, then none: every order takes 3 in all."""
    outcome = sold("a 1x15000; b 1x14000; c 1x6000", [STEPS])
    assert outcome.points_to_earn == 3
    for order in permutations(("1", "2", "3")):
        remaining = {"1": 1, "2": 1, "3": 1}
        taken: list[int] = []
        for line_id in order:
            remaining[line_id] = 0
            taken.append(points_to_take_back(outcome, remaining, sum(taken)))
        assert sum(taken) == 3, order
    assert points_to_take_back(outcome, {"1": 1, "2": 1}, 0) == 1


def test_a_bonus_goes_back_when_the_rest_no_longer_reaches_its_threshold() -> None:
    bonus = {"kind": "earn_bonus", "points": 100, "when": {"min_subtotal": 50000}}
    outcome = sold("a 1x30000; b 1x30000; c 1x5000", [bonus])
    assert earned_by_remaining(outcome, {"1": 1, "2": 1}).points == 100
    assert points_to_take_back(outcome, {"1": 1, "3": 1}, 0) == 100
    assert points_to_take_back(outcome, {}, 100) == 0


def test_multiplied_points_are_multiplied_again_on_the_rest() -> None:
    outcome = sold("a 1x30000; b 1x30000", [STEPS, {"kind": "earn_multiplier", "factor": "1.5"}])
    assert outcome.points_to_earn == 9
    assert dict(earned_by_remaining(outcome, {"1": 1}).points_by_promotion) == {"p1": 3, "p2": 1}


def test_points_per_unit_go_back_in_proportion_when_a_unit_was_free() -> None:
    outcome = sold("kopi 3x1000", [{"kind": "cheapest_free"}, {"kind": "earn", "per_unit": 5}])
    assert outcome.points_to_earn == 10
    taken: list[int] = []
    for left in (2, 1, 0):
        taken.append(points_to_take_back(outcome, {"1": left}, sum(taken)))
    assert taken == [3, 3, 4]


def test_a_discount_stays_with_its_own_goods_when_others_come_back() -> None:
    """Not a coin of it falls on goods that had no part in it, near as the discount is to the whole price."""
    outcome = sold("kopi 3x1000; teh 1x9000", [{"kind": "percent_off", "value": 90, "filter": {"skus": ["kopi"]}}])
    assert goods_return(outcome, [], {"2": 1}).paid.money_amount == 9000
    assert goods_return(outcome, [{"2": 1}], {"1": 3}).paid.money_amount == 300


def test_points_paid_lower_the_base_of_the_rest_too() -> None:
    outcome = sold("a 2x50000", [{"kind": "redeem_points", "value_per_point": 20}, STEPS], redeem_points=1000)
    assert outcome.points_to_earn == 8
    assert earned_by_remaining(outcome, {"1": 1}).points == 4


def test_points_cut_by_a_budget_are_not_earned_again() -> None:
    outcome = sold("a 2x50000", [{**STEPS, "budget": {"type": "spend", "limit": 4, "on_exceed": "trim"}}])
    assert outcome.points_to_earn == 4
    assert points_to_take_back(outcome, {"1": 1}, 0) == 0
    assert points_to_take_back(outcome, {}, 0) == 4


def test_points_cut_by_a_cap_are_cut_again_before_they_are_multiplied() -> None:
    """The cap leaves 10 points, 5 by 5, and the multiplier doubles those of `a`; in the end 3 of the 10 are of `a`."""
    earn = {"kind": "earn", "per_amount": {"spend": 1000, "points": 1}, "points_cap": {"per_sale": 10}}
    double = {"kind": "earn_multiplier", "factor": 2, "filter": {"skus": ["a"]}}
    outcome = sold("a 5x10000; b 1x50000", [earn, double])
    assert dict(earned_by_remaining(outcome, {"1": 5, "2": 1}).points_by_promotion) == {"p1": 10, "p2": 5}
    assert dict(earned_by_remaining(outcome, {"1": 2, "2": 1}).points_by_promotion) == {"p1": 10, "p2": 3}


def test_a_sale_that_kept_no_value_of_points_gave_one_point_for_each_smallest_unit() -> None:
    """Such sales were stored before shops gave their points a value."""
    cashback = {"kind": "cashback", "percent": 10, "credit": "points"}
    outcome = sold("a 1x600; b 1x400", [cashback, {"kind": "redeem_points", "value_per_point": 1}])
    assert (outcome.point_value, outcome.points_to_earn) == ((1, 1), 100)
    assert earned_by_remaining(replace(outcome, point_value=None), {"1": 1}).points == 60


def test_cashback_goes_back_with_its_cap_and_its_rounding() -> None:
    outcome = sold(
        "a 1x60000; b 1x60000",
        [{"kind": "cashback", "percent": 10, "cap": 10000, "credit": "wallet", "when": {"min_subtotal": 50000}}],
        settings={"money_rounding": "down"},
    )
    assert outcome.cashback_to_earn_amount == 10000
    assert outcome.money_rounding == "down"
    assert cashback_to_take_back(outcome, {"1": 1}, 0) == 4000
    assert cashback_to_take_back(outcome, {}, 4000) == 6000


def test_blocked_earning_gives_nothing_to_take_back() -> None:
    redeem = {"kind": "redeem_points", "value_per_point": 10, "blocks_earning": True}
    outcome = sold("a 1x60000", [redeem, STEPS], redeem_points=100)
    assert points_to_take_back(outcome, {}, 0) == 0


def test_what_earned_nothing_takes_nothing_back_and_keeps_no_threshold() -> None:
    """50.000 of tobacco earn nothing; without them the coffee alone must reach the 40.000 of the rule."""
    rule = {"kind": "earn", "per_unit": 5, "filter": {"skus": ["kopi"]}, "when": {"min_subtotal": 40000}}
    settings = {"never_earns": {"categories": ["rokok"]}}
    outcome = sold("kopi 2x30000; rokok 1x50000 rokok", [rule], settings=settings)
    assert outcome.points_to_earn == 10
    assert points_to_take_back(outcome, {"1": 2, "2": 0}, 0) == 0
    assert points_to_take_back(outcome, {"1": 1, "2": 1}, 0) == 10
    again = Outcome.from_json(outcome.to_json())
    assert [line.never_earns for line in again.lines] == [False, True]


PAYMENTS = {
    "stored value pays all": ("a 3x1000", 1_000, 2_000),
    "two lines": ("a 1x1000; b 2x1003", 900, 2_106),
    "a little of each": ("a 8x1", 2, 4),
    "hardly any points": ("a 7x3; b 1x2", 1, 20),
    "hardly any money": ("a 5x7", 17, 17),
    "more money than all": ("a 9x11; b 3x2", 5, 7),
}


@pytest.mark.parametrize(("cart", "points", "wallet"), PAYMENTS.values(), ids=PAYMENTS)
def test_unit_by_unit_each_way_of_paying_gets_back_what_it_paid_and_never_less_than_nothing(
    cart: str, points: int, wallet: int
) -> None:
    """The crumbs of rounding go where there is still something to give back."""
    redeem = {"kind": "redeem_points", "value_per_point": 1}
    outcome = sold(cart, [redeem], redeem_points=points, redeem_wallet_amount=wallet)
    paid = (outcome.payable_amount, points, wallet, 0, points)
    units = [{line.line_id: 1} for line in outcome.lines for _ in range(line.quantity)]
    for order in (units, units[::-1]):
        parts = [goods_return(outcome, order[:n], order[n]).paid for n in range(len(order))]
        assert min(min(part) for part in parts) >= 0
        assert tuple(map(sum, zip(*parts, strict=True))) == paid


def test_gift_cards_and_wallet_money_are_given_back_in_proportion() -> None:
    case = read_case(case_of("", ("", "a 4x1000", [], {})))
    outcome = evaluate(
        case.cart, case.member, [], [], case.at, case.settings, redeem_wallet_amount=800, gift_card_amount=2_000
    )
    assert goods_return(outcome, [], {"1": 1}).paid == (300, 0, 200, 500, 0)
    assert goods_return(outcome, [{"1": 1}], {"1": 3}).paid == (900, 0, 600, 1_500, 0)


def test_what_wallet_and_gift_cards_paid_whole_gives_no_coin_of_money_back() -> None:
    case = read_case(case_of("", ("", "a 3x1", [], {})))
    outcome = evaluate(
        case.cart, case.member, [], [], case.at, case.settings, redeem_wallet_amount=1, gift_card_amount=2
    )
    parts = [goods_return(outcome, [{"1": 1}] * n, {"1": 1}).paid for n in range(3)]
    assert [part.money_amount for part in parts] == [0, 0, 0]
    assert tuple(map(sum, zip(*parts, strict=True))) == (0, 0, 1, 2, 0)
