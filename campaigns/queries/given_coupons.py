"""The coupon that a campaign gives: whether it can be given, and which campaigns give which."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext, ngettext

from campaigns.facts import CampaignFacts, CampaignKind, CampaignState, TriggerName
from campaigns.models import Campaign
from common.quantities import format_number
from merchants.facts import MerchantFacts
from rewards.coupons.facts import BatchFacts
from rewards.coupons.queries import batches_by_id, giving_refusals
from rewards.coupons.rules import last_day_given
from rewards.engine import stored_definition
from rewards.promotions.queries import names_of_conditions
from rewards.promotions.wording import offer_in_words


@dataclass(frozen=True, slots=True)
class CouponGiver:
    """A campaign, or an automation with its `trigger`, that gives coupons of a batch."""

    id: UUID
    name: str
    trigger: TriggerName | None


def coupon_problem(*, merchant: MerchantFacts, campaign: CampaignFacts, now: datetime) -> str | None:
    """Return why no till would take the campaign's coupon: cancelled, partial, expired or stopped; else None.

    A campaign whose audience is frozen gave its coupons on that day; any other gives them at `now`.
    """
    if campaign.coupon is None:
        return None
    given_on = merchant.day_of(now)
    refusals = giving_refusals(merchant=merchant, batches=[campaign.coupon], at=now, given_on=given_on)
    problem = refusals.get(campaign.coupon.id)
    if problem is None and campaign.frozen_at is not None and not campaign.is_standing:
        last_day = last_day_given(campaign.coupon, merchant.day_of(campaign.frozen_at))
        return "expired" if last_day is not None and last_day < given_on else None
    return problem


def coupon_problem_of(*, merchant: MerchantFacts, batch_id: UUID | None, now: datetime) -> str | None:
    """Return why coupons of this batch cannot be given now, as `coupon_problem` does; None where there is none."""
    batches = list(batches_by_id(merchant=merchant, batch_ids=[batch_id] if batch_id else []).values())
    refusals = giving_refusals(merchant=merchant, batches=batches, at=now, given_on=merchant.day_of(now))
    return next(iter(refusals.values()), None)


def campaigns_giving(*, merchant: MerchantFacts, batch_ids: Collection[UUID]) -> dict[UUID, list[CouponGiver]]:
    """Return who gives coupons of each batch, drafts too, cancelled campaigns not; the newest first, one statement."""
    rows = Campaign.objects.filter(merchant_id=merchant.id, batch_id__in=batch_ids).order_by("-id")
    found: dict[UUID, list[CouponGiver]] = {}
    for row in rows.exclude(state=CampaignState.CANCELLED.value, kind=CampaignKind.CAMPAIGN.value):
        trigger = TriggerName(row.trigger) if row.trigger else None
        found.setdefault(row.batch_id, []).append(CouponGiver(row.id, row.name, trigger))  # type: ignore[arg-type]
    return found


def coupon_conditions(*, merchant: MerchantFacts, coupon: BatchFacts, language: str) -> list[str]:
    """Return what the coupon gives and asks for, one sentence each, as the member who gets it reads it."""
    offer = stored_definition(coupon.offer)
    # That a code is needed goes without saying beside one, and members never read what segment they are in.
    offer = replace(offer, when=replace(offer.when, code=None, segments_any=None))
    names = names_of_conditions(merchant=merchant, offers=[offer])
    said = offer_in_words(offer, currency=merchant.currency, language=language, names=names)
    with translation.override(language):
        words = ngettext(
            "Can be used %(count)s time, by you only.", "Can be used %(count)s times, by you only.", coupon.max_uses
        )
        once = gettext("Can be used once, by you only.")
        uses = once if coupon.max_uses == 1 else words % {"count": format_number(coupon.max_uses)}
    return [*said, uses]
