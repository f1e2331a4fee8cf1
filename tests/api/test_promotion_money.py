"""What promotions are worth in money, over HTTP: quoted, sold and returned alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import time_machine

from tests.api.conftest import ApiShop
from tests.api.test_limits import decision, promote
from tests.api.till import ApiTill, line

GROUP_OF_STEPS = [
    {"kind": "percent_off", "value": "5", "group": "jenjang", "when": {"min_subtotal": 100_000}},
    {"kind": "percent_off", "value": "10", "group": "Jenjang ", "when": {"min_subtotal": 200_000}},
]


def test_cashback_in_points_is_worth_the_money_it_says(till: ApiTill, shop: ApiShop) -> None:
    """A point pays Rp 100 here: 10 % of Rp 100.000 are 100 points, not 10.000."""
    member = till.enrol("0812 7000 0001")
    promote(
        shop, title="Cashback", kind="cashback", value=None, percent="10", credit="points", when={"members_only": True}
    )
    body: dict[str, Any] = {"member_id": member["id"], "lines": [line("1", unit_amount=20_000, quantity=5)]}
    quoted = till.post("/quotes", body)
    sold = till.sell("R-1", *body["lines"], member_id=member["id"])
    assert quoted["points_to_earn"] == sold["points_earned"] == 110  # 10 of them by the rule of every shop
    assert till.balance(member["id"]) == 110
    back = [
        till.post(
            "/sales/R-1/refunds", {"refund_reference": f"F-{n}", "lines": [{"line_id": "1", "quantity": n}]}, status=201
        )["refund"]["points_reversed"]
        for n in (1, 4)
    ]
    assert back == [22, 88]
    assert till.balance(member["id"]) == 0
    shop.assert_verified()


def test_a_budget_of_cashback_in_points_is_kept_in_money(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol("0812 7000 0002")
    promotion = promote(
        shop,
        title="Cashback",
        kind="cashback",
        value=None,
        percent="10",
        credit="points",
        budget={"type": "spend", "limit": 15_000},
    )
    lines = [line("1", unit_amount=50_000, quantity=2)]
    assert till.sell("R-1", *lines, member_id=member["id"])["points_earned"] == 110
    refused = decision(till.post("/quotes", {"member_id": member["id"], "lines": lines}), promotion)
    assert (refused["reason"], refused["measured"], refused["needed"]) == ("budget_exhausted", 5_000, 10_000)
    till.post("/sales/R-1/refunds", {"refund_reference": "F", "lines": [{"line_id": "1", "quantity": 1}]}, status=201)
    assert till.sell("R-2", *lines, member_id=member["id"])["points_earned"] == 110
    shop.assert_verified()


@pytest.mark.parametrize(
    ("quantity", "discount", "reasons"),
    [
        (1, 6_000, ["applied", "min_spend_not_met"]),
        (2, 24_000, ["better_discount_applied", "applied"]),
    ],
)
def test_steps_in_one_group_give_the_best_one(
    till: ApiTill, shop: ApiShop, quantity: int, discount: int, reasons: list[str]
) -> None:
    promotions = [promote(shop, title=f"Jenjang {n}", **step) for n, step in enumerate(GROUP_OF_STEPS)]
    body = {"lines": [line("1", sku="GANDUM", unit_amount=120_000, quantity=quantity)]}
    quoted = till.post("/quotes", body)
    assert quoted["discount_amount"] == till.sell("R-1", *body["lines"])["discount_amount"] == discount
    assert [decision(quoted, promotion)["reason"] for promotion in promotions] == reasons


@pytest.mark.parametrize("groups", [("g", "G "), ("g", "h")])
def test_claimed_or_charged_otherwise_a_group_gives_its_best_only_once(
    till: ApiTill, shop: ApiShop, groups: tuple[str, str]
) -> None:
    """Bought without a member and claimed, or charged a rupiah less: neither gives both discount and cashback."""
    promote(shop, title="Diskon", kind="percent_off", value="10", group=groups[0])
    promote(
        shop,
        title="Cashback",
        kind="cashback",
        value=None,
        percent="5",
        credit="points",
        group=groups[1],
        when={"members_only": True},
    )
    member = till.enrol("0812 7000 0009")["id"]
    goods = line("1", unit_amount=100_000)
    till.sell("R-2", goods)
    charged = {"payable_amount": 89_999, "lines": [{"line_id": "1", "total_amount": 89_999}]}
    sales = [
        till.sell("R-1", goods, member_id=member),
        till.post("/sales/R-2/claim", {"member_id": member}),
        till.sell("R-3", goods, member_id=member, charged=charged),
    ]
    expected = [9, 9, 8] if groups == ("g", "G ") else [54, 54, 53]
    assert [sale["points_earned"] for sale in sales] == expected
    assert [sale["discount_amount"] for sale in sales][:2] == [10_000, 10_000]
    till.post("/sales/R-2/void", {"reason": "salah"})
    till.post("/sales/R-3/void", {"reason": "salah"})
    assert till.balance(member) == expected[0]
    shop.assert_verified()


@pytest.mark.parametrize("name", ["Rokok", "rokok", " ROKOK", "ＲＯＫＯＫ"])
def test_excluded_goods_stay_out_however_a_till_spells_them(till: ApiTill, shop: ApiShop, name: str) -> None:
    promote(shop, kind="percent_off", value="10", filter={"exclude_categories": ["rokok"]})
    lines = [line("1", unit_amount=35_000, category=name), line("2", unit_amount=10_000, category="x")]
    quoted = till.post("/quotes", {"lines": lines})
    sold = till.sell("R-1", *lines)
    for answer in (quoted, sold):
        assert [each["discount_amount"] for each in answer["lines"]] == [0, 1_000]


@pytest.mark.parametrize(
    ("instant", "discount", "reason"),
    [
        ("2026-11-27T01:00:00+07:00", 0, "outside_hours"),
        ("2026-11-27T23:00:00+07:00", 2_500, "applied"),
        ("2026-11-28T01:00:00+07:00", 2_500, "applied"),
        ("2026-11-28T02:00:00+07:00", 0, "outside_hours"),
    ],
)
def test_hours_past_midnight_belong_to_the_evening(shop: ApiShop, instant: str, discount: int, reason: str) -> None:
    with time_machine.travel(datetime.fromisoformat("2026-11-26T12:00:00+07:00"), tick=False):
        promotion = promote(
            shop, kind="percent_off", value="10", when={"weekdays": [5], "hours": [{"from": "22:00", "to": "02:00"}]}
        )
    with time_machine.travel(datetime.fromisoformat(instant), tick=False):
        till = shop.till()
        quoted = till.post("/quotes", {"lines": [line()]})
        sold = till.sell("R-1")
    assert quoted["discount_amount"] == sold["discount_amount"] == discount
    assert decision(quoted, promotion)["reason"] == reason


# --- what the till charged ---------------------------------------------------------------------------------------


def charged(amount: int) -> dict[str, Any]:
    return {"payable_amount": amount, "lines": [{"line_id": "1", "total_amount": amount}]}


def test_discounts_charged_in_part_share_what_was_given(till: ApiTill, shop: ApiShop) -> None:
    for name in ("Pertama", "Kedua"):
        promote(shop, title=name, group=name)
    goods = line("1", unit_amount=100_000)
    assert [one["amount"] for one in till.sell("R-1", goods)["discounts"]] == [5_000, 5_000]
    sale = till.sell("R-2", goods, charged=charged(94_000))
    assert (sale["discount_amount"], [one["amount"] for one in sale["discounts"]]) == (6_000, [5_000, 1_000])
    shop.assert_verified()


def test_a_unit_that_was_charged_after_all_earns_like_any_other(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, title="Gratis satu", kind="cheapest_free", value=None)
    promote(shop, title="Per potong", kind="earn", value=None, per_unit=5)
    member = till.enrol("0812 7000 0010")["id"]
    goods = line("1", unit_amount=5_000, quantity=2)
    assert till.sell("R-1", goods, member_id=member)["points_earned"] == 5
    assert till.sell("R-2", goods, member_id=member, charged=charged(7_000))["points_earned"] == 10
    shop.assert_verified()


@pytest.mark.parametrize("limit", [{"usage": {"limit": 1}}, {"points_cap": {"per_member_day": 50}}])
def test_what_its_own_quote_held_is_earned_when_another_total_was_charged(
    till: ApiTill, shop: ApiShop, limit: dict[str, Any]
) -> None:
    promote(shop, title="Bonus", kind="earn_bonus", value=None, points=50, **limit)
    cart = {"member_id": till.enrol("0812 7000 0011")["id"], "lines": [line("1", unit_amount=100_000)]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    body = {**cart, "reference": "R-1", "quote_id": quote["quote_id"], "charged": charged(99_999)}
    assert till.post("/sales", body, status=201)["points_earned"] == 59
    shop.assert_verified()
