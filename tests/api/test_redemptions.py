"""Rewards: the catalogue, taking one, holding, confirming, reversing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.errors import BadInput
from members.operations import issue_verification_code
from merchants.facts import SYSTEM
from merchants.models import AuditEntry
from merchants.operations import change_merchant_settings
from merchants.tenancy import merchant_scope
from rewards.catalogue.facts import Handover
from rewards.catalogue.queries import steps_of
from rewards.invariants import verify
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line


@pytest.fixture
def member_id(till: ApiTill) -> str:
    """A member with 100 points."""
    member = till.enrol("0812 3456 7890")
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    return str(member["id"])


def test_the_catalogue_says_what_a_member_can_take(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    shop.reward("Kopi", points=30)
    shop.reward("Tas", points=130)
    shop.reward("Mug", points=50, stock=0)
    rewards = {reward["title"]: reward for reward in till.get("/rewards", member_id=member_id)["results"]}
    assert [reward["usable"] for reward in rewards.values()] == [True, False, False]
    assert (rewards["Tas"]["reason"], rewards["Tas"]["needed"]) == ("insufficient_points", 30)
    assert (rewards["Mug"]["reason"], rewards["Mug"]["stock_left"]) == ("reward_out_of_stock", 0)


def test_points_are_exchanged_and_given_back(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    reward = str(shop.reward(points=30, stock=3, batch_id=shop.coupon_batch()))
    taken = till.post("/redemptions", {"member_id": member_id, "reward_id": reward}, status=201)
    assert (taken["points_spent"], taken["points_balance"], taken["status"]) == (30, 70, "completed")
    assert taken["coupon"]["status"] == "issued"
    assert till.get("/rewards", member_id=member_id)["results"][0]["stock_left"] == 2
    back = till.post(f"/redemptions/{taken['id']}/reversal")
    assert (back["points_balance"], back["status"]) == (100, "reversed")
    assert till.get("/rewards", member_id=member_id)["results"][0]["stock_left"] == 3
    till.refused("POST", f"/redemptions/{taken['id']}/reversal", status=409, code="redemption_already_reversed")
    kinds = [entry["kind"] for entry in till.get(f"/members/{member_id}/ledger")["results"]]
    assert kinds == ["redeem_reversal", "redeem", "earn"]


def test_several_of_a_reward_cost_several_times_and_come_back_together(
    till: ApiTill, shop: ApiShop, member_id: str
) -> None:
    reward = str(shop.reward(points=30, stock=3))
    taken = till.post("/redemptions", {"member_id": member_id, "reward_id": reward, "quantity": 2}, status=201)
    assert (taken["points_spent"], taken["points_balance"]) == (60, 40)
    assert till.get("/rewards", member_id=member_id)["results"][0]["stock_left"] == 1
    back = till.post(f"/redemptions/{taken['id']}/reversal")
    assert back["points_balance"] == 100
    assert till.get("/rewards", member_id=member_id)["results"][0]["stock_left"] == 3


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("quantity", [2, 3])
def test_several_of_a_reward_that_is_a_coupon_are_not_paid_for_with_one(
    till: ApiTill, shop: ApiShop, member_id: str, hold: bool, quantity: int
) -> None:
    reward = str(shop.reward(points=30, stock=3, batch_id=shop.coupon_batch()))
    body = {"member_id": member_id, "reward_id": reward, "quantity": quantity, "hold": hold}
    problem = till.refused("POST", "/redemptions", body, status=400, code="validation_error")
    assert [error["pointer"] for error in problem["errors"]] == ["/quantity"]
    assert till.balance(member_id) == 100
    assert till.get("/rewards", member_id=member_id)["results"][0]["stock_left"] == 3
    for _ in range(2):
        till.post("/redemptions", {**body, "quantity": 1, "hold": False}, status=201)
    assert till.balance(member_id) == 40
    shop.assert_verified()


def test_held_points_wait_to_be_confirmed(till: ApiTill, shop: ApiShop, member_id: str) -> None:
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


@pytest.mark.parametrize("confirmed", [False, True])
def test_points_that_were_held_are_given_back_at_once(
    till: ApiTill, shop: ApiShop, member_id: str, confirmed: bool
) -> None:
    reward = str(shop.reward(points=60))
    held = till.post("/redemptions", {"member_id": member_id, "reward_id": reward, "hold": True}, status=201)
    if confirmed:
        till.post(f"/redemptions/{held['id']}/confirm")
    back = till.post(f"/redemptions/{held['id']}/reversal")
    assert (back["status"], back["points_balance"]) == ("reversed", 100)
    points = till.get(f"/members/{member_id}")["member"]["points"]
    assert (points["available"], points["held"]) == (100, 0)
    shop.assert_verified()


def test_a_hold_that_ran_out_frees_points_and_stock_without_any_worker(
    till: ApiTill, shop: ApiShop, member_id: str
) -> None:
    reward = str(shop.reward(points=60, stock=1))
    held = till.post("/redemptions", {"member_id": member_id, "reward_id": reward, "hold": True}, status=201)
    till.refused(
        "POST", "/redemptions", {"member_id": member_id, "reward_id": reward}, status=409, code="reward_out_of_stock"
    )
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert till.get(f"/members/{member_id}")["member"]["points"]["available"] == 100
        till.refused("POST", f"/redemptions/{held['id']}/confirm", status=409, code="redemption_closed")
        till.post("/redemptions", {"member_id": member_id, "reward_id": reward}, status=201)


# --- access and limits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"tiers_any": ("gold",)}, "wrong_tier"),
        ({"min_tier_rank": 3}, "wrong_tier"),
        ({"segments_any": ("loyal",)}, "wrong_segment"),
        ({"valid_from": date(2999, 1, 1)}, "not_started"),
        ({"valid_until": date(2020, 1, 1)}, "expired"),
        ({"stock": 0}, "reward_out_of_stock"),
    ],
)
def test_the_catalogue_and_the_till_refuse_for_the_same_reason(
    till: ApiTill, shop: ApiShop, member_id: str, terms: dict[str, Any], reason: str
) -> None:
    reward = str(shop.reward(points=30, **terms))
    listed = till.get("/rewards", member_id=member_id)["results"][0]
    assert (listed["usable"], listed["reason"], listed["needed"]) == (False, reason, None)
    till.refused("POST", "/redemptions", {"member_id": member_id, "reward_id": reward}, status=409, code=reason)
    assert till.balance(member_id) == 100


def test_limits_count_in_all_and_within_their_days(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    body = {"member_id": member_id, "reward_id": str(shop.reward(points=10, period_limit=1, period_days=7))}
    twice = {"member_id": member_id, "reward_id": str(shop.reward("Teh", points=10, per_member_limit=2))}
    till.post("/redemptions", body, status=201)
    problem = till.refused("POST", "/redemptions", body, status=409, code="per_member_limit_reached")
    assert (problem["measured"], problem["needed"]) == (1, 1)
    till.post("/redemptions", {**twice, "quantity": 2}, status=201)
    reasons = [reward["reason"] for reward in till.get("/rewards", member_id=member_id)["results"]]
    assert reasons == ["per_member_limit_reached", "per_member_limit_reached"]
    with time_machine.travel(timezone.now() + timedelta(days=7), tick=False):
        till.post("/redemptions", body, status=201)
        till.refused("POST", "/redemptions", twice, status=409, code="per_member_limit_reached")


def test_many_rewards_need_no_more_statements(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            till.get("/rewards", member_id=member_id)
        return len(captured)

    shop.reward("Kopi", points=30)
    one = statements()
    for number in range(12):
        shop.reward(f"Hadiah {number}", points=30 + number, per_member_limit=1, stock=3, segments_any=("loyal",))
    assert statements() == one


def test_another_merchants_coupon_batch_and_outlet_are_not_there(
    till: ApiTill, shop: ApiShop, other_shop: ApiShop
) -> None:
    member = till.enrol("0812 3456 7899")
    gift = str(shop.reward(points=1, handover=Handover.PICKUP))
    body = {"member_id": member["id"], "reward_id": gift, "pickup_outlet_id": str(other_shop.outlet_id)}
    till.refused("POST", "/redemptions", body, status=404, code="outlet_not_found")
    with pytest.raises(BadInput):
        shop.reward("Kupon", batch_id=other_shop.coupon_batch())


# --- gifts -------------------------------------------------------------------------------------------------------


def test_a_gift_to_fetch_is_handed_over_at_the_till(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    reward = str(shop.reward(points=30, stock=3, handover=Handover.PICKUP))
    taken = till.post("/redemptions", {"member_id": member_id, "reward_id": reward}, status=201)
    assert taken["fulfilment"] == {
        "delivery_method": "pickup",
        "state": "requested",
        "since": taken["fulfilment"]["since"],
        "outlet_id": str(shop.outlet_id),
    }
    handed = till.post(f"/redemptions/{taken['id']}/handover", {"note": "kepada suami"})
    assert (handed["fulfilment"]["state"], handed["points_balance"]) == ("handed_over", 70)
    assert till.post(f"/redemptions/{taken['id']}/handover") == handed
    till.refused("POST", f"/redemptions/{taken['id']}/reversal", status=409, code="redemption_handed_over")
    with merchant_scope(shop.merchant.id):
        steps = steps_of(merchant=shop.merchant, redemption_id=UUID(taken["id"]))
        assert verify(merchant=shop.merchant) == []
    assert [(step.from_state, step.to_state) for step in steps] == [
        ("", "requested"),
        ("requested", "ready"),
        ("ready", "handed_over"),
    ]
    assert (steps[-1].actor_label, steps[-1].note) == (till.get("/program")["till"]["name"], "kepada suami")


def test_a_cancelled_gift_gives_points_and_stock_back(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    reward = str(shop.reward(points=30, stock=3, handover=Handover.SHIPPING))
    taken = till.post("/redemptions", {"member_id": member_id, "reward_id": reward}, status=201)
    till.refused("POST", f"/redemptions/{taken['id']}/handover", status=409, code="step_not_possible")
    back = till.post(f"/redemptions/{taken['id']}/reversal")
    assert (back["status"], back["fulfilment"]["state"], back["points_balance"]) == ("reversed", "cancelled", 100)
    assert till.get("/rewards", member_id=member_id)["results"][0]["stock_left"] == 3


def test_a_held_gift_starts_on_its_way_when_it_is_confirmed(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    reward = str(shop.reward(points=30, handover=Handover.PICKUP))
    held = till.post("/redemptions", {"member_id": member_id, "reward_id": reward, "hold": True}, status=201)
    assert held["fulfilment"] is None
    till.refused("POST", f"/redemptions/{held['id']}/handover", status=409, code="step_not_possible")
    assert till.post(f"/redemptions/{held['id']}/confirm")["fulfilment"]["state"] == "requested"


def test_what_is_handed_over_at_once_is_no_gift_on_its_way(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    reward = str(shop.reward(points=30))
    taken = till.post("/redemptions", {"member_id": member_id, "reward_id": reward}, status=201)
    till.refused("POST", f"/redemptions/{taken['id']}/handover", status=409, code="step_not_possible")


# --- the member confirms -----------------------------------------------------------------------------------------


@pytest.fixture
def careful(shop: ApiShop) -> ApiShop:
    """The shop asks for a code above 20 points."""
    with merchant_scope(shop.merchant.id):
        change_merchant_settings(
            merchant=shop.merchant, changes={"verify_above_points": 20}, at=timezone.now(), actor=SYSTEM
        )
    return shop


def code_for(shop: ApiShop, member_id: str) -> str:
    with merchant_scope(shop.merchant.id):
        return issue_verification_code(merchant=shop.merchant, member_id=UUID(member_id), at=timezone.now()).code


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_above_the_limit_the_member_confirms_with_a_code_used_once(
    till: ApiTill, careful: ApiShop, member_id: str
) -> None:
    body = {"member_id": member_id, "reward_id": str(careful.reward(points=30))}
    small = {"member_id": member_id, "reward_id": str(careful.reward("Kecil", points=20))}
    problem = till.refused("POST", "/redemptions", body, status=409, code="verification_required")
    assert (problem["reason"], problem["above_points"]) == ("code_missing", 20)
    till.post("/redemptions", small, status=201)
    code = code_for(careful, member_id)
    wrong = {**body, "verification_code": other_code(code)}
    assert (
        till.refused("POST", "/redemptions", wrong, status=409, code="verification_required")["reason"] == "code_wrong"
    )
    till.post("/redemptions", {**body, "verification_code": f"{code[:3]} {code[3:]}"}, status=201)
    till.refused("POST", "/redemptions", {**body, "verification_code": code}, status=409, code="verification_required")
    assert till.balance(member_id) == 50


def test_a_code_ends_after_minutes_or_with_the_next_one(till: ApiTill, careful: ApiShop, member_id: str) -> None:
    body = {"member_id": member_id, "reward_id": str(careful.reward(points=30))}
    old = new = code_for(careful, member_id)
    while new == old:  # once in a million the next one is the same
        new = code_for(careful, member_id)
    till.refused("POST", "/redemptions", {**body, "verification_code": old}, status=409, code="verification_required")
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1), tick=False):
        till.refused(
            "POST", "/redemptions", {**body, "verification_code": new}, status=409, code="verification_required"
        )


def test_another_members_code_is_worth_nothing(till: ApiTill, careful: ApiShop, member_id: str) -> None:
    colleague = till.enrol("0812 3456 0000")
    body = {"member_id": member_id, "reward_id": str(careful.reward(points=30))}
    theirs = {**body, "verification_code": code_for(careful, colleague["id"])}
    till.refused("POST", "/redemptions", theirs, status=409, code="verification_required")


def test_a_refusal_for_another_reason_leaves_the_code_good(till: ApiTill, careful: ApiShop, member_id: str) -> None:
    code = code_for(careful, member_id)
    dear = {"member_id": member_id, "reward_id": str(careful.reward("Mahal", points=500)), "verification_code": code}
    till.refused("POST", "/redemptions", dear, status=409, code="insufficient_points")
    body = {"member_id": member_id, "reward_id": str(careful.reward(points=30)), "verification_code": code}
    till.post("/redemptions", body, status=201)


def test_guessing_closes_the_codes_of_the_member_at_every_till(
    till: ApiTill, colleague: ApiTill, careful: ApiShop, member_id: str
) -> None:
    body = {"member_id": member_id, "reward_id": str(careful.reward(points=30))}
    code = code_for(careful, member_id)
    for number in range(5):
        guess = f"{(int(code) + 1 + number) % 10**6:06d}"
        till.refused(
            "POST", "/redemptions", {**body, "verification_code": guess}, status=409, code="verification_required"
        )
    for one in (till, colleague):
        closed = one.send("POST", "/redemptions", {**body, "verification_code": code})
        assert closed.status_code == 429
        assert 0 < int(closed["Retry-After"]) <= 15 * 60
    with merchant_scope(careful.merchant.id):
        entry = AuditEntry.objects.get(merchant_id=careful.merchant.id, action="till.member_codes_closed")
    assert entry.subject_id == till.till_id


def test_a_sale_and_a_reservation_that_redeem_much_ask_too(till: ApiTill, careful: ApiShop, member_id: str) -> None:
    cart = {"member_id": member_id, "lines": [line()], "redeem_points": 30}
    sale = {**cart, "reference": "R-9"}
    assert till.post("/quotes", cart)["points_to_redeem"] == 30
    till.refused("POST", "/quotes", {**cart, "reserve": True}, status=409, code="verification_required")
    till.refused("POST", "/sales", sale, status=409, code="verification_required")
    sold = till.post("/sales", {**sale, "verification_code": code_for(careful, member_id)}, status=201)
    assert sold["points_redeemed"] == 30
    again = till.send("POST", "/sales", {**sale, "verification_code": "000000"})
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "natural")
    reserved = till.post("/quotes", {**cart, "reserve": True, "verification_code": code_for(careful, member_id)})
    paid = {**cart, "reference": "R-10", "quote_id": reserved["quote_id"]}
    assert till.post("/sales", paid, status=201)["points_redeemed"] == 30
