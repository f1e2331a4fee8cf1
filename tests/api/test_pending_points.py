"""`pending_days`: earned points are shown at once and can be spent only after the shop's days of waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import open_shop
from tests.api.test_stamps import promote
from tests.api.test_wallet import assert_books_are_right, at, figures
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)


def points(till: ApiTill, member: str) -> tuple[int, int]:
    """Return (available, pending)."""
    found = till.get(f"/members/{member}")["member"]["points"]
    return found["available"], found["pending"]


def redeem(till: ApiTill, member: str, reference: str) -> Any:
    body = {"reference": reference, "lines": [line(unit_amount=50_000)], "member_id": member, "redeem_points": 10}
    return till.send("POST", "/sales", body)


@pytest.mark.parametrize("days", [0, 1, 3])
def test_points_wait_their_days_and_not_one_more(days: int) -> None:
    with at(NOON):
        shop = open_shop("Toko Kopi Ratna", settings={"pending_days": days})
        till = shop.till()
        member = str(till.enrol("0812 3456 7890")["id"])
        till.sell("R-1", line(unit_amount=100_000), member_id=member)
        assert points(till, member) == ((10, 0) if days == 0 else (0, 10))
    for day in range(1, days):
        with at(NOON + timedelta(days=day)):
            assert points(till, member) == (0, 10)
            assert redeem(till, member, f"E-{day}").json()["code"] == "insufficient_points"
    with at(NOON + timedelta(days=days)):
        assert points(till, member) == (10, 0)
        assert redeem(till, member, "R-2").status_code == 201
    assert_books_are_right(shop)


@pytest.mark.parametrize(("after_days", "waits"), [(1, 3), (5, 5)])
def test_a_rule_may_let_them_wait_longer_but_never_shorter(after_days: int, waits: int) -> None:
    with at(NOON):
        shop = open_shop("Toko Kopi Ratna", settings={"pending_days": 3})
        till = shop.till()
        promote(shop, kind="cashback", percent=10, credit="points", after_days=after_days)
        member = str(till.enrol("0812 3456 7890")["id"])
        till.sell("R-1", line(unit_amount=100_000), member_id=member)
        total = sum(points(till, member))
    with at(NOON + timedelta(days=waits - 1)):
        assert points(till, member)[1] > 0
    with at(NOON + timedelta(days=waits)):
        assert points(till, member) == (total, 0)


def test_wallet_money_does_not_wait_for_points() -> None:
    with at(NOON):
        shop = open_shop("Toko Kopi Ratna", settings={"pending_days": 3})
        till = shop.till()
        promote(shop, kind="cashback", percent=10, credit="wallet")
        member = str(till.enrol("0812 3456 7890")["id"])
        till.sell("R-1", line(unit_amount=100_000), member_id=member)
        assert figures(till, member) == (10_000, 0)


def test_a_claimed_sale_waits_from_its_own_day() -> None:
    with at(NOON):
        shop = open_shop("Toko Kopi Ratna", settings={"pending_days": 3})
        till = shop.till()
        member = str(till.enrol("0812 3456 7890")["id"])
        till.sell("R-1", line(unit_amount=100_000))
    with at(NOON + timedelta(days=1)):
        till.post("/sales/R-1/claim", {"member_id": member})
        assert points(till, member) == (0, 10)
    with at(NOON + timedelta(days=3)):
        assert points(till, member) == (10, 0)
