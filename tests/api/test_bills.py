"""Tax, service charge, tip and rounding on quotes and sales: what is sent stays, and by default counts for nothing."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from members.queries import member as member_by_id
from merchants.tenancy import merchant_scope
from tests.api.batches import item, send
from tests.api.conftest import ApiShop
from tests.api.test_limits import decision, promote
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"
ON_TOP = {"prices_include_tax": False, "prices_include_service": False}
OFF_20 = {"title": "20 %", "kind": "percent_off", "value": "20"}
BILL = ("tax_amount", "service_amount", "tip_amount", "rounding_amount", "payable_amount")


def figures(answer: dict[str, Any]) -> tuple[int, ...]:
    return tuple(answer[name] for name in BILL)


both_ways_of_jakarta = pytest.mark.parametrize(
    ("service", "tax", "payable"),
    [
        pytest.param(4_000, 8_400, 92_400, id="service on the discounted price"),
        pytest.param(5_000, 8_500, 93_500, id="service on the full price"),
    ],
)


@both_ways_of_jakarta
def test_both_ways_of_jakarta(till: ApiTill, shop: ApiShop, service: int, tax: int, payable: int) -> None:
    promote(shop, **OFF_20)
    goods = till.post("/quotes", {"lines": [line(unit_amount=100_000)]})["total_amount"]
    assert goods == 80_000
    bill = {"service_amount": service, "tax_amount": tax, **ON_TOP}
    cart = {"lines": [line(unit_amount=100_000)], **bill}
    quote = till.post("/quotes", cart)
    sale = till.post("/sales", {**cart, "reference": "J-1"}, status=201)
    for answer in (quote, sale):
        assert (answer["total_amount"], answer["payable_amount"]) == (80_000, payable)
        assert figures(answer) == (tax, service, 0, 0, payable)
        assert (answer["prices_include_tax"], answer["prices_include_service"]) == (False, False)
        assert answer["lines"][0]["tax_amount"] == tax
    assert give_back(till, "J-1", {"1": 1})["amount"] == payable
    shop.assert_verified()


@both_ways_of_jakarta
@pytest.mark.parametrize("sent_for", ["bill", "line"])
def test_a_bill_in_a_batch_is_the_bill_sent_online(
    till: ApiTill, shop: ApiShop, service: int, tax: int, payable: int, sent_for: str
) -> None:
    promote(shop, **OFF_20)
    member = till.enrol(PHONE)
    parts: dict[str, Any] = {"service_amount": service, "tax_amount": tax}
    on_bill, on_line = ({}, parts) if sent_for == "line" else (parts, {})
    cart = {"lines": [line(unit_amount=50_000, quantity=2, **on_line)], "member_id": member["id"], **on_bill, **ON_TOP}
    cart |= {"tip_amount": 7_000, "rounding_amount": -50}
    back = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}
    online = till.post("/sales", {**cart, "reference": "O-1"}, status=201)
    online_back = till.post("/sales/O-1/refunds", back, status=201)
    items = [
        item("sale", 1, {**cart, "reference": "B-1"}, at=online["occurred_at"]),
        item("refund", 2, {**back, "reference": "B-1"}, at=online["occurred_at"]),
    ]
    in_batch, batch_back = (one["body"] for one in send(till, items)["results"])
    assert figures(in_batch) == (tax, service, 7_000, -50, payable + 7_000 - 50)
    assert twins(in_batch) == twins(online)
    assert twins(batch_back["refund"]) == twins(online_back["refund"])
    assert twins(batch_back["sale"]) == twins(online_back["sale"])
    assert (in_batch["lines"][0]["tax_amount"], in_batch["lines"][0]["service_amount"]) == (tax, service)
    shop.assert_verified()


def twins(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what two receipts of the same cart share: all but their names, and balances that go on."""
    own = {"id", "reference", "member", "points_balance", "refunds"}
    return {name: value for name, value in answer.items() if name not in own}


