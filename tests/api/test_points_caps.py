"""Caps of points at the till: quoted and sold alike, held by quotes, given back by returns and voids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from merchants.facts import SYSTEM
from merchants.operations import change_merchant_settings
from merchants.queries import merchant_by_id
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.test_limits import decision, promote
from tests.api.till import ApiTill, line

BIG = line("1", unit_amount=500_000)
"""50 points by the rule of every shop: one for each Rp 10.000."""


CAP_SETTINGS = {
    "per_sale": "most_points_per_sale",
    "per_member_day": "most_points_per_day",
    "per_member_month": "most_points_per_month",
}


def cap_program(shop: ApiShop, **cap: int) -> None:
    with merchant_scope(shop.merchant.id):
        merchant = merchant_by_id(shop.merchant.id)
        change_merchant_settings(
            merchant=merchant,
            changes={setting: cap.get(name) for name, setting in CAP_SETTINGS.items()},
            at=timezone.now(),
            actor=SYSTEM,
        )


def bonus(shop: ApiShop, points: int, **cap: int) -> str:
    return promote(shop, title="Bonus", kind="earn_bonus", value=None, points=points, points_cap=cap)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """A day of its own, far from midnight."""
    with time_machine.travel(datetime.fromisoformat("2027-01-11T12:00:00+07:00"), tick=False):
        yield


@pytest.fixture
def member(till: ApiTill) -> str:
    return str(till.enrol("0812 7100 0001")["id"])


def buy(till: ApiTill, member: str, reference: str, *lines: dict[str, Any], **fields: Any) -> int:
    """Quote and sell; return the points of both, which are the same."""
    goods = list(lines) or [BIG]
    quoted = till.post("/quotes", {"member_id": member, "lines": goods})
    sold = till.sell(reference, *goods, member_id=member, **fields)
    assert quoted["points_to_earn"] == sold["points_earned"]
    return int(sold["points_earned"])


def test_a_promotion_gives_a_member_so_many_points_a_day_and_month(till: ApiTill, shop: ApiShop, member: str) -> None:
    promotion = bonus(shop, 40, per_member_day=60, per_member_month=110)
    other = str(till.enrol("0812 7100 0002")["id"])
    assert [buy(till, member, f"A-{n}") for n in range(3)] == [90, 70, 50]
    assert buy(till, other, "B-1") == 90
    quoted = till.post("/quotes", {"member_id": member, "lines": [BIG]})
    assert decision(quoted, promotion) == {
        "reason": "per_member_limit_reached",
        "measured": 60,
        "needed": 60,
        "period": "day",
        "message": "This member has today's 60\u00a0points already, the most in a day.",
    }
    with time_machine.travel(datetime.fromisoformat("2027-01-12T12:00:00+07:00"), tick=False):
        till = shop.till()
        assert [buy(till, member, f"C-{n}") for n in range(3)] == [90, 60, 50]
        quoted = till.post("/quotes", {"member_id": member, "lines": [BIG]})
        assert (
            decision(quoted, promotion)["message"]
            == "This member has this month's 110\u00a0points already, the most in a month."
        )
    with time_machine.travel(datetime.fromisoformat("2027-02-01T12:00:00+07:00"), tick=False):
        assert buy(shop.till(), member, "D-1") == 90
    shop.assert_verified()


def test_the_program_caps_all_promotions_together(till: ApiTill, shop: ApiShop, member: str) -> None:
    bonus(shop, 40)
    cap_program(shop, per_sale=80, per_member_day=100)
    quoted = till.post("/quotes", {"member_id": member, "lines": [BIG]})
    message = "Applied: 30\u00a0points instead of 40, the most for one purchase."
    assert message in [d["message"] for d in quoted["decisions"]]
    assert [buy(till, member, f"A-{n}") for n in range(3)] == [80, 20, 0]
    assert till.balance(member) == 100
    shop.assert_verified()


def test_a_quote_holds_points_and_its_sale_takes_them(
    till: ApiTill, colleague: ApiTill, shop: ApiShop, member: str
) -> None:
    bonus(shop, 40, per_member_day=60)
    body = {"member_id": member, "lines": [BIG], "reserve": True}
    held = till.post("/quotes", body)
    assert held["points_to_earn"] == 90
    assert buy(colleague, member, "A-1") == 70
    shop.assert_verified()
    assert till.sell("A-2", BIG, member_id=member, quote_id=held["quote_id"])["points_earned"] == 90
    assert buy(till, member, "A-3") == 50
    shop.assert_verified()


def test_a_released_quote_and_one_past_its_time_hold_nothing(till: ApiTill, shop: ApiShop, member: str) -> None:
    bonus(shop, 40, per_member_day=60)
    body = {"member_id": member, "lines": [BIG], "reserve": True}
    held = till.post("/quotes", body)
    till.post(f"/quotes/{held['quote_id']}/release", status=204)
    assert till.post("/quotes", body)["points_to_earn"] == 90
    assert till.post("/quotes", body)["points_to_earn"] == 70
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert buy(till, member, "A-1") == 90
        shop.assert_verified()


def test_a_paid_sale_keeps_the_points_of_its_quote(
    till: ApiTill, colleague: ApiTill, shop: ApiShop, member: str
) -> None:
    """The quote lapsed and another sale took the rest of the day's points: the receipt shows what was promised."""
    bonus(shop, 40, per_member_day=40)
    held = till.post("/quotes", {"member_id": member, "lines": [BIG], "reserve": True})
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert buy(colleague, member, "A-1") == 90
        paid = till.sell("A-2", BIG, member_id=member, quote_id=held["quote_id"])
        assert paid["points_earned"] == 90
        assert [warning["code"] for warning in paid["warnings"]] == ["points_cap_exceeded"]
        till.post("/sales/A-2/void", {"reason": "wrong"})
        assert buy(till, member, "A-3") == 50
        shop.assert_verified()


