"""What a late sale gives once it is approved: all that the rules of the moment gave at which it came in, and once.

Days pass before a person decides, and the rules change meanwhile. A twin that was sold at that moment is the measure.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.promotions.operations import end_promotion, publish_version
from sales.operations import LateSaleDecided, approve_late_sale
from tests.api.conftest import ApiShop
from tests.api.test_awaited_sales import without_person
from tests.api.test_late_sales import NOW, OWNER, _travel_to_now, assert_whole, sell_late, shop  # noqa: F401
from tests.api.test_limits import promote
from tests.api.test_stamps import CARD
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
DECIDED_AT = NOW + timedelta(days=5)
LINES = [line(quantity=4, unit_amount=77_500), line("2", unit_amount=33_333)]
GIVEN = (
    "points_earned",
    "cashback_earned_amount",
    "points_balance",
    "discount_amount",
    "payable_amount",
    "tier_change",
)


@pytest.fixture
def members(till: ApiTill) -> tuple[Any, Any]:
    """Return the member of the late sale, and the one of its twin."""
    with time_machine.travel(NOW - timedelta(days=30), tick=False):
        return till.enrol("0812 3456 7890"), till.enrol("0812 3456 7891")


def approve(shop: ApiShop, sale: Any, *, at: Any = DECIDED_AT) -> None:  # noqa: F811
    with time_machine.travel(at, tick=False), merchant_scope(shop.merchant.id):
        approve_late_sale(merchant=shop.merchant, sale_id=UUID(sale["id"]), reason="checked", at=at, actor=OWNER)


def end(shop: ApiShop, promotion: str, *, at: Any = NOW + timedelta(days=1)) -> None:  # noqa: F811
    with time_machine.travel(at, tick=False), merchant_scope(shop.merchant.id):
        end_promotion(merchant=shop.merchant, promotion_id=UUID(promotion), starts_at=at, at=at, actor=SYSTEM)


def change(shop: ApiShop, promotion: str, **definition: Any) -> None:  # noqa: F811
    at = NOW + timedelta(days=1)
    with time_machine.travel(at, tick=False), merchant_scope(shop.merchant.id):
        publish_version(
            merchant=shop.merchant,
            promotion_id=UUID(promotion),
            definition=definition,
            starts_at=at,
            at=at,
            actor=SYSTEM,
        )


def standing(till: ApiTill, member: Any, reference: str) -> tuple[Any, Any]:
    """Return what the member has, and what the sale gave, without what is a person's own.

    Days that are counted from the day of purchase are not the twin's.
    """
    with time_machine.travel(DECIDED_AT, tick=False):
        shown = till.get(f"/members/{member['id']}")["member"]
        sale = till.get(f"/sales/{reference}")
    coupons = [(coupon["title"], coupon["status"]) for coupon in sale["coupons_issued"]]
    for lot in (*shown["points"]["expiring"], *shown["wallet"]["expiring"]):
        lot.pop("expires_on")
    shown["tier"]["next"].pop("by")
    for coupon in shown["coupons"]:
        coupon.pop("valid_from", None)
        coupon.pop("valid_until", None)
    return without_person(shown), {**{name: sale[name] for name in GIVEN}, "coupons": coupons}


KINDS: dict[str, dict[str, Any]] = {
    "cashback": {"kind": "cashback", "value": None, "percent": "5"},
    "cashback in points, later": {
        "kind": "cashback",
        "value": None,
        "percent": "5",
        "after_days": 2,
        "credit": "points",
    },
    "stamps": {"kind": "stamp", "value": None, "card": {**CARD, "threshold": 4}, "per_unit": 1},
    "a coupon": {
        "kind": "issue_coupon",
        "value": None,
        "coupon": {"kind": "percent_off", "value": 10, "title": "Lain kali"},
    },
    "bonus points": {"kind": "earn_bonus", "value": None, "points": 40},
    "bonus points with a cap": {
        "kind": "earn_bonus",
        "value": None,
        "points": 40,
        "points_cap": {"per_member_day": 25},
    },
    "a bonus for the first": {"kind": "earn_bonus", "value": None, "points": 40, "usage": {"limit": 2}},
}


@pytest.mark.parametrize("meanwhile", ["nothing", "the offer ends"])
@pytest.mark.parametrize("kind", KINDS)
def test_approved_it_gives_what_its_twin_got(
    till: ApiTill,
    shop: ApiShop,  # noqa: F811
    members: tuple[Any, Any],
    kind: str,
    meanwhile: str,
) -> None:
    promotion = promote(shop, title="Janji", **KINDS[kind])
    late, twin = members
    sold = sell_late(till, late, "L-1", lines=LINES)
    assert (sold["quarantined"], sold["points_earned"], sold["coupons_issued"]) == (True, 0, [])
    till.sell("T-1", *LINES, member_id=twin["id"])
    if meanwhile == "the offer ends":
        end(shop, promotion)
    approve(shop, sold)
    assert standing(till, late, "L-1") == standing(till, twin, "T-1")
    with pytest.raises(LateSaleDecided):
        approve(shop, sold)
    assert standing(till, late, "L-1") == standing(till, twin, "T-1")
    with time_machine.travel(DECIDED_AT, tick=False):
        assert_whole(shop)


def test_a_new_version_counts_for_neither(till: ApiTill, shop: ApiShop, members: tuple[Any, Any]) -> None:  # noqa: F811
    """The negative control: sold under the new version, the sale would give ten times as much."""
    definition = {"title": "Janji", "kind": "cashback", "percent": "5"}
    promotion = promote(shop, **definition, value=None)
    late, twin = members
    sold = sell_late(till, late, "L-1", lines=LINES)
    till.sell("T-1", *LINES, member_id=twin["id"])
    change(shop, promotion, **{**definition, "percent": "50"})
    approve(shop, sold)
    assert standing(till, late, "L-1") == standing(till, twin, "T-1")
    with time_machine.travel(DECIDED_AT, tick=False):
        new = till.sell("T-2", *LINES, member_id=twin["id"])
    assert new["cashback_earned_amount"] > 9 * till.get("/sales/L-1")["cashback_earned_amount"] > 0


def test_what_others_took_meanwhile_is_not_given_again(
    till: ApiTill,
    shop: ApiShop,  # noqa: F811
    members: tuple[Any, Any],
) -> None:
    """A limit in all knows no days: the sale takes of it when it earns, and gets what is left then."""
    promote(shop, title="Dua pertama", kind="earn_bonus", value=None, points=40, usage={"limit": 2})
    late, other = members
    first, second = (sell_late(till, late, f"L-{n}", days=8 + n) for n in range(2))
    assert till.sell("T-1", line(), member_id=other["id"])["points_earned"] == 2 + 40
    approve(shop, first)
    approve(shop, second)
    assert [till.get(f"/sales/L-{n}")["points_earned"] for n in range(2)] == [10 + 40, 10]
    assert till.sell("T-2", line(), member_id=other["id"])["points_earned"] == 2
    with time_machine.travel(DECIDED_AT, tick=False):
        assert_whole(shop)


def test_refused_it_leaves_the_limit_to_others(till: ApiTill, shop: ApiShop, members: tuple[Any, Any]) -> None:  # noqa: F811
    promote(shop, title="Yang pertama", kind="earn_bonus", value=None, points=40, usage={"limit": 1})
    late, other = members
    sell_late(till, late, "L-1")
    assert till.sell("T-1", line(), member_id=other["id"])["points_earned"] == 2 + 40
    assert_whole(shop)


def test_an_approved_sale_is_taken_back_whole(till: ApiTill, shop: ApiShop, members: tuple[Any, Any]) -> None:  # noqa: F811
    for title, kind in KINDS.items():
        promote(shop, title=title, **kind)
    late, twin = members
    sold = sell_late(till, late, "L-1", lines=LINES)
    till.sell("T-1", *LINES, member_id=twin["id"])
    approve(shop, sold)
    with time_machine.travel(DECIDED_AT, tick=False):
        for reference in ("L-1", "T-1"):
            back = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 3}]}
            till.post(f"/sales/{reference}/refunds", back, status=201)
    assert standing(till, late, "L-1") == standing(till, twin, "T-1")
    with time_machine.travel(DECIDED_AT, tick=False):
        for reference in ("L-1", "T-1"):
            till.post(f"/sales/{reference}/void", {})
        assert_whole(shop)
    assert standing(till, late, "L-1") == standing(till, twin, "T-1")
    assert till.balance(late["id"]) == 0
