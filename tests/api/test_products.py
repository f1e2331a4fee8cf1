"""Products over the API: many at once, exactly once, with a scope of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchants.rules import TILL_SCOPES
from merchants.tenancy import merchant_scope
from products.queries import costs_on
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill

ITEM: dict[str, Any] = {
    "sku": "KOPI",
    "name": "Kopi 250 g",
    "category": "kopi",
    "price_amount": 68_000,
    "cost_amount": 41_500,
    "cost_starts_on": "2026-01-01",
}


@pytest.fixture
def erp(shop: ApiShop) -> ApiTill:
    return shop.till(scopes=["write_products"])


def test_the_same_items_again_change_nothing(erp: ApiTill, shop: ApiShop) -> None:
    body = {"items": [ITEM, {"sku": "TEH", "name": "Teh"}]}
    assert erp.post("/products", body) == {"created": 2, "changed": 0, "unchanged": 0, "costs_added": 1}
    assert erp.post("/products", body) == {"created": 0, "changed": 0, "unchanged": 2, "costs_added": 0}
    body["items"][0] = {"sku": "KOPI", "cost_amount": 43_000, "cost_starts_on": "2026-02-01"}
    assert erp.post("/products", body) == {"created": 0, "changed": 1, "unchanged": 1, "costs_added": 1}
    with merchant_scope(shop.merchant.id):
        assert costs_on(merchant=shop.merchant, skus=["KOPI"], day=date(2026, 1, 31)) == {"KOPI": 41_500}
        assert costs_on(merchant=shop.merchant, skus=["KOPI"], day=date(2026, 2, 1)) == {"KOPI": 43_000}


def test_a_repeated_key_is_answered_from_memory(erp: ApiTill) -> None:
    first = erp.send("POST", "/products", {"items": [ITEM]}, key="erp-run-2026-03-05")
    again = erp.send("POST", "/products", {"items": [ITEM]}, key="erp-run-2026-03-05")
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")


def test_five_hundred_items_take_as_many_statements_as_one(erp: ApiTill) -> None:
    def statements(count: int) -> int:
        items = [{**ITEM, "sku": f"S{count}-{n}"} for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            assert erp.post("/products", {"items": items})["created"] == count
        return len(captured)

    statements(2)  # the first call of a key also notes that the till was seen
    assert statements(500) == statements(1)


def test_a_tills_ordinary_key_may_not_write_products(till: ApiTill) -> None:
    assert "write_products" not in TILL_SCOPES
    till.refused("POST", "/products", {"items": [ITEM]}, status=403, code="scope_missing")


@pytest.mark.parametrize(
    ("items", "pointer", "code"),
    [
        ([], "/items", "empty"),
        ([{**ITEM, "cost_amount": -1}], "/items/0/cost_amount", "low"),
        ([{**ITEM, "cost": 1}], "/items/0/cost", "unknown_field"),
        ([{"sku": "A", "cost_starts_on": "2026-01-01"}], "/items/0/cost_starts_on", "cost_missing"),
        ([ITEM, {**ITEM, "cost_amount": 1}], "/items/1/sku", "duplicate"),
        ([{"name": "Kopi"}], "/items/0/sku", "required"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_written(
    erp: ApiTill, shop: ApiShop, items: list[dict[str, Any]], pointer: str, code: str
) -> None:
    problem = erp.refused("POST", "/products", {"items": items}, status=400, code="validation_error")
    assert (pointer, code) in {(e["pointer"], e["code"]) for e in problem["errors"]}
    with merchant_scope(shop.merchant.id):
        assert costs_on(merchant=shop.merchant, skus=["KOPI"], day=date(2026, 1, 31)) == {}
