"""A coupon after all goods came back: one rule for a void and for returns, the merchant's to choose (B43)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_coupon_batch
from tests.api.conftest import ApiShop
from tests.api.test_stamps import promote
from tests.api.test_wallet import assert_books_are_right, give_back
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
CART = [line("1", quantity=2, unit_amount=50_000), line("2", unit_amount=20_000)]


def coupon_of(shop: ApiShop, member: str | None = None, **choice: Any) -> str:
    with merchant_scope(shop.merchant.id):
        definition = {"kind": "percent_off", "value": 10, "usage": {"per_member_limit": 1}, **choice}
        batch = create_coupon_batch(merchant=shop.merchant, title="10 %", definition=definition, at=timezone.now())
    return shop.coupon(batch_id=batch, member_id=UUID(member) if member else None)


def use(till: ApiTill, reference: str, code: str, member: str) -> dict[str, Any]:
    sold: dict[str, Any] = till.sell(reference, *CART, member_id=member, coupon_codes=[code])
    return sold


def undo(till: ApiTill, way: str) -> None:
    if way in {"void", "part then void"}:
        if way == "part then void":
            give_back(till, "R-1", ("1", 1))
        till.post("/sales/R-1/void", {})
    elif way == "one return":
        give_back(till, "R-1", ("1", 2), ("2", 1))
    else:
        give_back(till, "R-1", ("2", 1))
        give_back(till, "R-1", ("1", 1))
        give_back(till, "R-1", ("1", 1))


WAYS = ["void", "part then void", "one return", "part returns"]


@pytest.mark.parametrize("way", WAYS)
def test_it_can_be_used_again_whichever_way_everything_came_back(till: ApiTill, shop: ApiShop, way: str) -> None:
    member = str(till.enrol("0812 3456 7890")["id"])
    code = coupon_of(shop, member)
    first = use(till, "R-1", code, member)
    undo(till, way)
    assert use(till, "R-2", code, member)["total_amount"] == first["total_amount"] == 108_000
    cart = {"reference": "R-3", "lines": CART, "member_id": member, "coupon_codes": [code]}
    till.refused("POST", "/sales", cart, status=409, code="coupon_not_usable")
    assert_books_are_right(shop)
    shop.assert_verified()


@pytest.mark.parametrize("way", WAYS)
def test_it_stays_used_where_the_merchant_chose_so(till: ApiTill, shop: ApiShop, way: str) -> None:
    member = str(till.enrol("0812 3456 7890")["id"])
    code = coupon_of(shop, member, coupon_on_return="stays_used")
    use(till, "R-1", code, member)
    undo(till, way)
    cart = {"reference": "R-2", "lines": CART, "member_id": member, "coupon_codes": [code]}
    till.refused("POST", "/sales", cart, status=409, code="coupon_not_usable")
    assert_books_are_right(shop)
    shop.assert_verified()


def test_as_long_as_anything_stays_it_is_used(till: ApiTill, shop: ApiShop) -> None:
    member = str(till.enrol("0812 3456 7890")["id"])
    code = coupon_of(shop, member)
    use(till, "R-1", code, member)
    give_back(till, "R-1", ("1", 2))
    cart = {"reference": "R-2", "lines": CART, "member_id": member, "coupon_codes": [code]}
    till.refused("POST", "/sales", cart, status=409, code="coupon_not_usable")
    give_back(till, "R-1", ("2", 1))
    use(till, "R-3", code, member)


@pytest.mark.parametrize("rows", [[4], [3, 1], [1, 1, 1, 1]])
def test_one_of_four_under_buy_3_get_1_costs_the_same_on_any_rows(
    till: ApiTill, shop: ApiShop, rows: list[int]
) -> None:
    """B18, through the till: Rp 22.500 back for each, whichever row it is on."""
    promote(shop, kind="buy_get", buy={"qty": 3}, get={"qty": 1})
    lines = [line(str(n), quantity=size, unit_amount=30_000, sku="KOPI") for n, size in enumerate(rows, start=1)]
    till.sell("R-1", *lines)
    back = [
        give_back(till, "R-1", (str(n), 1))["refund"]["amount"]
        for n, size in reversed(list(enumerate(rows, start=1)))
        for _ in range(size)
    ]
    assert back == [22_500] * 4
    assert_books_are_right(shop)


def test_priced_again_through_the_till(till: ApiTill, shop: ApiShop) -> None:
    promote(shop, kind="amount_off", value=5_000, when={"min_subtotal": 100_000}, on_return="reprice")
    till.sell("R-1", line("1", unit_amount=50_000), line("2", unit_amount=50_000))
    assert [give_back(till, "R-1", (n, 1))["refund"]["amount"] for n in "12"] == [45_000, 50_000]
    assert_books_are_right(shop)
