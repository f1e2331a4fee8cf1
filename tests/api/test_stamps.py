"""Stamp cards and coupons for next time: given by the sale, shown with the member, taken back with the goods."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from common.errors import BadInput
from merchants.tenancy import merchant_scope
from rewards.invariants import verify
from rewards.promotions.operations import create_promotion
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

PHONE = "0812 3456 7890"
FREE_COFFEE = {"title": "Kopi gratis", "kind": "cheapest_free", "valid_days": 30}
CARD = {"code": "kopi", "title": "Kartu kopi", "threshold": 10, "reward": FREE_COFFEE}


def promote(shop: ApiShop, **definition: Any) -> str:
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        return str(
            create_promotion(merchant=shop.merchant, definition={"title": "Janji", **definition}, starts_at=now, at=now)
        )


def sound(shop: ApiShop) -> bool:
    with merchant_scope(shop.merchant.id):
        return verify(merchant=shop.merchant) == []


@pytest.fixture
def card(shop: ApiShop) -> str:
    return promote(shop, kind="stamp", card=CARD, per_unit=1)


def stamps_of(till: ApiTill, member: dict[str, Any]) -> list[dict[str, Any]]:
    stamps: list[dict[str, Any]] = till.get(f"/members/{member['id']}")["member"]["stamps"]
    return stamps


def back(till: ApiTill, reference: str, quantity: int, refund: str = "F-1") -> dict[str, Any]:
    body = {"refund_reference": refund, "lines": [{"line_id": "1", "quantity": quantity}]}
    answer: dict[str, Any] = till.post(f"/sales/{reference}/refunds", body, status=201)
    return answer


def test_a_card_of_ten_fills_brings_its_coupon_and_goes_on(till: ApiTill, shop: ApiShop, card: str) -> None:
    siti = till.enrol(PHONE)
    assert siti["stamps"] == []
    for n in range(9):
        sale = till.sell(f"R-{n}", line(), member_id=siti["id"])
        assert sale["coupons_issued"] == []
    assert [(s["title"], s["progress"], s["threshold"]) for s in sale["member"]["stamps"]] == [("Kartu kopi", 9, 10)]
    full = till.sell("R-9", line(quantity=3), member_id=siti["id"])
    assert [(c["title"], c["status"], c["uses_left"]) for c in full["coupons_issued"]] == [("Kopi gratis", "issued", 1)]
    assert [(s["progress"], s["threshold"]) for s in full["member"]["stamps"]] == [(2, 10)]
    assert till.get("/sales/R-9")["coupons_issued"] == full["coupons_issued"]
    code = full["coupons_issued"][0]["code"]
    assert [c["code"] for c in till.get(f"/members/{siti['id']}/coupons")["results"]] == [code]
    used = till.sell("R-10", line(), line("2"), member_id=siti["id"], coupon_codes=[code])
    assert used["discount_amount"] == 25_000
    assert stamps_of(till, siti)[0]["progress"] == 3, "the free unit brings no stamp"
    assert sound(shop)


def test_one_sale_fills_several_cards(till: ApiTill, shop: ApiShop, card: str) -> None:
    siti = till.enrol(PHONE)
    sale = till.sell("R-1", line(quantity=25), member_id=siti["id"])
    assert len({c["code"] for c in sale["coupons_issued"]}) == 2
    assert stamps_of(till, siti)[0]["progress"] == 5
    assert sound(shop)


def test_the_same_receipt_again_stamps_once(till: ApiTill, shop: ApiShop, card: str) -> None:
    siti = till.enrol(PHONE)
    body = {"reference": "R-1", "lines": [line()], "member_id": siti["id"]}
    till.post("/sales", body, status=201, key="k" * 16)
    till.post("/sales", body, status=201, key="k" * 16)
    till.post("/sales", body, status=200)
    assert stamps_of(till, siti)[0]["progress"] == 1


def test_a_return_takes_stamps_back_by_unit(till: ApiTill, shop: ApiShop, card: str) -> None:
    siti = till.enrol(PHONE)
    till.sell("R-1", line(quantity=4), member_id=siti["id"])
    for n, have in enumerate((3, 2)):
        back(till, "R-1", 1, f"F-{n}")
        assert stamps_of(till, siti)[0]["progress"] == have
    till.post("/sales/R-1/void", {})
    assert stamps_of(till, siti)[0]["progress"] == 0
    assert sound(shop)


def test_a_return_takes_the_unused_reward_back_and_the_card_is_as_before(
    till: ApiTill, shop: ApiShop, card: str
) -> None:
    siti = till.enrol(PHONE)
    till.sell("R-1", line(quantity=9), member_id=siti["id"])
    full = till.sell("R-2", line(quantity=2), member_id=siti["id"])
    returned = back(till, "R-2", 2)["sale"]
    assert returned["coupons_issued"][0]["status"] == "cancelled"
    assert [(s["progress"], s["threshold"]) for s in returned["member"]["stamps"]] == [(9, 10)]
    check = till.post("/coupons/check", {"code": full["coupons_issued"][0]["code"]})
    assert (check["usable"], check["reason"]) == (False, "cancelled")
    assert returned["warnings"] == []
    again = till.sell("R-3", line(), member_id=siti["id"])
    assert len(again["coupons_issued"]) == 1, "the tenth stamp fills it again"
    assert sound(shop)


def test_a_return_that_leaves_the_card_full_takes_no_reward(till: ApiTill, shop: ApiShop, card: str) -> None:
    siti = till.enrol(PHONE)
    full = till.sell("R-1", line(quantity=12), member_id=siti["id"])
    returned = back(till, "R-1", 2)["sale"]
    assert returned["coupons_issued"] == full["coupons_issued"]
    assert stamps_of(till, siti)[0]["progress"] == 0
    assert sound(shop)


def test_an_earlier_sale_that_comes_back_opens_the_card_it_had_helped_to_fill(
    till: ApiTill, shop: ApiShop, card: str
) -> None:
    siti = till.enrol(PHONE)
    till.sell("R-1", line(quantity=5), member_id=siti["id"])
    till.sell("R-2", line(quantity=5), member_id=siti["id"])
    back(till, "R-1", 1)
    assert till.get("/sales/R-2")["coupons_issued"][0]["status"] == "cancelled"
    assert stamps_of(till, siti)[0]["progress"] == 9
    assert sound(shop)


def test_a_reward_used_before_the_return_is_recorded_as_lost(till: ApiTill, shop: ApiShop, card: str) -> None:
    siti = till.enrol(PHONE)
    code = till.sell("R-1", line(quantity=10), member_id=siti["id"])["coupons_issued"][0]["code"]
    till.sell("R-2", line(), line("2"), member_id=siti["id"], coupon_codes=[code])
    returned = back(till, "R-1", 10)["sale"]
    assert [w["code"] for w in returned["warnings"]] == ["clawback_failed"]
    assert "25.000" in returned["warnings"][0]["message"]
    assert returned["coupons_issued"][0]["status"] == "redeemed"
    assert stamps_of(till, siti)[0]["progress"] == 0, "what stood goes back, nobody owes stamps"
    assert sound(shop)


def test_a_reward_that_only_brought_points_is_no_money_lost(till: ApiTill, shop: ApiShop) -> None:
    points = {"title": "Poin dobel", "kind": "earn_multiplier", "factor": 2}
    promote(shop, kind="stamp", card={**CARD, "reward": points}, per_unit=1)
    siti = till.enrol(PHONE)
    code = till.sell("R-1", line(quantity=10), member_id=siti["id"])["coupons_issued"][0]["code"]
    assert till.sell("R-2", member_id=siti["id"], coupon_codes=[code])["points_earned"] == 4
    [warning] = back(till, "R-1", 10)["sale"]["warnings"]
    assert warning["code"] == "clawback_failed"
    assert "Rp\u00a00 lost" in warning["message"]
    assert sound(shop)


def test_a_stamp_per_visit_stays_until_the_whole_sale_comes_back(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, kind="stamp", card="kunjungan", per_visit=1)
    siti = till.enrol(PHONE)
    till.sell("R-1", line(quantity=2), member_id=siti["id"])
    back(till, "R-1", 1)
    assert [(s["title"], s["progress"]) for s in stamps_of(till, siti)] == [("Janji", 1)]
    back(till, "R-1", 1, "F-2")
    assert stamps_of(till, siti)[0]["progress"] == 0


def test_two_promotions_stamp_the_card_that_one_of_them_describes(till: ApiTill, shop: ApiShop, card: str) -> None:
    promote(shop, kind="stamp", card="kopi", per_visit=2)
    siti = till.enrol(PHONE)
    till.sell("R-1", line(), member_id=siti["id"])
    assert [(s["title"], s["progress"], s["threshold"]) for s in stamps_of(till, siti)] == [("Kartu kopi", 3, 10)]


def test_a_sale_issues_its_coupon_bound_to_the_member(till: ApiTill, shop: ApiShop) -> None:
    promote(
        shop,
        kind="issue_coupon",
        title="Lain kali hemat",
        when={"min_subtotal": 50_000},
        coupon={"kind": "percent_off", "value": 10, "valid_days": 14, "title": "10% lain kali"},
    )
    siti, budi = till.enrol(PHONE), till.enrol("0813 0000 1111", name="Budi")
    assert till.sell("R-1", line(), member_id=siti["id"])["coupons_issued"] == []
    sale = till.sell("R-2", line(quantity=2), member_id=siti["id"])
    coupon = sale["coupons_issued"][0]
    assert (coupon["title"], coupon["kind"], coupon["conditions"]["member_bound"]) == (
        "10% lain kali",
        "percent_off",
        True,
    )
    assert coupon["valid_until"] > coupon["valid_from"]
    cart = {"reference": "B-1", "lines": [line()], "coupon_codes": [coupon["code"]], "member_id": budi["id"]}
    till.refused("POST", "/sales", cart, status=409, code="coupon_not_usable")
    assert till.sell("R-3", coupon_codes=[coupon["code"]], member_id=siti["id"])["discount_amount"] == 2_500
    till.sell("R-4", line(quantity=2), member_id=budi["id"])
    with connection.cursor() as cursor, merchant_scope(shop.merchant.id):
        cursor.execute("SELECT count(*) FROM rewards_couponbatch WHERE merchant_id = %s", [shop.merchant.id])
        assert cursor.fetchone() == (1,), "one promise, one batch"


def test_a_return_below_the_threshold_cancels_the_coupon(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, kind="issue_coupon", when={"min_subtotal": 50_000}, coupon={"kind": "percent_off", "value": 10})
    siti = till.enrol(PHONE)
    till.sell("R-1", line(quantity=3), member_id=siti["id"])
    assert back(till, "R-1", 1)["sale"]["coupons_issued"][0]["status"] == "issued"
    assert back(till, "R-1", 1, "F-2")["sale"]["coupons_issued"][0]["status"] == "cancelled"
    assert back(till, "R-1", 1, "F-3")["sale"]["coupons_issued"][0]["status"] == "cancelled"
    assert sound(shop)


def test_the_coupon_of_an_anonymous_sale_becomes_the_members_who_claims_it(
    till: ApiTill, shop: ApiShop, card: str
) -> None:
    promote(shop, kind="issue_coupon", coupon={"kind": "percent_off", "value": 10})
    sale = till.sell("R-1", line(quantity=2))
    assert [c["conditions"]["member_bound"] for c in sale["coupons_issued"]] == [False]
    siti = till.enrol(PHONE)
    claimed = till.post("/sales/R-1/claim", {"member_id": siti["id"]})
    assert [c["conditions"]["member_bound"] for c in claimed["coupons_issued"]] == [True]
    assert claimed["member"]["stamps"][0]["progress"] == 2
    assert till.post("/sales/R-1/claim", {"member_id": siti["id"]})["member"]["stamps"][0]["progress"] == 2
    assert sound(shop)


def test_a_promise_of_an_existing_batch_issues_its_coupons(till: ApiTill, shop: ApiShop) -> None:
    batch = shop.coupon_batch(percent=30)
    promote(shop, kind="issue_coupon", coupon={"batch_id": str(batch)})
    siti = till.enrol(PHONE)
    assert till.sell("R-1", member_id=siti["id"])["coupons_issued"][0]["title"] == "Potongan 30%"


@pytest.mark.parametrize(
    ("definition", "pointers"),
    [
        ({"kind": "issue_coupon", "coupon": {"title": "Nothing in it"}}, {"/coupon/kind"}),
        ({"kind": "issue_coupon", "coupon": {"kind": "percent_off", "value": 0}}, {"/coupon/value"}),
        (
            {"kind": "issue_coupon", "coupon": {"kind": "percent_off", "value": 5, "valid_days": 0.5}},
            {"/coupon/valid_days"},
        ),
        ({"kind": "issue_coupon", "coupon": {"batch_id": "9a3b"}}, {"/coupon/batch_id"}),
        ({"kind": "stamp", "per_visit": 1, "card": {**CARD, "threshold": 0}}, {"/card/threshold"}),
        ({"kind": "stamp", "per_visit": 1, "card": {**CARD, "colour": "red"}}, {"/card/colour"}),
        ({"kind": "stamp", "per_visit": 1, "card": {**CARD, "title": "Kopi" * 31}}, {"/card/title"}),
        ({"kind": "stamp", "per_visit": 1, "card": {**CARD, "reward": {"kind": "gift"}}}, {"/card/reward/kind"}),
    ],
)
def test_a_promise_that_no_till_could_keep_is_not_published(
    shop: ApiShop, definition: dict[str, Any], pointers: set[str]
) -> None:
    with pytest.raises(BadInput) as refused:
        promote(shop, **definition)
    assert {error.pointer for error in refused.value.errors} == pointers
