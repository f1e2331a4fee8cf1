"""Two promotions that bring coupons of one batch: a return takes as many as its goods had brought, not all of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import ApiShop
from tests.api.test_limits import promote
from tests.api.test_wallet import give_back
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
CART = [line("1", unit_amount=60_000), line("2", unit_amount=30_000), line("3", unit_amount=40_000)]


@pytest.fixture
def member(shop: ApiShop, till: ApiTill) -> str:
    """Has bought for 130.000 on R-1: two promotions of one batch and one of another brought three coupons."""
    shared, other = (str(shop.coupon_batch(percent=percent)) for percent in (10, 20))
    for least, batch in ((50_000, shared), (100_000, shared), (120_000, other)):
        promote(
            shop,
            title=f"Mulai {least}",
            kind="issue_coupon",
            value=None,
            when={"min_subtotal": least},
            coupon={"batch_id": batch},
        )
    found = till.enrol("0812 7300 0001")
    till.sell("R-1", *CART, member_id=found["id"])
    return str(found["id"])


def coupons(till: ApiTill, member: str, status: str = "issued") -> list[dict[str, Any]]:
    return [one for one in till.get(f"/members/{member}/coupons")["results"] if one["status"] == status]


def warnings(till: ApiTill) -> list[str]:
    return [warning["code"] for warning in till.get("/sales/R-1")["warnings"]]


def test_the_coupon_that_the_rest_still_brings_stays(shop: ApiShop, till: ApiTill, member: str) -> None:
    assert sorted(one["title"] for one in coupons(till, member)) == ["Potongan 10%", "Potongan 10%", "Potongan 20%"]
    give_back(till, "R-1", ("3", 1))
    assert len(coupons(till, member)) == 1
    assert len(coupons(till, member, "cancelled")) == 2
    give_back(till, "R-1", ("2", 1))
    assert len(coupons(till, member)) == 1
    give_back(till, "R-1", ("1", 1))
    assert coupons(till, member) == []
    shop.assert_verified()


@pytest.mark.parametrize("place", [0, 1])
def test_the_unused_one_is_taken_and_the_used_one_only_when_nothing_stays(
    shop: ApiShop, till: ApiTill, member: str, place: int
) -> None:
    of_ten = [one["code"] for one in coupons(till, member) if one["title"] == "Potongan 10%"]
    till.sell("R-2", line("1", unit_amount=10_000), member_id=member, coupon_codes=[of_ten[place]])
    give_back(till, "R-1", ("2", 1), ("3", 1))
    assert coupons(till, member) == []
    assert len(coupons(till, member, "cancelled")) == 2
    assert "clawback_failed" not in warnings(till)
    till.post("/sales/R-1/void", {})
    assert warnings(till).count("clawback_failed") == 1
    shop.assert_verified()


def test_all_at_once_or_voided_takes_all(shop: ApiShop, till: ApiTill, member: str) -> None:
    till.post("/sales/R-1/void", {})
    assert coupons(till, member) == []
    assert len(coupons(till, member, "cancelled")) == 3
    shop.assert_verified()
