"""GET /program and GET /health."""

from __future__ import annotations

from pytest_django import DjangoAssertNumQueries

from tests.api.conftest import ApiShop
from tests.api.till import ApiTill


def test_a_till_learns_who_it_is_and_what_the_program_gives(till: ApiTill, shop: ApiShop) -> None:
    program = till.get("/program")
    assert program["merchant"] == {
        "id": str(shop.merchant.id),
        "name": "Toko Kopi Ratna",
        "currency": "IDR",
        "currency_digits": 0,
        "timezone": "Asia/Jakarta",
    }
    assert program["till"]["id"] == str(shop.till_id)
    assert program["outlet"]["id"] == str(shop.outlet_id)
    assert program["redemption"] == {"points_per_step": 1, "amount_per_step": 100, "minimum_points": 1}
    assert [tier["rank"] for tier in program["tiers"]] == sorted(tier["rank"] for tier in program["tiers"])
    earning = program["earning"][0]
    assert earning["terms"]["per_amount"] == {"spend": 10_000, "points": 1}
    assert earning["description"] == "1 poin for every Rp\u00a010.000"


def test_health_needs_no_key_and_says_what_is_there(till: ApiTill) -> None:
    health = till.ok("GET", "/health", headers={"Authorization": ""})
    assert health["status"] == "ok"
    assert health["database"] == health["broker"] == "ok"
    assert health["version"]


def test_program_costs_few_statements(till: ApiTill, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    till.get("/program")
    with django_assert_max_num_queries(8):
        till.get("/program")
