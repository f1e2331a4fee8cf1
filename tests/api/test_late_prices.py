"""T38: a late sale has the offers, the tier and the limits of its own day for a week; then it waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
import time_machine

from merchants.facts import SYSTEM
from merchants.models import Approval
from merchants.tenancy import merchant_scope
from rewards.promotions.operations import publish_version
from tests.api.batches import item, send
from tests.api.conftest import ApiShop, open_shop
from tests.api.test_limits import decision, promote
from tests.api.test_till_clock import move, tiers_of
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
GOODS: Final = line(unit_amount=100_000)

Sell = Callable[[float], dict[str, Any]]


@pytest.fixture(autouse=True)
def _travel_to_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shop(db: None) -> ApiShop:
    with time_machine.travel(NOW - timedelta(days=60), tick=False):
        return open_shop("Toko Kopi Ratna")


@pytest.fixture
def siti(till: ApiTill, shop: ApiShop) -> str:
    """A member since 30 days, in the upper tier from 20 days ago until 2 days ago."""
    with time_machine.travel(NOW - timedelta(days=30), tick=False):
        member_id: str = till.enrol("0812 3456 7890")["id"]
    low, high = (tier.code for tier in tiers_of(shop)[:2])
    for code, days in ((high, 20), (low, 2)):
        move(shop, member_id, code, NOW - timedelta(days=days))
    return member_id


@pytest.fixture(params=["online", "in a batch"])
def sell(request: pytest.FixtureRequest, till: ApiTill, siti: str) -> Sell:
    """Sell goods of Rp 100.000 to her, so many days late, by one of the two doors."""
    numbers = iter(range(1, 100))

    def sell_late(days: float) -> dict[str, Any]:
        at, number = NOW - timedelta(days=days), next(numbers)
        body = {"reference": f"R-{number}", "lines": [GOODS], "member_id": siti}
        if request.param == "online":
            sold: dict[str, Any] = till.post("/sales", {**body, "occurred_at": at.isoformat()}, status=201)
            return sold
        [answer] = send(till, [item("sale", number, body, at=at)])["results"]
        assert answer["status"] == 201
        return {**answer["body"]}

    return sell_late


@pytest.fixture
def discount(shop: ApiShop) -> str:
    """Rp 10.000 off for the upper tier, once a day and member; Rp 3.000 for everyone, any number, since 3 days."""
    high = tiers_of(shop)[1].code
    old = {"title": "Hemat", "kind": "amount_off", "value": 10_000}
    old |= {"when": {"tiers_any": [high]}, "usage": {"per_member_day_limit": 1}}
    with time_machine.travel(NOW - timedelta(days=40), tick=False):
        promotion = promote(shop, **old)
    publish(shop, promotion, {"title": "Hemat", "kind": "amount_off", "value": 3_000})
    return promotion


@pytest.fixture
def bonus(shop: ApiShop) -> str:
    """50 points a sale, capped at 80 a day and member, until 3 days ago; 7 points since then."""
    with time_machine.travel(NOW - timedelta(days=40), tick=False):
        promotion = promote(
            shop, title="Bonus", kind="earn_bonus", value=None, points=50, points_cap={"per_member_day": 80}
        )
    publish(shop, promotion, {"title": "Bonus", "kind": "earn_bonus", "points": 7})
    return promotion


def publish(shop: ApiShop, promotion: str, definition: dict[str, Any]) -> None:
    at = NOW - timedelta(days=3)
    with time_machine.travel(at, tick=False), merchant_scope(shop.merchant.id):
        publish_version(
            merchant=shop.merchant,
            promotion_id=UUID(promotion),
            definition=definition,
            starts_at=at,
            at=at,
            actor=SYSTEM,
        )


def asked_points(shop: ApiShop) -> list[int]:
    with merchant_scope(shop.merchant.id):
        rows = Approval.objects.filter(merchant_id=shop.merchant.id, kind="late_sale").order_by("id")
        return [row.figures["points"] for row in rows]


def test_six_days_late_it_has_the_old_rule_the_old_tier_and_the_limit_of_its_day(
    shop: ApiShop, sell: Sell, discount: str
) -> None:
    """A batch was paid already: there the second one of a day is warned of, and the merchant's loss."""
    today, first, second, next_day = sell(0), sell(6), sell(6.1), sell(5)
    assert [sold["discount_amount"] for sold in (today, first, next_day)] == [3_000, 10_000, 10_000]
    beyond = [sold for sold in (today, first, second, next_day) if is_beyond_limit(sold, discount)]
    assert beyond == [second]
    assert [sold["quarantined"] for sold in (first, second, next_day)] == [False] * 3
    shop.assert_verified()


def is_beyond_limit(sold: dict[str, Any], promotion: str) -> bool:
    if any(warning["code"] == "promotion_limit_exceeded" for warning in sold["warnings"]):
        return bool(sold["discount_amount"])
    found = decision(sold, promotion)
    return (found["reason"], found["period"]) == ("per_member_limit_reached", "day") and not sold["discount_amount"]


def test_six_days_late_it_earns_by_the_old_rule_within_the_cap_of_its_day(
    shop: ApiShop, sell: Sell, bonus: str
) -> None:
    of_ten_thousands = 10
    earned = [sell(days)["points_earned"] - of_ten_thousands for days in (0, 6, 6.1, 6.2, 5, 1)]
    assert earned == [7, 50, 30, 0, 50, 7]
    shop.assert_verified()


def test_eight_days_late_it_has_what_today_gives_and_earns_it_once_somebody_approves(
    shop: ApiShop, sell: Sell, discount: str, bonus: str
) -> None:
    late = sell(8)
    assert (late["discount_amount"], late["quarantined"], late["points_earned"]) == (3_000, True, 0)
    assert asked_points(shop) == [9 + 7]
    assert datetime.fromisoformat(late["occurred_at"]) == NOW - timedelta(days=8)
    shop.assert_verified()


@pytest.mark.parametrize(("days", "quarantined", "discount_amount"), [(6.99, False, 10_000), (7.01, True, 3_000)])
def test_a_week_is_where_it_ends(
    sell: Sell, discount: str, days: float, quarantined: bool, discount_amount: int
) -> None:
    sold = sell(days)
    assert (sold["quarantined"], sold["discount_amount"]) == (quarantined, discount_amount)