def test_returns_give_the_points_back_to_the_day(till: ApiTill, shop: ApiShop, member: str) -> None:
    promote(shop, title="Per barang", kind="earn", value=None, per_unit=10, points_cap={"per_member_day": 60})
    cap_program(shop, per_member_month=300)
    many = line("1", unit_amount=10_000, quantity=5)
    assert buy(till, member, "A-1", many) == 55
    assert buy(till, member, "A-2", many) == 15
    refund = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 2}]}
    back = till.post("/sales/A-1/refunds", refund, status=201)
    assert back["refund"]["points_reversed"] == 22
    assert buy(till, member, "A-3", many) == 25
    till.post("/sales/A-3/void", {"reason": "wrong"})
    assert buy(till, member, "A-4", many) == 25
    shop.assert_verified()


def test_a_lowered_cap_leaves_what_was_given(till: ApiTill, shop: ApiShop, member: str) -> None:
    cap_program(shop, per_member_day=200)
    assert buy(till, member, "A-1", line("1", unit_amount=1_500_000)) == 150
    cap_program(shop, per_member_day=100)
    assert buy(till, member, "A-2") == 0
    till.post("/sales/A-1/refunds", {"refund_reference": "F", "lines": [{"line_id": "1", "quantity": 1}]}, status=201)
    assert buy(till, member, "A-3") == 50
    shop.assert_verified()


def test_what_the_till_charged_is_capped_too(till: ApiTill, shop: ApiShop, member: str) -> None:
    cap_program(shop, per_member_day=60)
    assert buy(till, member, "A-1") == 50
    charged = {"payable_amount": 450_000, "lines": [{"line_id": "1", "total_amount": 450_000}]}
    sold = till.sell("A-2", BIG, member_id=member, charged=charged)
    assert sold["points_earned"] == 10
    assert buy(till, member, "A-3") == 0
    shop.assert_verified()
