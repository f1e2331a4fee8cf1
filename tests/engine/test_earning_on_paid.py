"""What goods earn at the prices paid: asked again of a sale, the engine says what it said when it sold."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from rewards.engine import earn_on_paid
from rewards.engine.cases import read_case
from rewards.engine.facts import Outcome
from tests.engine.strategies import case
from tests.engine.tables import case_of, outcome_of
from tests.engine.test_earning_again import without_mixed_groups


def asked_again(drawn: dict[str, Any], sold: Outcome) -> Outcome:
    read = read_case(drawn)
    return earn_on_paid(sold, read.member, read.promotions, read.at, read.settings, outlet_id=read.cart.outlet_id)


def test_a_receipt_that_became_a_members_earns_on_what_was_paid() -> None:
    """A point for each rupiah; the bag was free."""
    point = {"kind": "earn", "per_amount": {"spend": 1, "points": 1}}
    drawn = case_of("", ("", "kopi 1x10000; tas 1x0", [{"kind": "percent_off", "value": 10}, point], {}))
    sold = outcome_of({**drawn, "member": None})
    later = asked_again(drawn, sold)
    assert (sold.points_to_earn, later.points_to_earn) == (0, 9_000)
    assert [line.points_earned for line in later.lines] == [9_000, 0]
    assert [use.promotion_id for use in later.uses] == ["p1", "p2"]
    assert [rule["id"] for rule in later.rules] == ["p2"]
    assert asked_again(drawn, later) == later


@settings(max_examples=400, deadline=None)
@given(case())
def test_asked_again_a_sale_earns_what_it_earned(drawn: dict[str, Any]) -> None:
    """Every kind of promotion, group, budget and setting; also after the way through the database."""
    sold = outcome_of(drawn)
    assert asked_again(drawn, sold) == sold
    stored = Outcome.from_json(json.loads(json.dumps(sold.to_json())))
    assert asked_again(drawn, stored) == stored


@settings(max_examples=200, deadline=None)
@given(case())
def test_rules_that_ended_meanwhile_go_on_as_they_were_written(drawn: dict[str, Any]) -> None:
    sold = outcome_of(drawn)
    read = read_case(drawn)
    again = earn_on_paid(sold, read.member, [], read.at, read.settings, outlet_id=read.cart.outlet_id)
    assert replace(again, rules=(), uses=(), decisions=()) == replace(sold, rules=(), uses=(), decisions=())


def claimed(drawn: dict[str, Any]) -> tuple[Outcome, Outcome]:
    """What the member earns who is named at the till, and who claims the receipt afterwards."""
    rules = [rule for rule in without_mixed_groups(drawn["promotions"]) if rule["kind"] != "redeem_points"]
    drawn = {**drawn, "promotions": rules, "redeem_points": 0, "redeem_wallet_amount": 0}
    return outcome_of(drawn), asked_again(drawn, outcome_of({**drawn, "member": None}))


@settings(max_examples=300, deadline=None)
@given(case())
def test_a_receipt_that_is_claimed_earns_what_it_would_have_earned(drawn: dict[str, Any]) -> None:
    named, later = claimed(drawn)
    for figure in (
        "points_to_earn",
        "cashback_to_earn_amount",
        "earned",
        "cashback",
        "stamps",
        "coupons_to_issue",
        "lines",
        "point_value",
    ):
        assert getattr(later, figure) == getattr(named, figure), figure
    assert {use.promotion_id: use for use in later.uses} == {use.promotion_id: use for use in named.uses}