def give_back(till: ApiTill, reference: str, units: dict[str, int]) -> dict[str, Any]:
    lines = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in units.items()]
    number = "R" + "".join(units) + new_key()[:6]
    body = {"refund_reference": number, "lines": lines}
    refund: dict[str, Any] = till.post(f"/sales/{reference}/refunds", body, status=201)["refund"]
    return refund


# --- what counts by default -------------------------------------------------------------------------------------------


def test_tax_in_the_price_is_not_discounted_and_does_not_earn(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, **OFF_20)
    member = till.enrol(PHONE)
    cart = {"member_id": member["id"], "lines": [line(unit_amount=110_000)], "tax_amount": 10_000}
    quote = till.post("/quotes", cart)
    assert (quote["discount_amount"], quote["total_amount"], quote["payable_amount"]) == (20_000, 90_000, 90_000)
    sale = till.post("/sales", {**cart, "reference": "I-1"}, status=201)
    assert (sale["tax_amount"], sale["total_amount"], sale["points_earned"]) == (10_000, 90_000, 8)
    assert quote["points_to_earn"] == 8
    without = till.post("/quotes", {name: value for name, value in cart.items() if name != "tax_amount"})
    assert (without["discount_amount"], without["points_to_earn"]) == (22_000, 8)
    shop.assert_verified()


def test_what_is_in_the_price_counts_for_no_minimum(till: ApiTill, shop: ApiShop) -> None:
    promotion = promote(shop, when={"min_subtotal": 100_000})
    cart = {"lines": [line(unit_amount=110_000)]}
    assert till.post("/quotes", {**cart, "tax_amount": 10_000})["discount_amount"] == 5_000
    refused = till.post("/quotes", {**cart, "tax_amount": 10_001})
    assert (refused["discount_amount"], decision(refused, promotion)["measured"]) == (0, 99_999)
    on_top = till.post("/quotes", {"lines": [line(unit_amount=99_999)], "tax_amount": 10_000, **ON_TOP})
    assert decision(on_top, promotion)["measured"] == 99_999


