"""An automation writes to a member once per occasion, each with a mail and a coupon of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.facts import TriggerName
from campaigns.models import Campaign, Delivery
from campaigns.operations import save_automation, turn_on_automation
from campaigns.operations.deliveries import add_deliveries
from merchants.tenancy import merchant_scope
from messaging.models import Message
from rewards.coupons.models import Coupon
from rewards.coupons.operations import issue_coupons
from rewards.coupons.queries import coupons_of_source
from tests.campaign_shop import OWNER, CampaignShop, lapsed_shop
from tests.operations.test_campaign_welcome import DRAFT
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def shop() -> CampaignShop:
    return lapsed_shop(3)


def turn_on(shop: CampaignShop) -> UUID:
    draft = shop.with_coupon(DRAFT)
    with merchant_scope(shop.merchant.id):
        save_automation(
            merchant=shop.merchant,
            trigger=TriggerName.JOINED,
            draft=draft,
            at=shop.clock.now,
            actor=OWNER,
        )
        return turn_on_automation(
            merchant=shop.merchant, trigger=TriggerName.JOINED, at=shop.clock.now, actor=OWNER
        ).campaign.id


def add(shop: CampaignShop, campaign_id: UUID, occasion_key: str, members: list[UUID] | None = None) -> int:
    with merchant_scope(shop.merchant.id):
        row = Campaign.objects.get(merchant_id=shop.merchant.id, id=campaign_id)
        return add_deliveries(
            merchant=shop.merchant,
            row=row,
            member_ids=sorted(shop.members) if members is None else members,
            occasion_key=occasion_key,
            due_at=shop.clock.now,
            now=shop.clock.now,
        )


def test_the_next_year_brings_a_second_mail_and_the_same_year_none(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    with smtp_sink() as sink:
        assert [add(shop, campaign_id, "2026"), add(shop, campaign_id, "2026")] == [3, 0]
        assert shop.send(campaign_id, sink) == 3
        shop.clock.forward(days=365)
        assert [add(shop, campaign_id, "2026"), add(shop, campaign_id, "2027")] == [0, 3]
        assert shop.send(campaign_id, sink) == 3
    assert sorted(sink.recipients) == sorted(2 * list(shop.members.values()))
    assert set(sink.ids.values()) == {1}, "each mail has a Message-ID of its own"
    with merchant_scope(shop.merchant.id):
        coupons = Coupon.objects.filter(merchant_id=shop.merchant.id, source_id=campaign_id)
        assert sorted(coupons.values_list("member_id", "occasion_key")) == sorted(
            (member, year) for member in shop.members for year in ("2026", "2027")
        )
    shop.check()


def test_each_mail_shows_the_coupon_of_its_occasion(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    [member, *_] = sorted(shop.members)
    with smtp_sink() as sink:
        for occasion in ("2026", "2027"):
            add(shop, campaign_id, occasion, [member])
            shop.send(campaign_id, sink)
            shop.clock.forward(days=1)
    with merchant_scope(shop.merchant.id):
        codes = coupons_of_source(merchant=shop.merchant, source_id=campaign_id, member_ids=[member])
        sent = Message.objects.filter(merchant_id=shop.merchant.id, dispatch_id=campaign_id).order_by("occasion_key")
        assert [row.state for row in sent] == ["accepted", "accepted"]
    texts = [str(mail) for _, mail in sink.messages]
    for text, occasion in zip(texts, ("2026", "2027"), strict=True):
        mine, other = codes[member, occasion].code, codes[member, "2027" if occasion == "2026" else "2026"].code
        assert mine in text
        assert other not in text


def test_two_members_of_one_inbox_get_one_mail_per_occasion(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    [first, second, _] = sorted(shop.members)
    with merchant_scope(shop.merchant.id):
        placed = Delivery.objects.filter(merchant_id=shop.merchant.id, campaign_id=campaign_id)
    assert add(shop, campaign_id, "2026", [first]) == 1
    with merchant_scope(shop.merchant.id):
        shared = placed.get(member_id=first).address_hash
        copy = Delivery.objects.get(merchant_id=shop.merchant.id, campaign_id=campaign_id, member_id=first)
        for occasion, expected in (("2026", 0), ("2027", 1)):
            before = placed.count()
            fresh = Delivery(
                merchant_id=shop.merchant.id,
                campaign_id=campaign_id,
                member_id=second,
                occasion_key=occasion,
                address_hash=shared,
                place="treated",
                measured_from=copy.measured_from,
                created_at=copy.created_at,
            )
            Delivery.objects.bulk_create([fresh], ignore_conflicts=True)
            assert placed.count() - before == expected


def test_a_source_gives_a_coupon_once_per_occasion(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    [member, *_] = sorted(shop.members)
    with merchant_scope(shop.merchant.id):
        batch = Campaign.objects.get(merchant_id=shop.merchant.id, id=campaign_id).batch_id
        assert batch is not None
        given = [
            issue_coupons(
                merchant=shop.merchant,
                batch_id=batch,
                member_ids=[member],
                source_id=campaign_id,
                occasion_key=occasion,
                at=shop.clock.now,
                valid_from=shop.clock.now.date(),
            )[member]
            for occasion in ("2026", "2026", "2027")
        ]
    assert given[0] == given[1]
    assert given[2] != given[1]


def test_the_report_still_counts_treated_and_control_of_every_occasion(shop: CampaignShop) -> None:
    half = shop.with_coupon(replace(DRAFT, control_percent=50))
    with merchant_scope(shop.merchant.id):
        save_automation(
            merchant=shop.merchant,
            trigger=TriggerName.JOINED,
            draft=half,
            at=shop.clock.now,
            actor=OWNER,
        )
        campaign_id = turn_on_automation(
            merchant=shop.merchant, trigger=TriggerName.JOINED, at=shop.clock.now, actor=OWNER
        ).campaign.id
    members = shop.add_members(20)
    add(shop, campaign_id, "2026", members)
    first = {state: shop.members_in(campaign_id, state) for state in ("queued", "control")}
    shop.clock.now += timedelta(days=365)
    add(shop, campaign_id, "2027", members)
    assert {state: shop.members_in(campaign_id, state) for state in ("queued", "control")} == first, "drawn once"
    shop.check()
