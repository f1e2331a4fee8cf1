"""Freezing: who is in, who is left out and why, who is held back; one statement, whatever the number of members."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.facts import CampaignState, ExclusionReason
from campaigns.models import Delivery
from campaigns.operations import begin_freezing, freeze_audience
from campaigns.queries import estimate_audience, in_control, members_of_campaign
from common.emails import email_key
from common.ids import new_id
from members.operations import block
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from messaging.facts import SuppressionReason
from messaging.operations import suppress_address
from messaging.queries import address_hash
from rewards.coupons.queries import coupon_batch, holders_by_source
from tests.campaign_shop import DRAFT, NOW, OWNER, CampaignShop, lapsed_shop
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("db")


def estimate(shop: CampaignShop, campaign_id: UUID | None = None, control_percent: int = 10):  # type: ignore[no-untyped-def]
    coupon_id = shop.make_coupon()
    with merchant_scope(shop.merchant.id):
        return estimate_audience(
            merchant=shop.merchant,
            segment="lapsed",
            control_percent=control_percent,
            frequency_cap_days=7,
            at=shop.clock.now,
            coupon=coupon_batch(merchant=shop.merchant, batch_id=coupon_id),
            campaign_id=campaign_id,
        )


def reasons(shop: CampaignShop, campaign_id: UUID) -> dict[UUID, str]:
    with merchant_scope(shop.merchant.id):
        rows = members_of_campaign(merchant=shop.merchant, campaign_id=campaign_id, limit=1000)
    return {member: reason for _, member, _, reason in rows if reason}


def test_everybody_left_out_has_a_reason() -> None:
    shop = lapsed_shop(0)
    mailed = shop.add_members(1)
    shop.count_segments()
    with smtp_sink() as sink:
        shop.send(shop.start(replace(DRAFT, control_percent=0)).id, sink)
    [fit] = shop.add_members(1)
    [no_consent] = shop.add_members(1, promo_consent=False)
    [no_address] = shop.add_members(1, email=None, phone="081299990001")
    [blocked, suppressed] = shop.add_members(2)
    shop.add_members(1, lapsed=False)
    shop.count_segments()
    with merchant_scope(shop.merchant.id):
        block(merchant=shop.merchant, member_id=blocked, reason="penipuan", at=NOW, actor=OWNER)
        suppress_address(
            merchant=shop.merchant,
            email=shop.members[suppressed].upper(),
            reason=SuppressionReason.COMPLAINT,
            at=NOW,
            actor=OWNER,
        )
    expected = estimate(shop, control_percent=0)
    facts = shop.start(replace(DRAFT, control_percent=0))
    assert shop.states(facts.id) == {"excluded": 5, "queued": 1}
    assert reasons(shop, facts.id) == {
        mailed[0]: "mailed_recently",
        no_consent: "no_consent",
        no_address: "no_address",
        blocked: "blocked",
        suppressed: "suppressed",
    }
    assert shop.members_in(facts.id, "queued") == {fit}
    assert (expected.matched, expected.reachable, expected.treated) == (6, 1, 1)
    assert expected.excluded == dict.fromkeys(
        [
            ExclusionReason.BLOCKED,
            ExclusionReason.NO_ADDRESS,
            ExclusionReason.NO_CONSENT,
            ExclusionReason.SUPPRESSED,
            ExclusionReason.MAILED_RECENTLY,
        ],
        1,
    )
    shop.check()


def test_the_frequency_cap_ends() -> None:
    shop = lapsed_shop(3)
    with smtp_sink() as sink:
        shop.send(shop.start(replace(DRAFT, control_percent=0)).id, sink)
        shop.clock.forward(days=6, hours=23)
        assert shop.states(shop.start(replace(DRAFT, control_percent=0)).id) == {"excluded": 3}
        shop.clock.forward(hours=1, seconds=1)
        assert shop.states(shop.start(replace(DRAFT, control_percent=0)).id) == {"queued": 3}


def test_the_estimate_is_what_freezing_does_and_says_what_it_could_cost() -> None:
    shop = lapsed_shop(120)
    facts = shop.draft()
    expected = estimate(shop, facts.id)
    with merchant_scope(shop.merchant.id):
        held_back = {
            member
            for member in shop.members
            if in_control(merchant=shop.merchant, campaign_id=facts.id, member_id=member, control_percent=10)
        }
    assert (expected.treated, expected.control) == (120 - len(held_back), len(held_back))
    assert expected.max_coupon_cost == expected.treated * 30_000
    assert expected.detectable_points is not None
    assert expected.detectable_points > 10
    assert 1 <= len(held_back) <= 35


def test_control_is_drawn_by_a_keyed_hash_that_sql_and_python_share() -> None:
    shop = lapsed_shop(150)
    facts = shop.start(replace(DRAFT, control_percent=30))
    control = shop.members_in(facts.id, "control")
    with merchant_scope(shop.merchant.id):
        for member in shop.members:
            drawn = in_control(merchant=shop.merchant, campaign_id=facts.id, member_id=member, control_percent=30)
            assert drawn == (member in control)
        row = Delivery.objects.filter(merchant_id=shop.merchant.id, campaign_id=facts.id).order_by("id").first()
        assert row is not None
        assert row.address_hash is not None
        assert bytes(row.address_hash) == address_hash(
            merchant=shop.merchant, email_key=email_key(shop.members[row.member_id])
        )
    other = shop.start(replace(DRAFT, control_percent=30, frequency_cap_days=0))
    assert control != shop.members_in(other.id, "control"), "each campaign draws for itself"


def test_shares_of_nothing_and_of_half() -> None:
    shop = lapsed_shop(120)
    assert shop.states(shop.start(replace(DRAFT, control_percent=0)).id) == {"queued": 120}
    half = shop.states(shop.start(replace(DRAFT, control_percent=50, frequency_cap_days=0)).id)
    assert 40 <= half["control"] <= 80


def test_coupons_go_to_the_treated_alone_in_the_same_transaction() -> None:
    shop = lapsed_shop(80)
    facts = shop.start(replace(DRAFT, control_percent=40))
    with merchant_scope(shop.merchant.id):
        holders = [member for member, _ in holders_by_source(merchant=shop.merchant, source_id=facts.id)]
    assert set(holders) == shop.members_in(facts.id, "queued")
    assert len(holders) == len(set(holders))


def test_a_frozen_audience_does_not_change() -> None:
    shop = lapsed_shop(10)
    facts = shop.start()
    shop.add_members(5)
    shop.count_segments()
    with merchant_scope(shop.merchant.id):
        assert freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=NOW) is None
        assert not begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=NOW)
    assert sum(shop.states(facts.id).values()) == 10


def test_a_worker_that_dies_while_freezing_leaves_nothing_and_the_next_one_does_it() -> None:
    shop = lapsed_shop(10)
    facts = shop.schedule()
    with merchant_scope(shop.merchant.id):
        assert begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=NOW)

    def die() -> None:
        with merchant_scope(shop.merchant.id):
            freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert shop.states(facts.id) == {}
    assert shop.campaign(facts.id).state is CampaignState.PREPARING
    with merchant_scope(shop.merchant.id):
        assert begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=NOW), "the sweep finds it again"
        assert freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=NOW) == 10


def test_no_audience_is_frozen_before_the_time_nor_a_day_after_it() -> None:
    shop = lapsed_shop(3)
    early, late = shop.schedule(), shop.schedule()
    with merchant_scope(shop.merchant.id):
        assert not begin_freezing(merchant=shop.merchant, campaign_id=early.id, now=NOW - timedelta(seconds=1))
        assert not begin_freezing(merchant=shop.merchant, campaign_id=late.id, now=NOW + timedelta(hours=25))
    assert shop.campaign(early.id).state is CampaignState.SCHEDULED
    stale = shop.campaign(late.id)
    assert (stale.state, stale.pause_reason) == (CampaignState.PAUSED, "stale")


def test_an_empty_segment_finishes_at_once() -> None:
    shop = lapsed_shop(0)
    facts = shop.start()
    with smtp_sink() as sink:
        shop.send(facts.id, sink)
    assert shop.campaign(facts.id).state is CampaignState.FINISHED


def test_the_number_of_statements_does_not_grow_with_the_audience() -> None:
    counts = []
    for number in (10, 300):
        shop = lapsed_shop(number)
        facts = shop.schedule()
        with merchant_scope(shop.merchant.id):
            begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=NOW)
        with merchant_scope(shop.merchant.id), CaptureQueriesContext(connection) as captured:
            freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=NOW)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_another_merchants_members_stay_out() -> None:
    shop, stranger = lapsed_shop(5), lapsed_shop(7)
    facts = shop.start(replace(DRAFT, control_percent=0))
    assert shop.members_in(facts.id, "queued") == set(shop.members)
    assert stranger.states(facts.id) == {}
    with merchant_scope(stranger.merchant.id):
        assert not begin_freezing(merchant=stranger.merchant, campaign_id=facts.id, now=NOW)
        assert freeze_audience(merchant=stranger.merchant, campaign_id=new_id(), now=NOW) is None


def test_system_is_who_starts_it() -> None:
    shop = lapsed_shop(2)
    facts = shop.start()
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_label, after->>'matched' FROM merchants_auditentry "
            "WHERE merchant_id = %s AND subject_id = %s AND action = 'campaign.started'",
            [shop.merchant.id, facts.id],
        )
        assert cursor.fetchall() == [(SYSTEM.label, "2")]