def test_tip_and_rounding_are_paid_and_earn_nothing(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    cart = {"member_id": member["id"], "lines": [line(unit_amount=30_033)], "tip_amount": 70_000}
    sale = till.post("/sales", {**cart, "rounding_amount": -33, "reference": "T-1"}, status=201)
    assert (figures(sale), sale["points_earned"]) == ((0, 0, 70_000, -33, 100_000), 3)
    shop.assert_verified()


def test_lines_told_one_by_one_add_up_and_shares_of_the_whole_do_too(till: ApiTill) -> None:
    lines = [line("1", unit_amount=10_000, tax_amount=1_000), line("2", unit_amount=20_000)]
    sent = till.post("/quotes", {"lines": lines})
    assert [one["tax_amount"] for one in sent["lines"]] == [1_000, 0]
    assert sent["tax_amount"] == 1_000
    three = [line(str(n), unit_amount=100) for n in range(3)]
    shared = till.post("/quotes", {"lines": three, "tax_amount": 28, "service_amount": 13, **ON_TOP})
    assert [one["tax_amount"] for one in shared["lines"]] == [10, 9, 9]
    assert [one["service_amount"] for one in shared["lines"]] == [5, 4, 4]


# --- payments ---------------------------------------------------------------------------------------------------------


def test_points_pay_goods_and_a_gift_card_all_of_the_bill(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    till.sell("M-0", line(unit_amount=10_000_000), member_id=member["id"])
    card = till.post("/gift-cards", {"amount": 100_000, "reference": "G-1"}, status=201)["code"]
    bill = {"tax_amount": 8_000, "service_amount": 4_000, "tip_amount": 3_000, **ON_TOP}
    cart = {"member_id": member["id"], "lines": [line(unit_amount=80_000)], **bill}
    by_points = till.post("/quotes", {**cart, "redeem_points": 900})
    assert (by_points["points_value_amount"], by_points["payable_amount"]) == (80_000, 15_000)
    cart |= {"gift_card_codes": [card], "reference": "M-1"}
    sale = till.post("/sales", cart, status=201)
    assert (sale["gift_card_redeemed_amount"], sale["payable_amount"]) == (95_000, 0)
    assert give_back(till, "M-1", {"1": 1})["gift_card_returned_amount"] == 95_000
    assert till.post("/gift-cards/check", {"code": card})["gift_card"]["balance_amount"] == 100_000
    shop.assert_verified()


def test_a_reserved_quote_is_sold_with_a_bill_it_did_not_know(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, **OFF_20)
    card = till.post("/gift-cards", {"amount": 200_000, "reference": "G-1"}, status=201)["code"]
    cart = {"lines": [line(unit_amount=100_000)], "gift_card_codes": [card]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    assert quote["gift_card_to_redeem_amount"] == 80_000
    bill = {"service_amount": 4_000, "tax_amount": 8_400, "rounding_amount": -400, **ON_TOP}
    sold = {**cart, **bill, "quote_id": quote["quote_id"], "reference": "Q-1"}
    sale = till.post("/sales", sold, status=201)
    assert (sale["warnings"], sale["discount_amount"]) == ([], 20_000)
    assert (sale["gift_card_redeemed_amount"], sale["payable_amount"]) == (80_000, 12_000)
    again = till.send("POST", "/sales", sold)
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "natural")
    till.refused("POST", "/sales", {**sold, "tax_amount": 8_401}, status=409, code="sale_conflict")
    shop.assert_verified()


def test_what_the_till_charged_stands_with_its_bill(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, **OFF_20)
    member = till.enrol(PHONE)
    cart = {"member_id": member["id"], "lines": [line(unit_amount=100_000)], "tax_amount": 9_000, **ON_TOP}
    charged = {"lines": [{"line_id": "1", "total_amount": 90_000}], "payable_amount": 99_000}
    sale = till.post("/sales", {**cart, "charged": charged, "reference": "C-1"}, status=201)
    assert (sale["total_amount"], sale["payable_amount"], sale["points_earned"]) == (90_000, 99_000, 9)
    assert [warning["code"] for warning in sale["warnings"]] == ["charged_differs"]
    assert give_back(till, "C-1", {"1": 1})["amount"] == 99_000
    shop.assert_verified()


# --- returns ----------------------------------------------------------------------------------------------------------

LINES = [line("1", unit_amount=33_333, quantity=2), line("2", unit_amount=10_001), line("3", unit_amount=5_000)]
ROUNDED_DOWN = {"tax_amount": 8_167, "service_amount": 4_083, "tip_amount": 5_000, "rounding_amount": -17, **ON_TOP}
ROUNDED_UP = {**ROUNDED_DOWN, "tax_amount": 7_001, "rounding_amount": 83, "prices_include_tax": True}
UNITS = ("1", "1", "2", "3")


@pytest.mark.gate
@pytest.mark.parametrize("bill", [ROUNDED_DOWN, ROUNDED_UP], ids=["down, on top", "up, tax in the price"])
def test_returns_in_every_order_give_back_exactly_the_bill(till: ApiTill, shop: ApiShop, bill: dict[str, Any]) -> None:
    promote(shop, **OFF_20)
    member = till.enrol(PHONE)
    for number, order in enumerate(sorted(set(permutations(UNITS)))):
        sale = till.post(
            "/sales", {"reference": f"E-{number}", "member_id": member["id"], "lines": LINES, **bill}, status=201
        )
        back = [give_back(till, f"E-{number}", {unit: 1}) for unit in order]
        for name in BILL[:4]:
            assert sum(one[name] for one in back) == sale[name], (order, name)
        assert sum(one["amount"] for one in back) == sale["payable_amount"], order
        assert sum(one["points_reversed"] for one in back) == sale["points_earned"] > 0, order
        assert all(one["amount"] > 0 and one["tip_amount"] == 0 for one in back[:-1])
        assert back[-1]["tip_amount"] == 5_000
    shop.assert_verified()


def test_a_void_gives_back_the_rest_with_the_tip(till: ApiTill, shop: ApiShop) -> None:
    sale = till.post("/sales", {"reference": "V-1", "lines": LINES, **ROUNDED_DOWN}, status=201)
    first = give_back(till, "V-1", {"1": 1})
    assert (first["tip_amount"], first["rounding_amount"]) == (0, 0)
    [_, void] = till.post("/sales/V-1/void")["refunds"]
    assert (void["tip_amount"], void["rounding_amount"]) == (5_000, -17)
    assert first["amount"] + void["amount"] == sale["payable_amount"]
    shop.assert_verified()


def test_no_money_is_handed_back_that_a_rounding_down_had_spared(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    till.post(f"/members/{member['id']}/top-ups", {"amount": 92_400, "reference": "U-1"}, status=201)
    cart = {"member_id": member["id"], "lines": [line(unit_amount=46_216, quantity=2)], "rounding_amount": -32}
    sale = till.post("/sales", {**cart, "redeem_wallet_amount": 92_400, "reference": "W-1"}, status=201)
    assert (sale["wallet_redeemed_amount"], sale["payable_amount"]) == (92_400, 0)
    back = [give_back(till, "W-1", {"1": 1}) for _ in range(2)]
    assert [one["amount"] for one in back] == [0, 0]
    assert sum(one["rounding_amount"] for one in back) == -32
    assert sum(one["wallet_returned_amount"] for one in back) == 92_400
    shop.assert_verified()


def test_an_exchange_counts_the_tax_of_what_came_back(till: ApiTill, shop: ApiShop) -> None:
    bill = {"tax_amount": 10_000, **ON_TOP}
    till.post("/sales", {"reference": "X-1", "lines": [line(unit_amount=50_000, quantity=2)], **bill}, status=201)
    cart = {
        "lines": [line(unit_amount=40_000)],
        "tax_amount": 4_000,
        **ON_TOP,
        "returns": [{"reference": "X-1", "lines": [{"line_id": "1", "quantity": 1}]}],
    }
    quote = till.post("/quotes", cart)
    sale = till.post("/sales", {**cart, "reference": "X-2"}, status=201)
    for answer in (quote, sale):
        assert (answer["returns_amount"], answer["payable_amount"]) == (55_000, 44_000 - 55_000)
        assert (answer["returns"][0]["amount"], answer["returns"][0]["tax_amount"]) == (55_000, 5_000)
    shop.assert_verified()


def test_a_return_that_came_before_its_sale_gives_its_tax_back(till: ApiTill, shop: ApiShop) -> None:
    parked = {"refund_reference": "P-R", "lines": [{"line_id": "1", "quantity": 1}]}
    till.post("/sales/P-1/refunds", parked, status=202)
    body = {"reference": "P-1", "lines": [line(unit_amount=50_000, quantity=2)], "tax_amount": 10_000, **ON_TOP}
    sale = till.post("/sales", body, status=201)
    assert [(one["amount"], one["tax_amount"]) for one in sale["refunds"]] == [(55_000, 5_000)]
    shop.assert_verified()


def test_a_claimed_receipt_earns_without_the_tax_in_its_prices(till: ApiTill, shop: ApiShop) -> None:
    till.post("/sales", {"reference": "L-1", "lines": [line(unit_amount=110_000)], "tax_amount": 10_001}, status=201)
    member = till.enrol(PHONE)
    claimed = till.post("/sales/L-1/claim", {"member_id": member["id"]})
    assert (claimed["points_earned"], claimed["tax_amount"]) == (9, 10_001)
    shop.assert_verified()


def test_the_list_of_a_day_adds_up_what_stands_beside_the_goods(till: ApiTill) -> None:
    till.post("/sales", {"reference": "D-1", "lines": LINES, **ROUNDED_DOWN}, status=201)
    till.post("/sales/D-1/void")
    till.post("/sales", {"reference": "D-2", "lines": [line(unit_amount=22_000)], "tax_amount": 2_000}, status=201)
    day = till.get("/sales")
    names = ("total_amount", "payable_amount", *BILL[:4])
    assert [day["totals"]["net"][name] for name in names] == [22_000, 22_000, 2_000, 0, 0, 0]
    assert day["totals"]["sales"]["tip_amount"] == day["totals"]["returns"]["tip_amount"] == 5_000
    assert [one["tax_amount"] for one in day["results"]] == [2_000, 8_167]


# --- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cart", "pointer", "code"),
    [
        ({"lines": [line(tax_amount=25_001)]}, "/lines/0/tax_amount", "above_price"),
        ({"lines": [line(tax_amount=20_000, service_amount=5_001)]}, "/lines/0/service_amount", "above_price"),
        ({"lines": [line()], "tax_amount": 25_001}, "/tax_amount", "above_price"),
        ({"lines": [line()], "tax_amount": 20_000, "service_amount": 6_000}, "/service_amount", "above_price"),
        ({"lines": [line(tax_amount=1_000), line("2")], "tax_amount": 1_001}, "/tax_amount", "lines_differ"),
        ({"lines": [line(service_amount=3)], "service_amount": 2, **ON_TOP}, "/service_amount", "lines_differ"),
        ({"lines": [line()], "rounding_amount": -1_001}, "/rounding_amount", "low"),
        ({"lines": [line()], "rounding_amount": 1_001}, "/rounding_amount", "high"),
        ({"lines": [line(unit_amount=0)], "rounding_amount": -1}, "/rounding_amount", "below_nothing"),
        ({"lines": [line()], "tip_amount": -1}, "/tip_amount", "low"),
        ({"lines": [line()], "tip_amount": 10**12}, "/tip_amount", "high"),
        ({"lines": [line()], "tax_amount": "2500"}, "/tax_amount", "type"),
        ({"lines": [line()], "prices_include_tax": "no"}, "/prices_include_tax", "type"),
    ],
)
def test_what_cannot_be_is_named(till: ApiTill, cart: dict[str, Any], pointer: str, code: str) -> None:
    for path, body in (("/quotes", cart), ("/sales", {**cart, "reference": "B-1"})):
        problem = till.refused("POST", path, body, status=400, code="validation_error")
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, code)]


