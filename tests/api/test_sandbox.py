"""Test mode: a test key works in a sandbox with the shop's program; neither side ever touches the other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from common.ids import new_id
from loyalty.nightly import run_night
from members.queries import MemberFilter, count_members
from merchants.facts import SYSTEM, MerchantFacts, Permission
from merchants.operations import issue_till_key, start_job
from merchants.queries import sandbox_of
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_shared_code, order_codes
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

LET_IN = """
    INSERT INTO merchants_membership (id, merchant_id, user_id, role, is_active, created_at)
    SELECT gen_random_uuid(), %(m)s, u.id, 'owner', true, now() FROM merchants_user u LIMIT 1"""


def set_up(merchant: MerchantFacts) -> MerchantFacts:
    """Set test mode up, or begin it again, as the page and its worker do."""
    with merchant_scope(merchant.id):
        start_job(
            merchant=merchant,
            kind="test_mode",
            parameters={},
            needs=(Permission.MANAGE_TILLS,),
            language="id",
            action="test_mode.asked",
            audit_details={},
            at=timezone.now(),
            actor=SYSTEM,
        )
    assert run_jobs(merchant=merchant, clock=timezone.now) == 1
    sandbox = sandbox_of(merchant)
    assert sandbox is not None
    return sandbox


def try_key(shop: ApiShop, sandbox: MerchantFacts) -> ApiTill:
    with merchant_scope(sandbox.id):
        key = issue_till_key(merchant=sandbox, till_id=shop.till_id, at=timezone.now(), actor=SYSTEM)
    return ApiTill(sandbox, shop.till_id, shop.outlet_id, key)


@pytest.fixture
def sandbox(shop: ApiShop) -> MerchantFacts:
    return set_up(shop.merchant)


@pytest.fixture
def trial(shop: ApiShop, sandbox: MerchantFacts) -> ApiTill:
    """A till with a test key."""
    return try_key(shop, sandbox)


def test_a_test_key_sells_in_the_shop_s_program(shop: ApiShop, till: ApiTill) -> None:
    reward = shop.reward("Mug", points=10, stock=5)
    trial = try_key(shop, set_up(shop.merchant))
    shown = trial.get("/program")
    live = till.get("/program")
    assert shown["merchant"]["name"] == f"{live['merchant']['name']} (uji)"
    same = ("earning", "redemption", "tiers", "points_name")
    assert {name: shown[name] for name in same} == {name: live[name] for name in same}
    assert (shown["till"], shown["outlet"]) == (live["till"], live["outlet"])
    member = trial.enrol("081234567890")
    sale = trial.sell("T-1", line(unit_amount=1_000_000), member_id=member["id"])
    assert sale["points_earned"] > 0
    bought = till.sell("T-1", line(unit_amount=1_000_000), member_id=till.enrol("081234567890")["id"])
    assert sale["points_earned"] == bought["points_earned"]
    redeemed = trial.post("/redemptions", {"member_id": member["id"], "reward_id": str(reward)}, status=201)
    assert redeemed["points_spent"] == 10
    assert trial.get("/rewards", member_id=member["id"])["results"][0]["stock_left"] == 4


def test_every_answer_says_that_it_is_a_test(till: ApiTill, trial: ApiTill) -> None:
    assert trial.send("GET", "/program")["Loyalty-Mode"] == "test"
    assert trial.send("GET", "/sales/T-9")["Loyalty-Mode"] == "test"
    assert "Loyalty-Mode" not in till.send("GET", "/program")


def test_neither_side_sees_the_other(till: ApiTill, trial: ApiTill) -> None:
    live, tried = till.enrol("081234567890"), trial.enrol("081234567890")
    sale, trial_sale = till.sell("T-1", line(), member_id=live["id"]), trial.sell("T-1", line(), member_id=tried["id"])
    assert sale["id"] != trial_sale["id"]
    for mine, their_member, their_sale in ((trial, live, sale), (till, tried, trial_sale)):
        unknown = mine.refused("GET", f"/members/{new_id()}", status=404, code="member_not_found")
        assert mine.ok("GET", f"/members/{their_member['id']}", status=404) == unknown
        mine.refused("GET", f"/sales/{their_sale['id']}", status=404, code="sale_not_found")
        body = {"reference": "T-2", "lines": [line()], "member_id": their_member["id"]}
        mine.refused("POST", "/sales", body, status=404, code="member_not_found")
        change = {"area": "Depok"}
        mine.refused("PATCH", f"/members/{their_member['id']}", change, status=404, code="member_not_found")
        mine.post(f"/sales/{their_sale['id']}/void", {}, status=202)
    states = [till.get(f"/sales/{sale['id']}")["status"], trial.get(f"/sales/{trial_sale['id']}")["status"]]
    assert states == ["completed", "completed"]


def test_what_is_tried_is_in_no_figure_of_the_shop(shop: ApiShop, trial: ApiTill) -> None:
    trial.sell("T-1", line(), member_id=trial.enrol("081234567890")["id"])
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        assert count_members(merchant=shop.merchant, filters=MemberFilter()) == 0
        cursor.execute("SELECT count(*) FROM sales_sale WHERE merchant_id = %s", [shop.merchant.id])
        assert cursor.fetchone() == (0,)


def test_a_shared_code_works_and_its_uses_are_counted_apart(shop: ApiShop, till: ApiTill) -> None:
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        create_shared_code(
            merchant=shop.merchant,
            text="LEBARAN27",
            title="Lebaran",
            definition={"kind": "percent_off", "value": 10},
            at=now,
            today=now.date(),
            max_uses=1,
        )
    till.sell("T-1", line(unit_amount=10_000), coupon_codes=["LEBARAN27"])
    trial = try_key(shop, set_up(shop.merchant))
    assert trial.sell("T-1", line(unit_amount=10_000), coupon_codes=["lebaran27"])["discount_amount"] == 1_000


def test_a_reward_that_is_a_coupon_of_codes_made_in_advance_can_be_tried(shop: ApiShop) -> None:
    now, half = timezone.now(), {"kind": "percent_off", "value": 50}
    with merchant_scope(shop.merchant.id):
        batch_id = order_codes(merchant=shop.merchant, title="Undian", definition=half, count=3, at=now)
    run_jobs(merchant=shop.merchant, clock=timezone.now)
    reward_id = shop.reward("Undian", points=1, batch_id=batch_id)
    sandbox = set_up(shop.merchant)
    trial = try_key(shop, sandbox)
    member_id = trial.enrol("081234567890")["id"]
    trial.sell("T-1", line(unit_amount=1_000_000), member_id=member_id)
    asked = {"member_id": member_id, "reward_id": str(reward_id), "quantity": 1}
    assert trial.post("/redemptions", asked, status=201)["points_balance"] == 99
    ApiShop(sandbox, shop.outlet_id, shop.till_id).assert_verified()


def test_the_night_of_a_sandbox_runs_and_it_verifies(shop: ApiShop, sandbox: MerchantFacts, trial: ApiTill) -> None:
    trial.sell("T-1", line(), member_id=trial.enrol("081234567890")["id"])
    assert run_night(
        merchant=sandbox, business_date=sandbox.day_of(timezone.now()), now=timezone.now() + timedelta(days=1)
    )
    ApiShop(sandbox, shop.outlet_id, shop.till_id).assert_verified()
    shop.assert_verified()


def test_beginning_again_keeps_the_keys_and_drops_what_was_tried(shop: ApiShop, sandbox: MerchantFacts) -> None:
    trial = try_key(shop, sandbox)
    member = trial.enrol("081234567890")
    shop.reward("Baru", points=5)
    again = set_up(shop.merchant)
    assert again.id != sandbox.id
    trial.refused("GET", f"/members/{member['id']}", status=404, code="member_not_found")
    other = trial.enrol("081234567890")
    assert [each["title"] for each in trial.get("/rewards", member_id=other["id"])["results"]] == ["Baru"]
    for merchant in (sandbox, again):
        ApiShop(merchant, shop.outlet_id, shop.till_id).assert_verified()


@pytest.mark.parametrize(
    "plant",
    [
        LET_IN,
        "UPDATE merchants_tillkey SET scopes = '[\"redeem\"]' WHERE merchant_id = %(m)s",
        "UPDATE merchants_merchant SET sandbox_of_id = NULL WHERE id = %(m)s",
    ],
)
def test_the_database_refuses_to_mix_them(sandbox: MerchantFacts, trial: ApiTill, plant: str) -> None:
    with pytest.raises(DatabaseError), merchant_scope(sandbox.id), connection.cursor() as cursor:
        cursor.execute(plant, {"m": sandbox.id})


def test_a_shop_s_key_cannot_be_a_test_key(shop: ApiShop) -> None:
    with pytest.raises(DatabaseError), merchant_scope(shop.merchant.id):
        issue_till_key(merchant=shop.merchant, till_id=shop.till_id, at=timezone.now(), actor=SYSTEM, scopes=["test"])
