"""A member is merged away while a campaign draws its audience: no coupon is left with who is gone (M14)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from campaigns.operations import audiences, begin_freezing, freeze_audience
from loyalty.management.commands.verify import verification_modules
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from people.operations import merge_members
from tests.campaign_shop import CampaignShop, lapsed_shop
from tests.races.together import overlap

pytestmark = pytest.mark.usefixtures("real_commits")


def open_drawing() -> tuple[CampaignShop, UUID]:
    """Return a shop with five lapsed members, and a campaign whose audience is drawn next."""
    shop = lapsed_shop(5)
    facts = shop.schedule()
    with merchant_scope(shop.merchant.id):
        assert begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=shop.clock.now)
    return shop, facts.id


def merge(shop: CampaignShop) -> None:
    survivor, merged = sorted(shop.members)[:2]
    merge_members(merchant=shop.merchant, survivor_id=survivor, merged_id=merged, actor=SYSTEM, at=shop.clock.now)


def draw(shop: CampaignShop, campaign_id: UUID) -> None:
    freeze_audience(merchant=shop.merchant, campaign_id=campaign_id, now=shop.clock.now)


def left_behind(shop: CampaignShop) -> list[str]:
    """Return the tables in which something belongs to who was merged away."""
    with merchant_scope(shop.merchant.id):
        found = [one for _, module in verification_modules() for one in module.verify(merchant=shop.merchant)]
        return [one.table for one in found if one.invariant == "M14"]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_merge_beside_the_drawing(*, is_first: bool) -> None:
    shop, campaign_id = open_drawing()
    acts: list[Callable[[], None]] = [lambda: merge(shop), lambda: draw(shop, campaign_id)]
    first, second = acts if is_first else reversed(acts)
    assert overlap(shop.merchant.id, first, second) == "ok"
    assert left_behind(shop) == []


def test_without_the_look_the_coupon_belongs_to_who_was_merged_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    shop, campaign_id = open_drawing()
    monkeypatch.setattr(audiences, "lock_present", lambda *, merchant, member_ids: set(member_ids))
    assert overlap(shop.merchant.id, lambda: merge(shop), lambda: draw(shop, campaign_id)) == "ok"
    assert left_behind(shop) == ["rewards_coupon"]
