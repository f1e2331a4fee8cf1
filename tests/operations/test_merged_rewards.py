"""Limits, coupons, stamps, referrals and mails of two records that are joined: nothing twice, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from common.errors import Refusal
from common.ids import new_id
from members.facts import MemberFacts
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from people.operations import merge_members, undo_merge
from rewards.coupons.models import Coupon, StampCard
from rewards.coupons.operations import create_coupon_batch, issue_coupons
from rewards.promotions.models import PointsTally, PromotionUse
from rewards.promotions.operations import create_promotion
from rewards.referrals.models import Referral
from sales.facts import SaleFacts
from sales.operations import record_sale, refund_sale
from tests.operations.test_merges import prove_all
from tests.referral_shop import open_referring_shop
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of, sale

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened
        prove_all(opened.merchant)


def offer(shop: SellingShop, **fields: Any) -> UUID:
    definition = {"title": "Promo", "kind": "amount_off", "value": 5_000, **fields}
    wording = {name: value for name, value in definition.items() if value is not None}
    return create_promotion(merchant=shop.merchant, definition=wording, starts_at=NOW, at=NOW)


def sell(shop: SellingShop, member: MemberFacts, **fields: Any) -> SaleFacts:
    return shop.sell(line(1, 25_000, fields.pop("quantity", 1)), member=member, **fields)


def merge(shop: SellingShop, survivor: MemberFacts, merged: MemberFacts) -> UUID:
    merge_id = merge_members(
        merchant=shop.merchant, survivor_id=survivor.id, merged_id=merged.id, actor=SYSTEM, at=LATER
    )
    prove_all(shop.merchant)
    return merge_id


def undo(shop: SellingShop, merge_id: UUID) -> None:
    undo_merge(merchant=shop.merchant, merge_id=merge_id, actor=SYSTEM, at=LATER + AN_HOUR)
    prove_all(shop.merchant)


@pytest.mark.parametrize("period", ["per_member_limit", "per_member_day_limit"])
def test_a_limit_per_member_holds_over_both_records(shop: SellingShop, period: str) -> None:
    offer(shop, usage={period: 2})
    sari, again = shop.join(), shop.join()
    for each in (sari, sari, again):
        assert sell(shop, each).outcome.discount_amount == 5_000
    merge_id = merge(shop, sari, again)
    assert PromotionUse.objects.filter(merchant_id=shop.merchant.id, member_id=sari.id).count() == 3
    assert sell(shop, again).outcome.discount_amount == 0, "the two records together have had theirs"
    undo(shop, merge_id)
    assert sell(shop, again).outcome.discount_amount == 5_000
    assert sell(shop, sari).outcome.discount_amount == 0


def test_points_under_a_cap_are_counted_together(shop: SellingShop) -> None:
    offer(shop, kind="earn_bonus", value=None, points=8, points_cap={"per_member_day": 10})
    sari, again = shop.join(), shop.join()
    for each in (sari, again):
        sell(shop, each, quantity=2)
    tallies = PointsTally.objects.filter(merchant_id=shop.merchant.id, promotion_id__isnull=False)
    both = sum(tallies.values_list("used_points", flat=True))
    assert both > 0
    merge_id = merge(shop, sari, again)
    assert [t.used_points for t in tallies.filter(member_id=sari.id)] == [both]
    undo(shop, merge_id)
    assert sum(tallies.filter(member_id=again.id).values_list("used_points", flat=True)) > 0


def test_stamps_are_added_up_and_a_return_takes_them_from_the_survivor(shop: SellingShop) -> None:
    offer(shop, kind="stamp", value=None, per_unit=1, card={"code": "k", "threshold": 20})
    sari, again = shop.join(), shop.join()
    sell(shop, sari, quantity=3)
    bought = sell(shop, again, quantity=4)
    merge_id = merge(shop, sari, again)
    cards = StampCard.objects.filter(merchant_id=shop.merchant.id)
    assert {card.member_id: card.progress for card in cards.all()} == {sari.id: 7, again.id: 0}
    undo(shop, merge_id)
    assert {card.member_id: card.progress for card in cards.all()} == {sari.id: 3, again.id: 4}
    merge(shop, sari, again)
    refund_sale(
        merchant=shop.merchant,
        till=shop.till,
        reference=str(bought.id),
        draft=refund_of(("1", 4)),
        received_at=LATER,
    )
    assert {card.member_id: card.progress for card in cards.all()} == {sari.id: 3, again.id: 0}


def test_stamps_of_one_record_only_pass_with_their_card(shop: SellingShop) -> None:
    offer(shop, kind="stamp", value=None, per_unit=1, card={"code": "k", "threshold": 20})
    sari, again = shop.join(), shop.join()
    sell(shop, again, quantity=4)
    merge_id = merge(shop, sari, again)
    (card,) = StampCard.objects.filter(merchant_id=shop.merchant.id)
    assert (card.member_id, card.progress) == (sari.id, 4)
    record_sale(
        merchant=shop.merchant,
        till=shop.till,
        draft=sale(line(1, 25_000), member=sari),
        received_at=LATER + AN_HOUR / 2,
    )
    with pytest.raises(Refusal, match="merged_stamps_used"):
        undo(shop, merge_id)


def test_both_keep_a_coupon_of_one_source(shop: SellingShop) -> None:
    sari, again = shop.join(), shop.join()
    source_id = new_id()
    batch_id = create_coupon_batch(
        merchant=shop.merchant, title="Kupon", definition={"title": "K", "kind": "amount_off", "value": 9_000}, at=NOW
    )
    issue_coupons(
        merchant=shop.merchant,
        batch_id=batch_id,
        member_ids=[sari.id, again.id],
        source_id=source_id,
        at=NOW,
        valid_from=shop.merchant.day_of(NOW),
    )
    merge_id = merge(shop, sari, again)
    coupons = Coupon.objects.filter(merchant_id=shop.merchant.id, batch_id=batch_id)
    assert set(coupons.values_list("member_id", flat=True)) == {sari.id}
    assert len(set(coupons.values_list("occasion_key", flat=True))) == 2
    undo(shop, merge_id)
    assert sorted(coupons.values_list("member_id", "occasion_key")) == sorted([(sari.id, ""), (again.id, "")])


def test_a_friend_brought_by_the_merged_record_was_brought_by_the_survivor() -> None:
    referring = open_referring_shop()
    merchant = referring.shop.merchant
    with merchant_scope(merchant.id):
        brought, survivor = referring.bring(), referring.shop.join()
        merge_id = merge(referring.shop, survivor, brought.referrer)
        row = Referral.objects.get(merchant_id=merchant.id, friend_id=brought.friend.id)
        assert row.referrer_id == survivor.id
        undo(referring.shop, merge_id)
        row = Referral.objects.get(merchant_id=merchant.id, friend_id=brought.friend.id)
        assert row.referrer_id == brought.referrer.id
