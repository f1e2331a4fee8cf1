"""A unit that was free brings nothing by the unit, also after something else of the receipt came back."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from merchants.tenancy import merchant_scope
from rewards.promotions.operations import create_promotion
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
RULES: list[dict[str, Any]] = [
    {
        "kind": "buy_get",
        "title": "Beli 2 gratis 1",
        "repeat": True,
        "buy": {"qty": 2, "filter": {"skus": ["SKU-1"]}},
        "get": {"qty": 1, "filter": {"skus": ["SKU-2"]}},
    },
    {
        "kind": "stamp",
        "title": "Stempel",
        "per_unit": 1,
        "card": {"threshold": 20, "reward": {"kind": "cheapest_free", "valid_days": 30}},
    },
    {"kind": "earn", "title": "Bonus roti", "product_bonus": {"SKU-1": 7, "SKU-2": 5, "SKU-3": 3}},
]


@pytest.fixture
def member(shop: ApiShop, till: ApiTill) -> str:
    with merchant_scope(shop.merchant.id):
        for rule in RULES:
            now = timezone.now()
            create_promotion(merchant=shop.merchant, definition=rule, starts_at=now, at=now)
    return str(till.enrol("0812 3456 7890")["id"])


def stamps_and_bonus(till: ApiTill, member: str, reference: str, units: dict[str, int]) -> tuple[int, int]:
    """Return the member's stamps, and the points that the sale brought."""
    lines = [line(line_id, quantity=number, unit_amount=200) for line_id, number in units.items()]
    sale = till.sell(reference, *lines, member_id=member)
    return _stamps(till, member), sale["points_earned"]


def _stamps(till: ApiTill, member: str) -> int:
    cards = till.get(f"/members/{member}")["member"]["stamps"]
    return sum(card["progress"] for card in cards)


@pytest.mark.parametrize("order", [("3", "2"), ("2", "3")])
def test_returns_in_any_order_end_where_a_sale_without_the_units_would(
    shop: ApiShop, till: ApiTill, member: str, order: tuple[str, str]
) -> None:
    other = str(till.enrol("0812 3456 7891")["id"])
    alone = stamps_and_bonus(till, other, "R-0", {"1": 4, "2": 1})
    assert alone == (4, 7)
    assert stamps_and_bonus(till, member, "R-1", {"1": 4, "2": 2, "3": 1}) == (5, 10)
    for number, line_id in enumerate(order):
        sale = till.post(
            "/sales/R-1/refunds",
            {"refund_reference": f"RF-{number}", "lines": [{"line_id": line_id, "quantity": 1}]},
            status=201,
        )["sale"]
    assert (_stamps(till, member), sale["points_balance"]) == alone
    shop.assert_verified()


@pytest.mark.parametrize("order", [("4", "5"), ("5", "4")])
def test_a_last_set_that_lacked_a_free_unit_leaves_no_stamp_too_many(
    shop: ApiShop, till: ApiTill, member: str, order: tuple[str, str]
) -> None:
    with merchant_scope(shop.merchant.id):
        now = timezone.now()
        rule = {
            "kind": "buy_get",
            "title": "Beli 3 gratis 2",
            "repeat": True,
            "buy": {"qty": 3, "filter": {"skus": ["SKU-4"]}},
            "get": {"qty": 2, "filter": {"skus": ["SKU-5"]}},
        }
        create_promotion(merchant=shop.merchant, definition=rule, starts_at=now, at=now)
    other = str(till.enrol("0812 3456 7891")["id"])
    assert stamps_and_bonus(till, other, "R-0", {"4": 5, "5": 2}) == (5, 0)
    assert stamps_and_bonus(till, member, "R-1", {"4": 6, "5": 3}) == (6, 0)
    for number, line_id in enumerate(order):
        lines = [{"line_id": line_id, "quantity": 1}]
        till.post("/sales/R-1/refunds", {"refund_reference": f"RF-{number}", "lines": lines}, status=201)
    assert _stamps(till, member) == 5
    shop.assert_verified()
