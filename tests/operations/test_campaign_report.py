"""The report: compared as assigned, over the same days, and "not proven yet" until it is."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from campaigns.facts import CampaignReport, DeliveryState, ExclusionReason
from campaigns.queries import campaign_list, campaign_report
from common.errors import Missing
from common.ids import new_id
from merchants.tenancy import merchant_scope
from rewards.coupons.models import Coupon, CouponRedemption
from sales.models import Refund, Sale
from tests.buyers import sale_row, void_sale
from tests.campaign_shop import DRAFT, CampaignShop, lapsed_shop
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("db")


def buy(shop: CampaignShop, member_id: UUID, amount: int, *, days: float = 1) -> UUID:
    at = shop.clock.now + timedelta(days=days)
    with merchant_scope(shop.merchant.id):
        row = sale_row(shop.shop, member_id=member_id, on=at.date(), amount=amount)
        row.occurred_at = row.received_at = at
        row.save(force_insert=True)
    return row.id


def give_back(shop: CampaignShop, sale_id: UUID, amount: int) -> None:
    """Return goods worth `amount`, as `sales.operations.refund_sale` leaves it in the tables. Needs the scope."""
    Refund.objects.create(
        merchant_id=shop.merchant.id,
        sale_id=sale_id,
        till_id=Sale.objects.get(merchant_id=shop.merchant.id, id=sale_id).till_id,
        kind="refund",
        refund_reference="r-1",
        request_fingerprint=b"\0" * 32,
        occurred_at=shop.clock.now,
        received_at=shop.clock.now,
        business_date=shop.clock.now.date(),
        amount=amount,
        goods_amount=amount,
        points_reversed=0,
        points_returned=0,
        points_balance=0,
    )
    Sale.objects.filter(merchant_id=shop.merchant.id, id=sale_id).update(
        status="partially_refunded", refunded_amount=amount
    )


def report(shop: CampaignShop, campaign_id: UUID, *, after_days: int = 30) -> CampaignReport:
    with merchant_scope(shop.merchant.id):
        return campaign_report(
            merchant=shop.merchant, campaign_id=campaign_id, at=shop.clock.now + timedelta(days=after_days)
        )


def sent(shop: CampaignShop, *, failing: frozenset[str] = frozenset(), **changes: object) -> UUID:
    facts = shop.start(replace(DRAFT, **changes))  # type: ignore[arg-type]
    with smtp_sink(at_recipient=lambda to, _: "550 5.1.1 No" if to in failing else None) as sink:
        shop.send(facts.id, sink)
    return facts.id


def test_a_purchase_counts_within_the_measured_days_for_both_groups_alike() -> None:
    shop = lapsed_shop(40)
    campaign_id = sent(shop, control_percent=50)
    control = sorted(shop.members_in(campaign_id, "control"))
    treated = sorted(set(shop.members) - set(control))
    buy(shop, treated[0], 70_000, days=1)
    buy(shop, treated[0], 30_000, days=2)
    buy(shop, treated[1], 50_000, days=13.9)
    buy(shop, treated[2], 99_000, days=14.1)
    buy(shop, treated[3], 99_000, days=-1)
    buy(shop, control[0], 40_000, days=3)
    found = report(shop, campaign_id)
    assert (found.treated.members, found.treated.buyers, found.treated.revenue_amount) == (len(treated), 2, 150_000)
    assert (found.control.members, found.control.buyers, found.control.revenue_amount) == (len(control), 1, 40_000)
    assert found.conversion_uplift.value == pytest.approx(2 / len(treated) - 1 / len(control))
    assert found.revenue_uplift_per_head.value == pytest.approx(150_000 / len(treated) - 40_000 / len(control))
    assert not found.proven
    assert found.measured_until == shop.clock.now + timedelta(days=14)
    assert found.matched == 40


def test_who_could_not_be_reached_still_counts_as_treated() -> None:
    shop = lapsed_shop(20)
    unlucky = sorted(shop.members)[:5]
    failing = frozenset(shop.members[member] for member in unlucky)
    campaign_id = sent(shop, failing=failing, control_percent=0)
    buy(shop, unlucky[0], 10_000)
    found = report(shop, campaign_id)
    assert found.states == {DeliveryState.ACCEPTED: 15, DeliveryState.SUPPRESSED: 5}
    assert found.reasons == {(DeliveryState.SUPPRESSED, ExclusionReason.HARD_BOUNCE): 5}
    assert (found.treated.members, found.treated.buyers) == (20, 1)
    assert found.control.members == 0
    assert found.incremental_amount == 0
    assert found.detectable_points is None


def test_returned_goods_are_no_revenue_and_a_voided_sale_no_purchase() -> None:
    shop = lapsed_shop(10)
    campaign_id = sent(shop, control_percent=0)
    first, second, *_ = sorted(shop.members)
    voided, part = buy(shop, first, 80_000), buy(shop, second, 60_000)
    with merchant_scope(shop.merchant.id):
        void_sale(shop.shop, voided, on=date(2026, 11, 22))
        give_back(shop, part, 20_000)
    found = report(shop, campaign_id)
    assert (found.treated.buyers, found.treated.revenue_amount) == (1, 40_000)


def test_coupon_figures_are_after_returns_like_all_others() -> None:
    """One kept, one kept in part, one fully returned, one that its coupon made free."""
    shop = lapsed_shop(6)
    campaign_id = sent(shop, control_percent=0)
    members = sorted(shop.members)
    kept, part, gone, free = (buy(shop, members[n], amount) for n, amount in enumerate((80_000, 60_000, 40_000, 0)))
    with merchant_scope(shop.merchant.id):
        for sale_id, member_id, discount in zip(
            (kept, part, gone, free), members[:4], (9_000, 6_000, 4_000, 5_000), strict=True
        ):
            use_coupon(shop, campaign_id, member_id, sale_id, discount)
        void_sale(shop.shop, gone, on=date(2026, 11, 22))
        give_back(shop, part, 20_000)
    found = report(shop, campaign_id)
    assert (found.coupons_issued, found.coupons_redeemed) == (6, 3)
    assert found.coupon_sales_amount == found.treated.revenue_amount == 80_000 + 40_000
    assert found.coupon_discount_amount == 9_000 + 4_000 + 5_000
    with merchant_scope(shop.merchant.id):
        (row,) = campaign_list(merchant=shop.merchant)
    assert row.redeemed == 3


def use_coupon(shop: CampaignShop, campaign_id: UUID, member_id: UUID, sale_id: UUID, discount: int) -> None:
    """Use the member's coupon of this campaign, as a sale leaves it in the tables. Needs the scope."""
    coupon = Coupon.objects.get(merchant_id=shop.merchant.id, source_id=campaign_id, member_id=member_id)
    Coupon.objects.filter(merchant_id=shop.merchant.id, id=coupon.id).update(committed=1)
    CouponRedemption.objects.create(
        merchant_id=shop.merchant.id,
        coupon_id=coupon.id,
        sale_id=sale_id,
        member_id=member_id,
        use_no=1,
        discount_amount=discount,
        sale_amount=100_000,
        redeemed_at=shop.clock.now,
    )


