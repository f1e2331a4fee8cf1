"""Goods that take no part are left out by coupons as by promotions: quoted, sold and returned (Addition 9)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from merchants.facts import SYSTEM, ExcludedGoods, GoodsNames
from merchants.operations import change_excluded_goods
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.test_wallet import assert_books_are_right, give_back
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
ROKOK = line("1", sku="SURYA", category="Rokok ", unit_amount=35_000)
KOPI = line("2", sku="KOPI", category="Minuman", unit_amount=20_000)


@pytest.fixture
def till(shop: ApiShop) -> ApiTill:
    goods = ExcludedGoods(never_discounted=GoodsNames((), ("rokok",)), never_earns=GoodsNames((), ("ROKOK",)))
    with merchant_scope(shop.merchant.id):
        change_excluded_goods(
            merchant=shop.merchant, goods=goods, seen=ExcludedGoods(), at=timezone.now(), actor=SYSTEM
        )
    return shop.till()


def test_a_coupon_takes_nothing_off_them(till: ApiTill, shop: ApiShop) -> None:
    code = shop.coupon(percent=10)
    cart: dict[str, Any] = {"lines": [ROKOK, KOPI], "coupon_codes": [code]}
    quoted = till.post("/quotes", cart)
    sold = till.sell("R-1", ROKOK, KOPI, coupon_codes=[code])
    for answer in (quoted, sold):
        assert [part["discount_amount"] for part in answer["lines"]] == [0, 2_000]
    assert give_back(till, "R-1", ("1", 1))["refund"]["amount"] == 35_000
    assert give_back(till, "R-1", ("2", 1))["refund"]["amount"] == 18_000
    assert_books_are_right(shop)


def test_a_cart_of_nothing_else_does_not_use_the_coupon_up(till: ApiTill, shop: ApiShop) -> None:
    code = shop.coupon(percent=10)
    cart = {"reference": "R-1", "lines": [ROKOK], "coupon_codes": [code]}
    till.refused("POST", "/sales", cart, status=409, code="coupon_not_usable")
    assert till.sell("R-2", KOPI, coupon_codes=[code])["discount_amount"] == 2_000