def test_what_is_on_top_may_be_more_than_the_goods_cost(till: ApiTill) -> None:
    """A meal that a coupon paid for still has its service charge."""
    quote = till.post("/quotes", {"lines": [line(unit_amount=0)], "service_amount": 5_000, **ON_TOP})
    assert (quote["total_amount"], quote["payable_amount"], quote["lines"][0]["service_amount"]) == (0, 5_000, 5_000)


# --- what a member has spent ------------------------------------------------------------------------------------------


def spent(shop: ApiShop, member_id: str) -> int:
    with merchant_scope(shop.merchant.id):
        return member_by_id(merchant=shop.merchant, member_id=UUID(member_id)).spend_amount


def test_a_members_spending_is_what_minimums_count(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    cart = {"member_id": member["id"], "lines": [line(unit_amount=33_333, quantity=3)], "tax_amount": 9_091}
    till.post("/sales", {**cart, "reference": "N-1", "tip_amount": 5_000}, status=201)
    assert spent(shop, member["id"]) == 99_999 - 9_091
    left = []
    for _ in range(3):
        give_back(till, "N-1", {"1": 1})
        left.append(spent(shop, member["id"]))
    assert left == [60_606, 30_303, 0]
    till.post("/sales", {**cart, "reference": "N-2", **ON_TOP}, status=201)
    assert spent(shop, member["id"]) == 99_999
    till.post("/sales/N-2/void")
    assert spent(shop, member["id"]) == 0
    shop.assert_verified()