def test_before_the_window_closes_only_what_happened_counts() -> None:
    shop = lapsed_shop(4)
    campaign_id = sent(shop, control_percent=0)
    buy(shop, sorted(shop.members)[0], 10_000, days=5)
    assert report(shop, campaign_id, after_days=4).treated.buyers == 0
    assert report(shop, campaign_id, after_days=6).treated.buyers == 1


def test_a_strong_effect_is_proven_and_no_effect_is_not() -> None:
    chance = random.Random(5)
    shop = lapsed_shop(300)
    campaign_id = shop.start(replace(DRAFT, control_percent=40)).id
    control = shop.members_in(campaign_id, "control")
    with merchant_scope(shop.merchant.id):
        rows = []
        for member in sorted(shop.members):
            if chance.random() < (0.1 if member in control else 0.5):
                amount = chance.choice([40_000, 60_000, 90_000])
                row = sale_row(shop.shop, member_id=member, on=date(2026, 11, 22), amount=amount)
                rows.append(row)
        Sale.objects.bulk_create(rows)
    found = report(shop, campaign_id)
    assert found.proven
    assert found.conversion_uplift.proven
    low, high = found.revenue_uplift_per_head.low, found.revenue_uplift_per_head.high
    assert low is not None
    assert high is not None
    assert 0 < low < found.revenue_uplift_per_head.value < high
    assert found.incremental_amount == round(found.revenue_uplift_per_head.value * found.treated.members)
    nothing = lapsed_shop(30)
    assert not report(nothing, nothing.start(replace(DRAFT, control_percent=50)).id).proven


def test_a_draft_reports_nothing_and_a_strangers_campaign_is_missing() -> None:
    shop, stranger = lapsed_shop(0), lapsed_shop(0)
    facts = shop.draft()
    found = report(shop, facts.id)
    assert (found.matched, found.states, found.measured_until, found.proven) == (0, {}, None, False)
    for missing in (facts.id, new_id()):
        with merchant_scope(stranger.merchant.id), pytest.raises(Missing):
            campaign_report(merchant=stranger.merchant, campaign_id=missing, at=shop.clock.now)


def test_six_statements_however_many_members(django_assert_max_num_queries: object) -> None:
    shop = lapsed_shop(50)
    campaign_id = sent(shop)
    with merchant_scope(shop.merchant.id), django_assert_max_num_queries(6):  # type: ignore[operator]
        campaign_report(merchant=shop.merchant, campaign_id=campaign_id, at=shop.clock.now)
