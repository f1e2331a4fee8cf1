"""A receipt that becomes a member's earns what it would have earned with the member named at the till."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from merchants.facts import SYSTEM
from merchants.operations import add_outlet, add_till
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_shared_code
from tests.api.conftest import ApiShop
from tests.api.test_limits import decision, promote
from tests.api.till import ApiTill, line

_serial = count(1)
THREE_FOR_TWO: dict[str, Any] = {
    "title": "2 gratis 1",
    "kind": "buy_get",
    "value": None,
    "buy": {"qty": 2},
    "get": {"qty": 1},
}


def earned_both_ways(till: ApiTill, **cart: Any) -> tuple[Any, Any, Any]:
    """Return (the quote for a member, the sale that is claimed afterwards, the sale by the quote's id)."""
    ani, budi = (till.enrol(f"0812 7100 {next(_serial):04d}") for _ in range(2))
    quoted = till.post("/quotes", {**cart, "member_id": ani["id"], "reserve": True})
    by_quote = till.sell(
        f"Q-{next(_serial)}",
        *cart["lines"],
        member_id=ani["id"],
        quote_id=quoted["quote_id"],
        **{name: value for name, value in cart.items() if name != "lines"},
    )
    anonymous = till.post("/sales", {**cart, "reference": f"A-{next(_serial)}"}, status=201)
    claimed = till.post(f"/sales/{anonymous['id']}/claim", {"member_id": budi["id"]})
    assert till.balance(budi["id"]) == claimed["points_earned"]
    return quoted, claimed, by_quote


def test_a_free_unit_earns_no_points_by_the_unit(till: ApiTill, shop: ApiShop) -> None:
    """3 x 9.999, one of them free, 7 points a unit and the shop's point per Rp 10.000: 2 x 7 + 1."""
    promote(shop, **THREE_FOR_TWO)
    promote(shop, title="Poin per barang", kind="earn", value=None, per_unit=7)
    quoted, claimed, by_quote = earned_both_ways(till, lines=[line(unit_amount=9_999, quantity=3)])
    assert quoted["points_to_earn"] == by_quote["points_earned"] == claimed["points_earned"] == 15
    shop.assert_verified()


def test_a_discount_that_does_not_divide_leaves_each_unit_a_unit(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, title="Potongan", value=5_000)
    promote(shop, title="Poin per barang", kind="earn", value=None, per_unit=7)
    promote(shop, title="Cap", kind="stamp", value=None, per_unit=1, card="kopi")
    quoted, claimed, _ = earned_both_ways(till, lines=[line(unit_amount=10_000, quantity=3)])
    assert quoted["points_to_earn"] == claimed["points_earned"] == 3 * 7 + 2
    assert [card["progress"] for card in claimed["member"]["stamps"]] == [3]


@pytest.mark.parametrize(
    ("rule", "points"),
    [
        ({"kind": "earn", "percent_of_amount": "0.01", "base": "before_discounts"}, 3),
        ({"kind": "earn_bonus", "points": 50, "when": {"min_subtotal": 30_000, "subtotal_basis": "original"}}, 50),
        ({"kind": "earn_bonus", "points": 50, "when": {"min_subtotal": 30_000}}, 0),
        ({"kind": "earn_bonus", "points": 50, "when": {"min_qty": 3}}, 50),
        ({"kind": "cashback", "percent": "10", "credit": "points"}, 25),
    ],
)
def test_rules_go_by_the_price_and_the_units_that_were_sold(
    till: ApiTill, shop: ApiShop, rule: dict[str, Any], points: int
) -> None:
    promote(shop, title="Potongan", value=5_000)
    promote(shop, **{"title": "Aturan", "value": None, **rule})
    quoted, claimed, _ = earned_both_ways(till, lines=[line(unit_amount=10_000, quantity=3)])
    assert quoted["points_to_earn"] == claimed["points_earned"] == points + 2
    till.post(f"/sales/{claimed['id']}/void", {})
    assert till.balance(claimed["member"]["id"]) == 0
    shop.assert_verified()


@pytest.mark.parametrize("is_coupon", [True, False])
def test_a_discount_of_a_group_closes_it_also_where_it_came_by_coupon(
    till: ApiTill, shop: ApiShop, is_coupon: bool
) -> None:
    """Of "jenjang" the best counts: the discount was given, so the points of the same group are not."""
    discount = {"kind": "amount_off", "value": 9_000, "group": "jenjang"}
    codes: dict[str, Any] = {}
    if is_coupon:
        codes["coupon_codes"] = [share(shop, discount)]
    else:
        promote(shop, title="Diskon", **discount)
    bonus = promote(shop, title="Bonus", kind="earn_bonus", value=None, points=5, group=" Jenjang")
    quoted, claimed, _ = earned_both_ways(till, lines=[line(unit_amount=39_000)], **codes)
    assert quoted["points_to_earn"] == claimed["points_earned"] == 3
    assert decision(quoted, bonus)["reason"] == decision(claimed, bonus)["reason"] == "better_discount_applied"


def share(shop: ApiShop, definition: dict[str, Any]) -> str:
    code = f"BERSAMA{next(_serial)}"
    with merchant_scope(shop.merchant.id):
        create_shared_code(
            merchant=shop.merchant,
            text=code,
            title="Bersama",
            definition=definition,
            at=timezone.now(),
            today=shop.merchant.day_of(timezone.now()),
        )
    return code


def test_a_till_that_rounds_the_bill_changes_nothing_of_what_is_earned(till: ApiTill, shop: ApiShop) -> None:
    """The lines are as quoted, the bill is rounded to whole hundreds; the one bonus left is held by the quote."""
    promote(shop, **THREE_FOR_TWO)
    promote(shop, title="Poin per barang", kind="earn", value=None, per_unit=7)
    promote(
        shop,
        title="Terakhir",
        kind="earn_bonus",
        value=None,
        points=50,
        usage={"limit": 1},
        points_cap={"per_member_day": 50},
    )
    member = till.enrol("0812 7100 0099")
    cart = {"member_id": member["id"], "lines": [line(unit_amount=9_999, quantity=3)]}
    quoted = till.post("/quotes", {**cart, "reserve": True})
    charged = {"lines": [{"line_id": "1", "total_amount": 19_998}], "payable_amount": 20_000}
    sold = till.post(
        "/sales", {**cart, "reference": "R-1", "quote_id": quoted["quote_id"], "charged": charged}, status=201
    )
    assert [warning["code"] for warning in sold["warnings"]] == ["charged_differs"]
    assert quoted["points_to_earn"] == sold["points_earned"] == 65
    shop.assert_verified()


def test_a_till_that_charges_the_free_unit_gives_its_points(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, **THREE_FOR_TWO)
    promote(shop, title="Poin per barang", kind="earn", value=None, per_unit=7)
    member = till.enrol("0812 7100 0098")
    charged = {"lines": [{"line_id": "1", "total_amount": 29_997}], "payable_amount": 29_997}
    sold = till.sell("R-1", line(unit_amount=9_999, quantity=3), member_id=member["id"], charged=charged)
    assert sold["points_earned"] == 3 * 7 + 2


def test_a_receipt_claimed_in_another_outlet_earns_what_its_own_outlet_gives(till: ApiTill, shop: ApiShop) -> None:
    here = promote(
        shop, title="Di sini", kind="earn_bonus", value=None, points=50, when={"outlets": [str(shop.outlet_id)]}
    )
    other = shop.second_till()
    there = promote(
        shop, title="Di sana", kind="earn_bonus", value=None, points=7, when={"outlets": [str(other.outlet_id)]}
    )
    ani, budi = till.enrol("0812 7100 0201")["id"], till.enrol("0812 7100 0202")["id"]
    named = till.sell("R-1", line(unit_amount=100_000), member_id=ani)
    anonymous = till.sell("R-2", line(unit_amount=100_000))
    claimed = other.post(f"/sales/{anonymous['id']}/claim", {"member_id": budi})
    assert named["points_earned"] == claimed["points_earned"] == 60
    assert (decision(claimed, here)["reason"], decision(claimed, there)["reason"]) == (
        decision(named, here)["reason"],
        decision(named, there)["reason"],
    )
    shop.assert_verified()


@pytest.mark.parametrize("zone", ["Asia/Jayapura", "Asia/Kolkata", "America/St_Johns"])
def test_a_receipt_claimed_where_clocks_differ_goes_by_the_hour_of_its_own_outlet(
    till: ApiTill, shop: ApiShop, zone: str
) -> None:
    now = timezone.now()
    wall = now.astimezone(ZoneInfo("Asia/Jakarta"))
    hours = [f"{(wall + timedelta(minutes=minutes)):%H:%M}" for minutes in (-20, 20)]
    promote(
        shop,
        title="Jam ini",
        kind="earn_bonus",
        value=None,
        points=50,
        when={"hours": [{"from": hours[0], "to": hours[1]}]},
    )
    with merchant_scope(shop.merchant.id):
        outlet = add_outlet(merchant=shop.merchant, name="Jauh", timezone=zone, at=now, actor=SYSTEM)
        till_id = add_till(merchant=shop.merchant, outlet_id=outlet.id, name="Kasir Jauh", at=now, actor=SYSTEM)
    far = ApiShop(shop.merchant, outlet.id, till_id).till()
    member = till.enrol("0812 7100 0203")["id"]
    anonymous = till.sell("R-1", line(unit_amount=100_000))
    assert far.post(f"/sales/{anonymous['id']}/claim", {"member_id": member})["points_earned"] == 60
