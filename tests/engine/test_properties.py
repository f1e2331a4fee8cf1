"""What holds for every cart under every mix of promotions."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rewards.engine import bill_again
from rewards.engine.cases import read_case
from rewards.engine.facts import NO_BILL, Outcome
from rewards.engine.returns import (
    cashback_to_take_back,
    cost_left,
    earned_by_remaining,
    goods_return,
    points_to_take_back,
)
from tests.engine.strategies import EARNING_KINDS, case
from tests.engine.tables import must_add_up, outcome_of

EXAMPLES = settings(max_examples=150, deadline=None)


@EXAMPLES
@given(case())
def test_shares_add_up_and_nothing_is_negative(drawn: dict[str, Any]) -> None:
    must_add_up(outcome_of(drawn))


@EXAMPLES
@given(case())
def test_the_same_input_gives_the_same_outcome(drawn: dict[str, Any]) -> None:
    assert outcome_of(drawn) == outcome_of(json.loads(json.dumps(drawn)))


@EXAMPLES
@given(case(), st.randoms())
def test_the_order_of_lines_and_of_promotions_changes_nothing(drawn: dict[str, Any], random: Any) -> None:
    cart, promotions = list(drawn["cart"]), list(drawn["promotions"])
    random.shuffle(cart)
    random.shuffle(promotions)
    before, after = outcome_of(drawn), outcome_of({**drawn, "cart": cart, "promotions": promotions})
    assert before.total_amount == after.total_amount
    assert {line.line_id: line for line in before.lines} == {line.line_id: line for line in after.lines}
    assert before.decisions == after.decisions


@EXAMPLES
@given(case(), st.integers(1, 99))
def test_one_more_line_takes_no_line_below_zero(drawn: dict[str, Any], price: int) -> None:
    more = {"line_id": "L9", "sku": "a", "quantity": 2, "unit_amount": price}
    must_add_up(outcome_of({**drawn, "cart": [*drawn["cart"], more]}))


@EXAMPLES
@given(case())
def test_what_stands_on_top_counts_for_nothing_unless_the_shop_says_so(drawn: dict[str, Any]) -> None:
    """It changes nothing but what is to pay."""
    settings = {name: value for name, value in drawn["settings"].items() if name != "bill"}
    cart = [{n: v for n, v in line.items() if n not in {"tax_amount", "service_amount"}} for line in drawn["cart"]]
    on_top = {**(drawn["bill"] or {"tip_amount": 7}), "prices_include_tax": False, "prices_include_service": False}
    plain = {**drawn, "cart": cart, "bill": None, "settings": settings, "redeem_wallet_amount": 0}
    bare, billed = outcome_of(plain), outcome_of({**plain, "bill": on_top})
    assert bare.discounts == billed.discounts
    assert bare.earned == billed.earned
    assert bare.decisions == billed.decisions
    assert billed.payable_amount - bare.payable_amount == sum(
        on_top.get(f"{name}_amount", 0) for name in ("tax", "service", "tip", "rounding")
    )


@EXAMPLES
@given(case())
def test_the_same_bill_told_again_changes_nothing(drawn: dict[str, Any]) -> None:
    known = read_case(drawn)
    assume(known.evaluate().payable_amount >= 0)
    assert bill_again(known.evaluate(), known.cart, known.settings.bill) == known.evaluate()


@EXAMPLES
@given(case())
def test_a_tip_told_later_is_paid_beside_all_else(drawn: dict[str, Any]) -> None:
    known = read_case(drawn)
    before = known.evaluate()
    assume(before.payable_amount >= 0)
    tip = replace(known.cart.bill or NO_BILL, tip_amount=(known.cart.bill or NO_BILL).tip_amount + 100)
    after = bill_again(before, replace(known.cart, bill=tip), known.settings.bill)
    assert after.payable_amount == before.payable_amount + 100
    assert (after.discounts, after.points_payments) == (before.discounts, before.points_payments)
    must_add_up(after)


def returns_in_some_order(outcome: Outcome, random: Any) -> list[dict[str, int]]:
    """Draw returns of every unit, in a random order, some at a time, several lines together."""
    units = [line.line_id for line in outcome.lines for _ in range(line.quantity)]
    random.shuffle(units)
    steps: list[dict[str, int]] = []
    while units:
        step: dict[str, int] = {}
        for _ in range(random.randint(1, len(units))):
            line_id = units.pop()
            step[line_id] = step.get(line_id, 0) + 1
        steps.append(step)
    return steps


@EXAMPLES
@given(case(EARNING_KINDS), st.randoms())
def test_partial_returns_of_points_add_up_to_the_full_one(drawn: dict[str, Any], random: Any) -> None:
    outcome = Outcome.from_json(json.loads(json.dumps(outcome_of(drawn).to_json())))
    returns: list[dict[str, int]] = []
    points = cashback = 0
    for step in returns_in_some_order(outcome, random):
        returns.append(step)
        taken = points_to_take_back(outcome, returns, points)
        kept = earned_by_remaining(outcome, returns).points
        assert taken >= 0
        assert points + taken >= outcome.points_to_earn - kept
        points += taken
        cashback += cashback_to_take_back(outcome, returns, cashback)
    assert points == outcome.points_to_earn
    assert cashback == outcome.cashback_to_earn_amount


@EXAMPLES
@given(case(), st.randoms())
def test_partial_returns_of_money_add_up_to_the_full_one(drawn: dict[str, Any], random: Any) -> None:
    outcome = outcome_of(drawn)
    assume(outcome.payable_amount >= 0)  # a rounding below nothing is refused
    must_come_back_whole(outcome, returns_in_some_order(outcome, random))


def must_come_back_whole(outcome: Outcome, steps: list[dict[str, int]]) -> None:
    """Check that all of `steps` give back exactly what was paid in each way, and never less than nothing."""
    paid, goods = [0] * 5, dict.fromkeys((line.line_id for line in outcome.lines), 0)
    bill = [0] * 4
    by_promotion: dict[str, int] = {discount.promotion_id: 0 for discount in outcome.discounts}
    for number, step in enumerate(steps):
        part = goods_return(outcome, steps[:number], step)
        assert min(part.paid) >= 0
        assert min(part.bill.on_top) >= 0
        assert min(part.bill[:3]) >= 0
        assert part.paid.money_amount + part.bill.money_amount >= 0
        assert {line.line_id: line.quantity for line in part.lines} == step
        assert sum(line.goods_amount for line in part.lines) == part.paid.goods_amount
        paid = [sum(amounts) for amounts in zip(paid, part.paid, part.bill.on_top, strict=True)]
        paid[0] += min(0, part.bill.rounding_amount)
        bill = [so_far + amount for so_far, amount in zip(bill, part.bill[:4], strict=True)]
        for line in part.lines:
            assert line.goods_amount >= 0
            goods[line.line_id] += line.goods_amount
        for promotion_id, amount in part.discounts.items():
            assert amount >= 0
            by_promotion[promotion_id] += amount
        assert (
            cost_left(outcome, steps[: number + 1]).items()
            >= {d.promotion_id: d.amount - by_promotion[d.promotion_id] for d in outcome.discounts}.items()
            or outcome.free_items
        )
    assert paid == [
        outcome.payable_amount,
        outcome.points_value_amount,
        outcome.wallet_to_redeem_amount,
        outcome.gift_card_to_redeem_amount,
        outcome.points_to_redeem,
    ]
    sent = outcome.bill or NO_BILL
    assert bill == [sent.tax_amount, sent.service_amount, sent.tip_amount, sent.rounding_amount]
    assert all(goods[line.line_id] <= line.subtotal_amount for line in outcome.lines)
    assert by_promotion == {discount.promotion_id: discount.amount for discount in outcome.discounts}


@EXAMPLES
@given(case(EARNING_KINDS))
def test_goods_that_all_stay_keep_all_they_earned(drawn: dict[str, Any]) -> None:
    outcome = outcome_of(drawn)
    everything = {line.line_id: line.quantity for line in outcome.lines}
    assert earned_by_remaining(outcome, []).points == outcome.points_to_earn
    assert earned_by_remaining(outcome, [everything]).points == 0


DISCOUNTS = (
    "percent_off",
    "percent_off_unit",
    "amount_off",
    "amount_off_per_unit",
    "cheapest_free",
    "bundle_price",
    "gift_line",
    "new_unit_price",
)


@EXAMPLES
@given(case(DISCOUNTS))
def test_a_group_gives_what_its_best_member_gives_alone(drawn: dict[str, Any]) -> None:
    """All promotions in one group, by any spelling: one acts, and none of them alone would give more."""
    spelled = ("jenjang", "Jenjang", " JENJANG ")
    together = [
        {**promotion, "group": spelled[number % 3], "exclusive": False}
        for number, promotion in enumerate(drawn["promotions"])
    ]
    outcome = outcome_of({**drawn, "promotions": together, "settings": {}})
    alone = [outcome_of({**drawn, "promotions": [promotion], "settings": {}}) for promotion in together]
    assert worth_of(outcome) == max(map(worth_of, alone))
    assert sum(decision.applied for decision in outcome.decisions) == any(map(worth_of, alone))


def worth_of(outcome: Outcome) -> int:
    return outcome.discount_amount + sum(item.list_amount * item.quantity for item in outcome.free_items)


SPELLERS = (str.upper, str.lower, str.title, lambda text: f" {text} ", lambda text: text + "\u00a0")


@EXAMPLES
@given(case(), st.randoms())
def test_how_a_till_spells_names_changes_nothing(drawn: dict[str, Any], random: Any) -> None:
    cart = [
        {**line, **{name: random.choice(SPELLERS)(line[name]) for name in ("sku", "category") if name in line}}
        for line in drawn["cart"]
    ]
    before, after = outcome_of(drawn), outcome_of({**drawn, "cart": cart})
    assert before.decisions == after.decisions
    assert [line.total_amount for line in before.lines] == [line.total_amount for line in after.lines]
    assert [line.points_earned for line in before.lines] == [line.points_earned for line in after.lines]


@EXAMPLES
@given(st.integers(1, 10**7), st.integers(1, 50), st.sampled_from(["0.5", "1", "12.5", "100", "333"]))
def test_cashback_in_points_is_never_worth_more_than_in_money(price: int, percent: int, rate: str) -> None:
    """And less than one point short of it."""
    line = {"sku": "a", "quantity": 1, "unit_amount": price}
    gives = {"kind": "cashback", "percent": percent}
    case = {"at": "2026-03-05T14:30:00+07:00", "cart": [line], "member": {"id": "m"}}
    rule = {"id": "r", "kind": "redeem_points", "value_per_point": rate}
    money = outcome_of({**case, "promotions": [{"id": "c", **gives, "credit": "wallet"}]}).cashback_to_earn_amount
    points = outcome_of({**case, "promotions": [{"id": "c", **gives, "credit": "points"}, rule]}).points_to_earn
    assert points * Decimal(rate) <= money < (points + 1) * Decimal(rate)
