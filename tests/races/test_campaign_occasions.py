"""Two ticks at one occasion, with real commits: a member gets one place and one coupon."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest

from campaigns.facts import TriggerName
from campaigns.models import Campaign, Delivery
from campaigns.operations import deliveries, save_automation, turn_on_automation
from campaigns.operations.deliveries import add_deliveries
from merchants.tenancy import merchant_scope
from rewards.coupons.models import Coupon
from rewards.coupons.operations import issue_coupons
from tests.campaign_shop import OWNER, CampaignShop, lapsed_shop
from tests.operations.test_campaign_welcome import DRAFT
from tests.races.test_campaign_claiming import WORKERS, together

pytestmark = pytest.mark.usefixtures("real_commits")
MEMBERS = 20


def open_standing_campaign() -> tuple[CampaignShop, UUID, UUID]:
    """Return (shop, campaign, coupon batch) of a welcome that is on and has no deliveries yet."""
    shop = lapsed_shop(MEMBERS)
    draft = shop.with_coupon(DRAFT)
    with merchant_scope(shop.merchant.id):
        save_automation(
            merchant=shop.merchant,
            trigger=TriggerName.JOINED,
            draft=draft,
            at=shop.clock.now,
            actor=OWNER,
        )
        campaign_id = turn_on_automation(
            merchant=shop.merchant, trigger=TriggerName.JOINED, at=shop.clock.now, actor=OWNER
        ).campaign.id
        batch_id = Campaign.objects.get(merchant_id=shop.merchant.id, id=campaign_id).batch_id
    assert batch_id is not None
    return shop, campaign_id, batch_id


def tick(shop: CampaignShop, campaign_id: UUID, occasion_key: str) -> int:
    with merchant_scope(shop.merchant.id):
        row = Campaign.objects.get(merchant_id=shop.merchant.id, id=campaign_id)
        return add_deliveries(
            merchant=shop.merchant,
            row=row,
            member_ids=sorted(shop.members),
            occasion_key=occasion_key,
            due_at=shop.clock.now,
            now=shop.clock.now,
        )


def places(shop: CampaignShop, campaign_id: UUID) -> Counter[UUID]:
    with merchant_scope(shop.merchant.id):
        rows = Delivery.objects.filter(merchant_id=shop.merchant.id, campaign_id=campaign_id)
        return Counter(rows.values_list("member_id", flat=True))


def test_ticks_of_one_occasion_give_each_member_one_place() -> None:
    shop, campaign_id, _ = open_standing_campaign()
    results = together(lambda _: tick(shop, campaign_id, "2026"))
    assert sorted(results, key=str) == [0] * (WORKERS - 1) + [MEMBERS]
    assert places(shop, campaign_id) == dict.fromkeys(shop.members, 1)
    shop.check()


def test_ticks_that_each_name_an_occasion_of_their_own_do_not_hold_each_other_up() -> None:
    """The negative control: the occasion, and nothing else, keeps the ticks from writing twice."""
    shop, campaign_id, _ = open_standing_campaign()
    results = together(lambda number: tick(shop, campaign_id, f"tick {number}"))
    assert results == [MEMBERS] * WORKERS
    assert places(shop, campaign_id) == dict.fromkeys(shop.members, WORKERS)


def test_without_asking_who_has_a_place_the_index_stops_the_same_race(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second line: an insert that does not look at conflicts fails as a whole, and no member is doubled."""
    shop, campaign_id, _ = open_standing_campaign()
    monkeypatch.setattr(deliveries, "_INSERT_NEW", deliveries._INSERT_NEW.replace("ON CONFLICT DO NOTHING", ""))
    results = together(lambda _: tick(shop, campaign_id, "2026"))
    ended = Counter(type(result).__name__ for result in results)
    assert ended == {"int": 1, "IntegrityError": WORKERS - 1}
    assert places(shop, campaign_id) == dict.fromkeys(shop.members, 1)


@pytest.mark.parametrize(("own_occasions", "coupons"), [(False, 1), (True, WORKERS)])
def test_coupons_of_one_occasion_are_issued_once(own_occasions: bool, coupons: int) -> None:
    """With occasions of their own (the negative control) the same race gives each member one per worker."""
    shop, campaign_id, batch_id = open_standing_campaign()

    def issue(number: int) -> object:
        with merchant_scope(shop.merchant.id):
            return issue_coupons(
                merchant=shop.merchant,
                batch_id=batch_id,
                member_ids=sorted(shop.members),
                source_id=campaign_id,
                occasion_key=f"tick {number}" if own_occasions else "2026",
                at=shop.clock.now,
                valid_from=shop.clock.now.date(),
            )

    results = together(issue)
    assert not [result for result in results if isinstance(result, Exception)]
    if not own_occasions:
        assert all(result == results[0] for result in results), "everybody is told the coupons that exist"
    with merchant_scope(shop.merchant.id):
        held = Counter(
            Coupon.objects.filter(merchant_id=shop.merchant.id, source_id=campaign_id).values_list(
                "member_id", flat=True
            )
        )
    assert held == dict.fromkeys(shop.members, coupons)
