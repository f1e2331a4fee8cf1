"""Return and purchase in one receipt (faults B55): all or nothing, quoted as sold, money back where it is more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import ApiShop
from tests.api.test_limits import promote
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"


def back(quantity: int = 1, line_id: str = "1", **sale: Any) -> dict[str, Any]:
    return {**sale, "lines": [{"line_id": line_id, "quantity": quantity}]}


def test_goods_come_back_and_others_are_sold_in_one_receipt(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    first = till.sell("INV/1", line(quantity=2), member_id=member["id"])
    cart = {
        "member_id": member["id"],
        "lines": [line("1", unit_amount=60_000)],
        "returns": [back(reference="INV/1", reason="salah ukuran")],
    }
    quote = till.post("/quotes", cart)
    assert till.get(f"/members/{member['id']}")["member"]["points"]["available"] == 5
    sale = till.sell("INV/2", *cart["lines"], member_id=member["id"], returns=cart["returns"])
    for name in ("returns", "returns_amount", "payable_amount", "total_amount", "lines"):
        assert sale[name] == quote[name], name
    [returned] = sale["returns"]
    assert (returned["sale_id"], returned["reference"], returned["amount"]) == (first["id"], "INV/1", 25_000)
    assert returned["points_reversed"] == 3
    assert (sale["returns_amount"], sale["payable_amount"], sale["points_earned"]) == (25_000, 35_000, 6)
    assert till.balance(member["id"]) == 5 - 3 + 6
    original = till.get(f"/sales/{first['id']}")
    assert original["status"] == "partially_refunded"
    [refund] = original["refunds"]
    assert (refund["refund_reference"], refund["exchange_sale_id"]) == ("INV/2", sale["id"])
    assert till.get("/sales", reference="INV/2")["returns"] == sale["returns"]
    totals = till.get("/sales")["totals"]
    figures = ("count", "total_amount", "payable_amount")
    assert [totals["sales"][name] for name in figures] == [2, 110_000, 110_000]
    assert [totals["returns"][name] for name in figures] == [1, 25_000, 25_000]
    assert till.get("/sales")["results"][0]["payable_amount"] == 35_000
    shop.assert_verified()


def test_money_is_handed_back_where_the_goods_were_worth_more(till: ApiTill, shop: ApiShop) -> None:
    till.sell("R-1", line(unit_amount=90_000))
    sale = till.sell("R-2", line(unit_amount=40_000), returns=[back(reference="R-1")])
    assert (sale["total_amount"], sale["returns_amount"], sale["payable_amount"]) == (40_000, 90_000, -50_000)
    assert till.get("/sales/R-1")["status"] == "refunded"
    assert till.post("/sales/R-2/void")["refunds"][0]["amount"] == 40_000
    shop.assert_verified()


def test_points_that_come_back_may_pay_in_the_same_receipt(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    till.sell("R-1", line(unit_amount=50_000), member_id=member["id"], redeem_points=100)
    assert till.balance(member["id"]) == 4
    cart = {"member_id": member["id"], "lines": [line(unit_amount=50_000)], "redeem_points": 80}
    till.refused("POST", "/sales", {**cart, "reference": "R-2"}, status=409, code="insufficient_points")
    cart |= {"returns": [back(reference="R-1")]}
    assert till.post("/quotes", cart)["points_to_redeem"] == 80
    sale = till.post("/sales", {**cart, "reference": "R-3"}, status=201)
    assert sale["returns"][0]["points_returned"] == 100
    assert (sale["points_redeemed"], sale["payable_amount"]) == (80, 42_000 - 40_000)
    shop.assert_verified()


def test_a_coupon_of_goods_that_came_back_whole_is_used_again(till: ApiTill, shop: ApiShop) -> None:
    code = shop.coupon()
    till.sell("R-1", line(), coupon_codes=[code])
    sale = till.sell("R-2", line(unit_amount=80_000), coupon_codes=[code], returns=[back(reference="R-1")])
    assert (sale["discount_amount"], sale["payable_amount"]) == (8_000, 72_000 - 22_500)
    shop.assert_verified()


def test_the_members_of_both_halves_each_keep_their_own(till: ApiTill, shop: ApiShop) -> None:
    husband, wife = till.enrol(PHONE), till.enrol("0813 0000 1111", name="Budi")
    till.sell("R-1", line(unit_amount=100_000), member_id=husband["id"])
    sale = till.sell("R-2", line(unit_amount=70_000), member_id=wife["id"], returns=[back(reference="R-1")])
    assert (till.balance(husband["id"]), till.balance(wife["id"])) == (0, 7)
    assert sale["returns"][0]["points_balance"] == 0
    assert sale["points_balance"] == 7
    assert till.get(f"/members/{husband['id']}")["member"]["purchase_count"] == 0
    shop.assert_verified()


def test_goods_of_several_receipts_by_number_and_by_id(till: ApiTill, colleague: ApiTill, shop: ApiShop) -> None:
    first, other = till.sell("R-1", line(quantity=3)), colleague.sell("R-1", line(unit_amount=10_000))
    sale = till.sell("R-2", line(unit_amount=99_000), returns=[back(sale_id=other["id"]), back(2, reference="R-1")])
    assert [one["sale_id"] for one in sale["returns"]] in ([other["id"], first["id"]], [first["id"], other["id"]])
    assert (sale["returns_amount"], sale["payable_amount"]) == (60_000, 39_000)
    assert till.get("/sales")["totals"]["returns"]["count"] == 2
    assert colleague.get("/sales")["totals"]["returns"]["count"] == 0
    shop.assert_verified()


def test_an_exchange_is_done_once(till: ApiTill, shop: ApiShop) -> None:
    till.sell("R-1", line())
    body = {"reference": "R-2", "lines": [line(unit_amount=40_000)], "returns": [back(reference="R-1")]}
    key = new_key()
    sale = till.post("/sales", body, status=201, key=key)
    replayed = till.send("POST", "/sales", body, key=key)
    assert (replayed.status_code, replayed["Idempotency-Replayed"]) == (201, "true")
    natural = till.send("POST", "/sales", body)
    assert (natural.status_code, natural["Idempotency-Replayed"]) == (200, "natural")
    assert json.loads(natural.content)["returns"] == sale["returns"]
    without = {name: value for name, value in body.items() if name != "returns"}
    till.refused("POST", "/sales", without, status=409, code="sale_conflict")
    assert len(till.get("/sales/R-1")["refunds"]) == 1
    shop.assert_verified()


def test_one_half_that_cannot_be_undoes_the_other(till: ApiTill, shop: ApiShop) -> None:
    till.sell("R-1", line())
    before = till.get("/sales/R-1")
    more = {"reference": "R-2", "lines": [line()], "returns": [back(2, reference="R-1")]}
    problem = till.refused("POST", "/sales", more, status=409, code="refund_exceeds_sale")
    assert (problem["reference"], problem["lines"][0]["left"]) == ("R-1", 1)
    till.refused("GET", "/sales/R-2", status=404, code="sale_not_found")
    unpaid = {**more, "returns": [back(reference="R-1")], "coupon_codes": ["K7QH2M4TX9CDR"]}
    till.refused("POST", "/sales", unpaid, status=409, code="coupon_not_usable")
    assert till.get("/sales/R-1") == before
    shop.assert_verified()


@pytest.mark.parametrize(
    ("returns", "pointer"),
    [
        ([back()], "/returns/0/reference"),
        ([back(reference="R-1", sale_id="0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10")], "/returns/0/reference"),
        ([back(reference="R-1", line_id="9")], "/returns/0/lines/0/line_id"),
        ([back(0, reference="R-1")], "/returns/0/lines/0/quantity"),
        ([back(reference="R-1"), back(reference="R-1")], "/returns/1"),
        ([{"reference": "R-1", "lines": []}], "/returns/0/lines"),
        ([], "/returns"),
        ([back(reference="R-1", amount=5)], "/returns/0/amount"),
    ],
)
def test_a_return_that_means_nothing_is_refused_by_name(till: ApiTill, returns: Any, pointer: str) -> None:
    till.sell("R-1", line(quantity=3))
    for path, body in (("/sales", {"reference": "R-2", "lines": [line()]}), ("/quotes", {"lines": [line()]})):
        problem = till.refused("POST", path, {**body, "returns": returns}, status=400, code="validation_error")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert till.get("/sales/R-1")["refunds"] == []


def test_a_receipt_does_not_give_back_its_own_goods(till: ApiTill) -> None:
    body = {"reference": "R-1", "lines": [line()], "returns": [back(reference="R-1")]}
    till.refused("POST", "/sales", body, status=404, code="sale_not_found")


def test_a_reserved_quote_with_returns_is_paid(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    cart = {
        "member_id": member["id"],
        "lines": [line(unit_amount=60_000)],
        "redeem_points": 50,
        "returns": [back(reference="R-0")],
    }
    quote = till.post("/quotes", {**cart, "reserve": True})
    assert (quote["points_to_redeem"], quote["returns_amount"]) == (50, 1_000_000)
    assert quote["payable_amount"] == 55_000 - 1_000_000
    assert till.get("/sales/R-0")["refunds"] == []
    sale = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    assert sale["points_redeemed"] == 50
    assert sale["payable_amount"] == quote["payable_amount"]
    shop.assert_verified()


def test_room_under_a_limit_that_a_void_frees_is_not_freed_by_a_return(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, usage={"limit": 1})
    till.sell("R-1", line())
    sale = till.sell("R-2", line(), returns=[back(reference="R-1")])
    assert sale["discount_amount"] == 0
    shop.assert_verified()


def test_a_quote_changes_nothing_and_is_the_same_again(till: ApiTill) -> None:
    member = till.enrol(PHONE)
    till.sell("R-1", line(), member_id=member["id"])
    before = till.get("/sales/R-1")
    cart = {"member_id": member["id"], "lines": [line(unit_amount=60_000)], "returns": [back(reference="R-1")]}
    quote = till.post("/quotes", cart)
    again = till.post("/quotes", cart)
    assert again | {"expires_at": ""} == quote | {"expires_at": ""}
    assert till.get("/sales/R-1") == before


def test_another_merchants_sale_looks_like_none(till: ApiTill, stranger: ApiTill) -> None:
    theirs = stranger.sell("X-1")
    nobodys = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"
    for path, body in (("/sales", {"reference": "R-1", "lines": [line()]}), ("/quotes", {"lines": [line()]})):
        answers = [
            till.send("POST", path, {**body, "returns": [back(sale_id=sale_id)]}) for sale_id in (theirs["id"], nobodys)
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    answers = [
        till.send("POST", "/sales", {"reference": "R-1", "lines": [line()], "returns": [back(reference=number)]})
        for number in ("X-1", "X-2")
    ]
    assert answers[0].content == answers[1].content
    assert stranger.get("/sales/X-1") == theirs


def test_a_plain_sale_takes_no_statement_more(till: ApiTill) -> None:
    """Whatever a sale takes with nothing handed back, it takes with `returns` null, too."""
    till.sell("R-0")
    with CaptureQueriesContext(connection) as plain:
        till.sell("R-1")
    with CaptureQueriesContext(connection) as null:
        till.sell("R-2", returns=None)
    assert len(null) == len(plain)
    assert not any("exchange_sale_id" in query["sql"] for query in plain)


def test_a_list_of_returns_holds_no_null(till: ApiTill) -> None:
    for path in ("/quotes", "/sales"):
        body = {"lines": [line()], "returns": [None], **({"reference": "R-1"} if path == "/sales" else {})}
        problem = till.refused("POST", path, body, status=400, code="validation_error")
        assert problem["errors"][0]["pointer"] == "/returns/0"
