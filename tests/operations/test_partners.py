"""Partners pay a share of promotions and rewards, and returns take it back exactly."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.errors import BadInput
from common.ids import new_id
from members.facts import MemberFacts
from rewards.catalogue.operations import reverse_redemption
from rewards.promotions.facts import Funding, PartnerLine
from rewards.promotions.models import PartnerFunding
from rewards.promotions.operations import add_partner, create_promotion, fund_promotion, publish_version
from rewards.promotions.queries import partner_report
from sales.operations import refund_sale, void_sale
from tests.operations.test_rewards import STAFF, TODAY, broken, member, redeem, reward, shop
from tests.sales_shop import NOW, SellingShop, line, refund_of

__all__ = ["member", "shop"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier(shop: SellingShop) -> UUID:
    return add_partner(merchant=shop.merchant, name="PT Kopi Nusantara", note="", at=NOW, actor=STAFF)


def funded(shop: SellingShop, supplier: UUID, percent: str = "33.33", **fields: Any) -> UUID:
    definition = {
        "title": "Diskon kopi",
        "kind": "percent_off",
        "value": 10,
        "funding": {"partner_id": str(supplier), "percent": percent},
        **fields,
    }
    return create_promotion(merchant=shop.merchant, definition=definition, starts_at=NOW, at=NOW)


def report(shop: SellingShop, first: date = TODAY, last: date = TODAY) -> list[PartnerLine]:
    return partner_report(merchant=shop.merchant, first=first, last=last)


def test_funding_never_changes_a_price(shop: SellingShop, supplier: UUID) -> None:
    plain = open_selling_price(shop, funding=None)
    shared = open_selling_price(shop, funding={"partner_id": str(supplier), "percent": 50})
    assert plain == shared


def open_selling_price(shop: SellingShop, *, funding: dict[str, Any] | None) -> Any:
    """Return the discounts by line under a promotion that is published for this one sale."""
    definition = {"title": "Diskon", "kind": "percent_off", "value": 15, "when": {"min_qty": 1}}
    promotion = create_promotion(
        merchant=shop.merchant,
        definition={**definition, **({"funding": funding} if funding else {})},
        starts_at=NOW,
        at=NOW,
    )
    sold = shop.sell()
    publish_version(
        merchant=shop.merchant,
        promotion_id=promotion,
        definition={**definition, "when": {"min_qty": 10**6}},
        starts_at=NOW,
        at=NOW,
        actor=STAFF,
    )
    assert sold.outcome.discount_amount > 0
    return [(x.line_id, x.discount_amount) for x in sold.lines]


def test_the_share_is_that_of_the_version_at_the_sale_and_returns_take_it_back_exactly(
    shop: SellingShop, supplier: UUID
) -> None:
    promotion = funded(shop, supplier)
    first = shop.sell(line(1, 9_999, 3), line(2, 12_345))
    fund_promotion(
        merchant=shop.merchant, promotion_id=promotion, partner_id=supplier, percent="50", at=NOW, actor=STAFF
    )
    second = shop.sell(line(1, 9_999, 3), line(2, 12_345))
    given = {s.version_number: s for s in PartnerFunding.objects.filter(merchant_id=shop.merchant.id)}
    base = first.outcome.discount_amount
    assert base == second.outcome.discount_amount
    assert {n: (s.base_amount, s.share_amount) for n, s in given.items()} == {
        1: (base, (base * 3_333 * 2 + 10_000) // 20_000),
        2: (base, (base + 1) // 2),
    }
    for number in range(3):
        refund_sale(
            merchant=shop.merchant,
            till=shop.till,
            reference=str(first.id),
            draft=refund_of(("1", 1)),
            received_at=NOW + timedelta(days=number),
        )
    void_sale(merchant=shop.merchant, till=shop.till, reference=str(first.id), reason="", received_at=NOW)
    rows = PartnerFunding.objects.filter(merchant_id=shop.merchant.id, source_id=first.id)
    assert sum(r.base_amount for r in rows) == sum(r.share_amount for r in rows) == 0
    assert rows.count() == 5
    (line_,) = report(shop, TODAY, TODAY + timedelta(days=9))
    assert (line_.uses, line_.base_amount, line_.returned_base_amount) == (2, 2 * base, base)
    assert line_.owed_amount == (base + 1) // 2
    assert broken(shop) == []


def test_a_sale_without_funding_writes_no_share_and_asks_for_none(shop: SellingShop) -> None:
    create_promotion(
        merchant=shop.merchant,
        definition={"title": "Diskon", "kind": "percent_off", "value": 10},
        starts_at=NOW,
        at=NOW,
    )
    shop.sell()
    assert not PartnerFunding.objects.filter(merchant_id=shop.merchant.id).exists()


def test_a_reward_s_share_goes_with_it_and_comes_back(shop: SellingShop, member: MemberFacts, supplier: UUID) -> None:
    half = reward(shop, unit_cost_amount=9_999, funding=Funding(partner_id=supplier, basis_points=5_000))
    fixed = reward(shop, "Mug", funding=Funding(partner_id=supplier, unit_amount=7_000))
    redeem(shop, member, half, quantity=3)
    back = redeem(shop, member, fixed, quantity=2)
    held = redeem(shop, member, fixed, hold=True)
    assert {x.title: x.owed_amount for x in report(shop)} == {"Tas": 14_999, "Mug": 14_000}
    reverse_redemption(merchant=shop.merchant, redemption_id=back.id, at=NOW, business_date=TODAY)
    reverse_redemption(merchant=shop.merchant, redemption_id=held.id, at=NOW, business_date=TODAY)
    assert {x.title: (x.share_amount, x.owed_amount) for x in report(shop)} == {
        "Tas": (14_999, 14_999),
        "Mug": (14_000, 0),
    }
    assert broken(shop) == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"percent": 0}, "/funding/percent"),
        ({"percent": "12.345"}, "/funding/percent"),
        ({"percent": 101}, "/funding/percent"),
        ({"partner_id": "x"}, "/funding/partner_id"),
        ({"partner_id": str(new_id())}, "/funding/partner_id"),
        ({"colour": "red"}, "/funding/colour"),
    ],
)
def test_bad_funding_is_named(shop: SellingShop, supplier: UUID, fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(BadInput) as bad:
        funded(shop, supplier, funding={"partner_id": str(supplier), "percent": 50, **fields})
    assert pointer in {e.pointer for e in bad.value.errors}


def test_points_are_not_funded(shop: SellingShop, supplier: UUID) -> None:
    promotion = create_promotion(
        merchant=shop.merchant, definition={"title": "Bonus", "kind": "earn_bonus", "points": 5}, starts_at=NOW, at=NOW
    )
    definition = {
        "title": "Bonus",
        "kind": "earn_bonus",
        "points": 5,
        "funding": {"partner_id": str(supplier), "percent": 50},
    }
    with pytest.raises(BadInput):
        publish_version(
            merchant=shop.merchant, promotion_id=promotion, definition=definition, starts_at=NOW, at=NOW, actor=STAFF
        )
