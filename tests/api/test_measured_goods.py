"""Weighed goods: a measure in figures, and money off by it, quoted, sold and returned alike."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from merchants.tenancy import merchant_scope
from sales.models import SaleLine
from sales.queries import past_receipts
from tests.api.conftest import ApiShop
from tests.api.test_limits import promote
from tests.api.till import ApiTill, line

PER_KILO = {"kind": "amount_off_per_measure", "value": 2_000, "unit": "kg"}


def weighed(line_id: str = "1", value: str = "0.452", unit: str = "kg", **fields: Any) -> dict[str, Any]:
    return line(line_id, measure={"value": value, "unit": unit}, **{"unit_amount": 90_400, **fields})


def test_money_off_by_weight_is_quoted_sold_and_comes_back(till: ApiTill, shop: ApiShop) -> None:
    promotion = promote(shop, title="Keju hemat", **PER_KILO)
    lines = [weighed("1"), weighed("2", "750", "g", quantity=2), line("3")]
    quote = till.post("/quotes", {"lines": lines})
    assert [part["discount_amount"] for part in quote["lines"]] == [904, 3_000, 0]
    decided = next(one for one in quote["decisions"] if one["promotion_id"] == str(promotion))
    assert decided["applied"] is True
    sale = till.sell("R-1", *lines)
    assert sale["lines"] == quote["lines"]
    back = till.post(
        "/sales/R-1/refunds",
        {"refund_reference": "B-1", "lines": [{"line_id": "2", "quantity": 1}, {"line_id": "1", "quantity": 1}]},
        status=201,
    )["refund"]
    assert {part["line_id"]: part["amount"] for part in back["lines"]} == {"1": 89_496, "2": 88_900}
    assert till.post("/sales/R-1/void")["refunds"][-1]["amount"] == 88_900 + 25_000
    shop.assert_verified()


def test_repriced_returns_know_the_measure_of_what_stays(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, title="Keju hemat", on_return="reprice", when={"min_subtotal": 100_000}, **PER_KILO)
    till.sell("R-1", weighed("1"), weighed("2", "1", "kg", unit_amount=200_000))
    body = {"refund_reference": "B-1", "lines": [{"line_id": "1", "quantity": 1}]}
    # 200.000 stays and is still over the minimum: its own 2.000 off stays, the 904 of the other goes.
    assert till.post("/sales/R-1/refunds", body, status=201)["refund"]["amount"] == 90_400 - 904
    shop.assert_verified()


@pytest.mark.parametrize("words", ["0.452 kg", "1 ikat", "", None])
def test_a_measure_in_words_is_only_shown(till: ApiTill, shop: ApiShop, words: str | None) -> None:
    promote(shop, title="Keju hemat", **PER_KILO)
    sale = till.sell("R-1", line(measure=words))
    assert sale["discount_amount"] == 0
    with merchant_scope(shop.merchant.id):
        row = SaleLine.objects.get(merchant_id=shop.merchant.id, sale_id=sale["id"])
    assert (row.measure, row.measured_value, row.measured_unit) == (words or "", None, "")


def test_what_is_stored_is_what_simulations_replay(till: ApiTill, shop: ApiShop) -> None:
    sale = till.sell("R-1", weighed("1", "0.4520"), line("2"))
    with merchant_scope(shop.merchant.id):
        rows = SaleLine.objects.filter(merchant_id=shop.merchant.id, sale_id=sale["id"]).order_by("position")
        assert [(row.measure, row.measured_unit) for row in rows] == [("0.452 kg", "kg"), ("", "")]
        today = timezone.now().date()
        [receipt] = past_receipts(
            merchant=shop.merchant, first=today - timedelta(days=2), last=today + timedelta(days=2)
        )
    assert [str(sold.measure or "") for sold in receipt.lines] == ["0.452 kg", ""]


def test_zeros_behind_the_point_are_the_same_receipt(till: ApiTill) -> None:
    first = till.sell("R-1", weighed(value="0.452"))
    again = till.send("POST", "/sales", {"reference": "R-1", "lines": [weighed(value="0.4520")]})
    assert (again.status_code, json.loads(again.content)["id"]) == (200, first["id"])


@pytest.mark.parametrize(
    ("measure", "pointer"),
    [
        ({"value": 0.452, "unit": "kg"}, "/value"),
        ({"value": "0,452", "unit": "kg"}, "/value"),
        ({"value": "0.000", "unit": "kg"}, "/value"),
        ({"value": "-1", "unit": "kg"}, "/value"),
        ({"value": "1e3", "unit": "kg"}, "/value"),
        ({"value": "٣", "unit": "kg"}, "/value"),
        ({"value": "1234567", "unit": "kg"}, "/value"),
        ({"value": "1", "unit": "stone"}, "/unit"),
        ({"value": "1", "unit": ["kg"]}, "/unit"),
        ({"value": "1"}, ""),
        ({"value": "1", "unit": "kg", "tare": "0"}, ""),
        (5, ""),
        ("x" * 41, ""),
    ],
)
def test_a_measure_that_is_none_is_refused_by_name(till: ApiTill, measure: Any, pointer: str) -> None:
    problem = till.refused("POST", "/quotes", {"lines": [line(measure=measure)]}, status=400, code="validation_error")
    assert [error["pointer"] for error in problem["errors"]] == [f"/lines/0/measure{pointer}"]
