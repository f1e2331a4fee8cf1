"""T38: a sale that comes more than 7 days late is recorded, and earns once a person has approved it, exactly once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from common.errors import NotPermitted
from loyalty.management.commands.verify import verification_modules
from merchants.facts import SYSTEM, Actor
from merchants.models import Approval
from merchants.tenancy import merchant_scope
from sales.operations import LateSaleDecided, approve_late_sale, refuse_late_sale
from tests.api.batches import sale_item, send
from tests.api.conftest import ApiShop, open_shop
from tests.api.test_limits import promote
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
OWNER = Actor(user_id=UUID(int=7), label="Ibu Ratna")
PHONE = "0812 3456 7890"


@pytest.fixture(autouse=True)
def _travel_to_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shop(db: None) -> ApiShop:
    with time_machine.travel(NOW - timedelta(days=60), tick=False):
        return open_shop("Toko Kopi Ratna")


@pytest.fixture
def member(till: ApiTill) -> Any:
    with time_machine.travel(NOW - timedelta(days=30), tick=False):
        return till.enrol(PHONE)


def sell_late(till: ApiTill, member: Any, reference: str = "R-1", *, days: float = 8, **fields: Any) -> Any:
    at = (NOW - timedelta(days=days)).isoformat()
    lines = fields.pop("lines", [line(quantity=4, unit_amount=25_000)])
    return till.sell(reference, *lines, member_id=member["id"], occurred_at=at, **fields)


def decide(shop: ApiShop, sale: Any, *, approve: bool = True, actor: Actor = OWNER) -> None:
    decide_it = approve_late_sale if approve else refuse_late_sale
    with merchant_scope(shop.merchant.id):
        decide_it(merchant=shop.merchant, sale_id=UUID(sale["id"]), reason="checked", at=NOW, actor=actor)


def states(shop: ApiShop) -> list[str]:
    with merchant_scope(shop.merchant.id):
        rows = Approval.objects.filter(merchant_id=shop.merchant.id, kind="late_sale")
        return list(rows.order_by("id").values_list("state", flat=True))


def assert_whole(shop: ApiShop) -> None:
    with merchant_scope(shop.merchant.id):
        assert [one for _, module in verification_modules() for one in module.verify(merchant=shop.merchant)] == []


def warnings_of(sale: Any) -> list[str]:
    return [one["code"] for one in sale["warnings"]]


def test_it_is_recorded_and_earns_nothing_yet(till: ApiTill, shop: ApiShop, member: Any) -> None:
    sale = sell_late(till, member)
    assert (sale["quarantined"], sale["points_earned"], warnings_of(sale)) == (True, 0, ["late", "quarantined"])
    shown = till.get(f"/members/{member['id']}")["member"]
    assert (shown["purchase_count"], shown["points"]["available"]) == (1, 0)
    assert till.get("/sales/R-1") == sale
    assert states(shop) == ["waiting"]
    with merchant_scope(shop.merchant.id):
        asked = Approval.objects.get(merchant_id=shop.merchant.id)
    assert asked.figures == {"points": 10, "cashback_amount": 0, "coupons": 0, "stamps": 0, "days": 8}
    assert (asked.asker_kind, asked.asked_by_id) == ("till", till.till_id)
    assert_whole(shop)


@pytest.mark.parametrize("days", [0.0, 1.0, 6.9])
def test_within_seven_days_it_earns_by_itself(till: ApiTill, shop: ApiShop, member: Any, days: float) -> None:
    sale = sell_late(till, member, days=days)
    assert (sale["quarantined"], sale["points_earned"]) == (False, 10)
    assert states(shop) == []


def test_a_guest_earns_nothing_anyway_and_claims_no_late_sale(till: ApiTill, member: Any, shop: ApiShop) -> None:
    at = (NOW - timedelta(days=8)).isoformat()
    assert till.sell("R-1", occurred_at=at)["quarantined"] is False
    till.refused("POST", "/sales/R-1/claim", {"member_id": member["id"]}, status=409, code="claim_not_possible")
    assert states(shop) == []


def test_in_a_batch_too(till: ApiTill, shop: ApiShop, member: Any) -> None:
    items = [
        sale_item(n, f"R-{n}", at=(NOW - timedelta(days=days)).isoformat(), member_id=member["id"])
        for n, days in ((1, 6), (2, 8))
    ]
    answer = send(till, items)
    assert [one["body"]["quarantined"] for one in answer["results"]] == [False, True]
    assert states(shop) == ["waiting"]


def test_approved_it_posts_once_what_it_earns(till: ApiTill, shop: ApiShop, member: Any) -> None:
    promote(shop, kind="cashback", value=None, percent="5", title="Cashback")
    sale = sell_late(till, member)
    decide(shop, sale)
    after = till.get("/sales/R-1")
    assert (after["quarantined"], after["points_earned"], warnings_of(after)) == (False, 10, ["late"])
    assert after["cashback_earned_amount"] == 5_000
    shown = till.get(f"/members/{member['id']}")["member"]
    assert (shown["points"]["available"], shown["wallet"]["available_amount"]) == (10, 5_000)
    assert shown["purchase_count"] == 1
    for approve in (True, False):
        with pytest.raises(LateSaleDecided):
            decide(shop, sale, approve=approve)
    assert till.balance(member["id"]) == 10
    assert states(shop) == ["approved"]
    assert_whole(shop)


def test_refused_it_earns_nothing_for_good(till: ApiTill, shop: ApiShop, member: Any) -> None:
    sale = sell_late(till, member)
    decide(shop, sale, approve=False)
    after = till.get("/sales/R-1")
    assert (after["quarantined"], after["points_earned"], warnings_of(after)) == (True, 0, ["late"])
    with pytest.raises(LateSaleDecided):
        decide(shop, sale)
    assert till.balance(member["id"]) == 0
    assert_whole(shop)


def test_only_a_person_decides(till: ApiTill, shop: ApiShop, member: Any) -> None:
    sale = sell_late(till, member)
    with pytest.raises(NotPermitted):
        decide(shop, sale, actor=SYSTEM)
    assert states(shop) == ["waiting"]


def refund(till: ApiTill, quantity: int, reference: str = "F-1") -> Any:
    body = {"refund_reference": reference, "lines": [{"line_id": "1", "quantity": quantity}]}
    return till.post("/sales/R-1/refunds", body, status=201)


@pytest.mark.parametrize("first", ["return", "approval"])
def test_what_came_back_earns_nothing_whatever_came_first(
    till: ApiTill, shop: ApiShop, member: Any, first: str
) -> None:
    sale = sell_late(till, member)
    if first == "return":
        assert refund(till, 1)["refund"]["points_reversed"] == 0
        decide(shop, sale)
    else:
        decide(shop, sale)
        assert refund(till, 1)["refund"]["points_reversed"] == 3
    assert till.balance(member["id"]) == 7
    refund(till, 3, "F-2")
    assert till.balance(member["id"]) == 0
    assert till.get("/sales/R-1")["status"] == "refunded"
    assert_whole(shop)


@pytest.mark.parametrize("paid_with", ["money", "points"])
def test_a_discount_that_came_back_before_the_approval_stays_back(
    till: ApiTill, shop: ApiShop, member: Any, paid_with: str
) -> None:
    promote(shop, kind="percent_off", value=10, title="Sepuluh persen")
    till.sell("EARN", line(unit_amount=1_000_000), member_id=member["id"])
    before = till.balance(member["id"])
    sale = sell_late(till, member, redeem_points=40 if paid_with == "points" else 0)
    refund(till, 1)
    decide(shop, sale)
    assert_whole(shop)
    till.post("/sales/R-1/void", {})
    assert till.balance(member["id"]) == before
    assert_whole(shop)


@pytest.mark.parametrize("how", ["void", "returns"])
def test_of_what_is_wholly_gone_nothing_is_left_to_decide(till: ApiTill, shop: ApiShop, member: Any, how: str) -> None:
    sale = sell_late(till, member)
    if how == "void":
        till.post("/sales/R-1/void", {})
    else:
        refund(till, 4)
    assert states(shop) == ["withdrawn"]
    with pytest.raises(LateSaleDecided):
        decide(shop, sale)
    assert till.balance(member["id"]) == 0
    assert_whole(shop)


def test_a_void_after_approval_takes_it_back(till: ApiTill, shop: ApiShop, member: Any) -> None:
    sale = sell_late(till, member)
    decide(shop, sale)
    till.post("/sales/R-1/void", {})
    assert till.balance(member["id"]) == 0
    assert_whole(shop)


def test_its_coupons_for_next_time_wait_too(till: ApiTill, shop: ApiShop, member: Any) -> None:
    coupon = {"kind": "percent_off", "value": 10, "title": "Lain kali"}
    promote(shop, kind="issue_coupon", value=None, title="Kupon", coupon=coupon)
    sale = sell_late(till, member)
    assert sale["coupons_issued"] == []
    decide(shop, sale)
    assert len(till.get("/sales/R-1")["coupons_issued"]) == 1
    assert_whole(shop)


def test_payments_are_taken_at_once(till: ApiTill, shop: ApiShop, member: Any) -> None:
    till.sell("EARN", line(unit_amount=1_000_000), member_id=member["id"])
    sale = sell_late(till, member, redeem_points=50)
    assert (sale["points_redeemed"], till.balance(member["id"])) == (50, 50)
    decide(shop, sale)
    assert till.get("/sales/R-1")["points_redeemed"] == 50
    assert till.balance(member["id"]) > 50
    assert_whole(shop)
