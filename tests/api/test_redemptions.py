"""Rewards: the catalogue, taking one, holding, confirming, reversing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.api.conftest import Shop
from tests.api.till import Till, line


@pytest.fixture
def member_id(till: Till) -> str:
    """A member with 100 points."""
    member = till.enrol("0812 3456 7890")
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    return str(member["id"])


def test_the_catalogue_says_what_a_member_can_take(till: Till, shop: Shop, member_id: str) -> None:
    shop.reward("Kopi", points=30)
    shop.reward("Tas", points=130)
    shop.reward("Mug", points=50, stock=0)
    rewards = {reward["title"]: reward for reward in till.get("/rewards", member_id=member_id)["results"]}
    assert [reward["usable"] for reward in rewards.values()] == [True, False, False]
    assert (rewards["Tas"]["reason"], rewards["Tas"]["needed"]) == ("insufficient_points", 30)
    assert (rewards["Mug"]["reason"], rewards["Mug"]["stock_left"]) == ("reward_out_of_stock", 0)


def test_points_are_exchanged_and_given_back(till: Till, shop: Shop, member_id: str) -> None:
    reward = str(shop.reward(points=30, stock=3, batch_id=shop.coupon_batch()))
    taken = till.post("/redemptions", {"member_id": member_id, "reward_id": reward, "quantity": 2}, status=201)
    assert (taken["points_spent"], taken["points_balance"], taken["status"]) == (60, 40, "completed")
    assert taken["coupon"]["status"] == "issued"
    assert till.get("/rewards", member_id=member_id)["results"][0]["stock_left"] == 1
    back = till.post(f"/redemptions/{taken['id']}/reversal")
    assert (back["points_balance"], back["status"]) == (100, "reversed")
    assert till.get("/rewards", member_id=member_id)["results"][0]["stock_left"] == 3
    till.refused("POST", f"/redemptions/{taken['id']}/reversal", status=409, code="redemption_already_reversed")
    kinds = [entry["kind"] for entry in till.get(f"/members/{member_id}/ledger")["results"]]
    assert kinds == ["redeem_reversal", "redeem", "earn"]


def test_held_points_wait_to_be_confirmed(till: Till, shop: Shop, member_id: str) -> None:
    reward = str(shop.reward(points=60))
    held = till.post("/redemptions", {"member_id": member_id, "reward_id": reward, "hold": True}, status=201)
    assert held["status"] == "held"
    assert held["held_until"]
    points = till.get(f"/members/{member_id}")["member"]["points"]
    assert (points["available"], points["held"]) == (40, 60)
    problem = till.refused(
        "POST", "/redemptions", {"member_id": member_id, "reward_id": reward}, status=409, code="insufficient_points"
    )
    assert (problem["available"], problem["needed"]) == (40, 60)
    confirmed = till.post(f"/redemptions/{held['id']}/confirm")
    assert (confirmed["status"], confirmed["points_balance"]) == ("completed", 40)
    assert till.post(f"/redemptions/{held['id']}/confirm") == confirmed


def test_a_hold_that_ran_out_frees_points_and_stock_without_any_worker(till: Till, shop: Shop, member_id: str) -> None:
    reward = str(shop.reward(points=60, stock=1))
    held = till.post("/redemptions", {"member_id": member_id, "reward_id": reward, "hold": True}, status=201)
    till.refused(
        "POST", "/redemptions", {"member_id": member_id, "reward_id": reward}, status=409, code="reward_out_of_stock"
    )
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert till.get(f"/members/{member_id}")["member"]["points"]["available"] == 100
        till.refused("POST", f"/redemptions/{held['id']}/confirm", status=409, code="redemption_closed")
        till.post("/redemptions", {"member_id": member_id, "reward_id": reward}, status=201)
