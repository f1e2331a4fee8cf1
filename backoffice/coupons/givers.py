"""Who gives out the coupons of a batch: campaigns, the welcome, rewards, referrals, each with its page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from backoffice.access import StaffRequest
from backoffice.campaigns.automations import AUTOMATION_WORDS
from campaigns.queries import CouponGiver, campaigns_giving
from campaigns.wording import AUTOMATION_NAMES
from merchants.facts import Permission
from merchants.rules import may
from rewards.catalogue.queries import rewards_giving_batches
from rewards.referrals.queries import batches_of_referrals


@dataclass(frozen=True)
class Giver:
    """One who gives coupons of a batch; `url` is empty for a reader who may not see the page."""

    name: str
    url: str


def givers_of(request: StaffRequest, batch_ids: Collection[UUID]) -> dict[UUID, list[Giver]]:
    """Return the givers of each batch; three statements for any number, none for nothing."""
    if not batch_ids:
        return {}
    merchant, role = request.staff.merchant, request.staff.role
    found: dict[UUID, list[Giver]] = {}
    for batch_id, campaigns in campaigns_giving(merchant=merchant, batch_ids=batch_ids).items():
        sees = may(role, Permission.SEE_CAMPAIGNS)
        found.setdefault(batch_id, []).extend(_make_giver(one, is_linked=sees) for one in campaigns)
    for batch_id, reward_id, title in rewards_giving_batches(merchant=merchant, batch_ids=batch_ids):
        url = reverse("backoffice:reward", args=[reward_id]) if may(role, Permission.SEE_OFFERS) else ""
        found.setdefault(batch_id, []).append(Giver(title, url))
    for batch_id in batches_of_referrals(merchant=merchant) & set(batch_ids):
        url = reverse("backoffice:referral_program") if may(role, Permission.SEE_OFFERS) else ""
        found.setdefault(batch_id, []).append(Giver(gettext("Referrals"), url))
    return found


def _make_giver(campaign: CouponGiver, *, is_linked: bool) -> Giver:
    if campaign.trigger is not None:
        page = AUTOMATION_WORDS[campaign.trigger].page
        return Giver(str(AUTOMATION_NAMES[campaign.trigger]), reverse(page) if is_linked else "")
    return Giver(campaign.name, reverse("backoffice:campaign", args=[campaign.id]) if is_linked else "")
