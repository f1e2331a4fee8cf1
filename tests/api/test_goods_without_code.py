"""Goods without a code (open price): sold, returned and counted by name, never one product "" (faults B67)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from merchants.tenancy import merchant_scope
from sales.invariants import verify
from sales.queries import goods_sent, unknown_goods
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

PHONE = "0812 3456 7890"


def without_code(line_id: str, name: str, unit_amount: int, **fields: Any) -> dict[str, Any]:
    return {"line_id": line_id, "name": name, "quantity": 1, "unit_amount": unit_amount, **fields}


@pytest.mark.parametrize("sent", [{}, {"sku": None}, {"sku": ""}, {"sku": " \n"}])
def test_a_line_without_a_code_earns_by_amount_and_comes_back(
    till: ApiTill, shop: ApiShop, sent: dict[str, Any]
) -> None:
    member = till.enrol(PHONE)
    cart = {"member_id": member["id"], "lines": [without_code("1", "Jasa jahit", 50_000, **sent), line("2")]}
    quote = till.post("/quotes", cart)
    sale = till.sell("R-1", *cart["lines"], member_id=member["id"])
    assert sale["points_earned"] == quote["points_to_earn"] == 7
    back = {"refund_reference": "B-1", "lines": [{"line_id": "1", "quantity": 1}]}
    refund = till.post("/sales/R-1/refunds", back, status=201)["refund"]
    assert (refund["amount"], refund["points_reversed"]) == (50_000, 5)
    assert till.post("/sales/R-1/void")["status"] == "voided"
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []


def test_no_code_in_four_ways_is_one_receipt(till: ApiTill) -> None:
    first = till.sell("R-1", without_code("1", "Jasa", 50_000))
    for sent in ({"sku": None}, {"sku": ""}, {"sku": "  "}):
        again = till.send("POST", "/sales", {"reference": "R-1", "lines": [without_code("1", "Jasa", 50_000, **sent)]})
        assert (again.status_code, json.loads(again.content)["id"]) == (200, first["id"])


def test_a_code_with_blanks_is_the_code(till: ApiTill, shop: ApiShop) -> None:
    first = till.sell("R-1", line(sku="KOPI"))
    again = till.send("POST", "/sales", {"reference": "R-1", "lines": [line(sku="KOPI\n")]})
    assert (again.status_code, json.loads(again.content)["id"]) == (200, first["id"])
    products = shop.till(scopes=["write_products"])
    assert products.post("/products", {"items": [{"sku": "KOPI \n", "name": "Kopi"}]})["created"] == 1
    problem = products.refused("POST", "/products", {"items": [{"sku": " "}]}, status=400, code="validation_error")
    assert [error["pointer"] for error in problem["errors"]] == ["/items/0/sku"]
    problem = products.refused(
        "POST", "/products", {"items": [{"sku": "A"}, {"sku": "A\n"}]}, status=400, code="validation_error"
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/items/1/sku"]


def test_goods_without_a_code_are_no_product_and_two_names_are_two_goods(till: ApiTill, shop: ApiShop) -> None:
    till.sell(
        "R-1",
        without_code("1", "Jasa jahit", 50_000),
        without_code("2", "Kopi tubruk", 9_000),
        without_code("3", "KOPI  TUBRUK", 9_000),
        line("4", sku="ROTI"),
    )
    today = timezone.now().date()
    first, last = today - timedelta(days=2), today + timedelta(days=2)
    with merchant_scope(shop.merchant.id):
        unknown = unknown_goods(merchant=shop.merchant, first=first, last=last)
        sent = goods_sent(merchant=shop.merchant, skus=["kopi tubruk", ""], categories=[], first=first, last=last)
    assert [goods.sku for goods in unknown] == ["ROTI"]
    assert {key: found.lines for key, found in sent.skus.items()} == {"kopi tubruk": 2}


def test_a_code_that_is_too_long_is_refused_and_a_line_needs_a_name(till: ApiTill) -> None:
    for wrong, pointer in ((line(sku="x" * 65), "/lines/0/sku"), (without_code("1", "", 1), "/lines/0/name")):
        problem = till.refused("POST", "/quotes", {"lines": [wrong]}, status=400, code="validation_error")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
