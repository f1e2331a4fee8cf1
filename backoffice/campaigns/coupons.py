"""The coupon of a campaign on its pages: what can be chosen, and what deserves a look before it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest
from backoffice.coupons.way_back import CHOSEN, url_of_new_coupon
from backoffice.coupons.words import choice_of
from backoffice.words import SEGMENT_WORDS
from campaigns.facts import CampaignFacts
from campaigns.queries import coupon_problem
from campaigns.wording import FIELD_PROBLEMS
from common.languages import reader_language
from common.quantities import format_day, format_number
from members.queries import tiers
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from rewards.coupons.facts import BatchFacts
from rewards.coupons.queries import offers_to_give
from rewards.coupons.rules import last_day_given
from rewards.engine import stored_definition
from rewards.promotions.wording import listed


def coupon_choices(merchant: MerchantFacts, chosen: BatchFacts | None, now: datetime) -> list[tuple[str, str]]:
    """Return the personal coupons that can be given now, and the one that is chosen, even where it no longer can."""
    found = offers_to_give(merchant=merchant, at=now, today=merchant.day_of(now), kinds=["issued"])
    choices = [(str(one.id), choice_of(one, merchant)) for one in found]
    if chosen is not None and chosen.id not in {one.id for one in found}:
        over = gettext("%(coupon)s (can no longer be given)") % {"coupon": chosen.title}
        choices.append((str(chosen.id), over))
    return choices


def chosen_now(request: StaffRequest, choices: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the coupon that was just made for this page as what its form begins with; nothing where there is none."""
    asked = request.GET.get(CHOSEN, "")
    return {"batch_id": asked} if asked in {code for code, _ in choices} else {}


def new_coupon_url(request: StaffRequest, asked_by: str) -> str:
    """Return where a new coupon is made for this page; '' for a reader who may not make one."""
    return url_of_new_coupon(asked_by) if may(request.staff.role, Permission.EDIT_OFFERS) else ""


def coupon_warnings(merchant: MerchantFacts, facts: CampaignFacts, *, treated: int, now: datetime) -> list[str]:
    """Return what deserves a look at the coupon before anything is sent, one sentence each, what stops it first."""
    coupon = facts.coupon
    if coupon is None:
        return []
    problem = coupon_problem(merchant=merchant, campaign=facts, now=now)
    if problem is not None:
        return [str(FIELD_PROBLEMS[f"coupon_{problem}"])]
    return [*_say_days(merchant, facts, coupon, now), *_say_people(merchant, facts, coupon, treated=treated)]


def _say_days(merchant: MerchantFacts, facts: CampaignFacts, coupon: BatchFacts, now: datetime) -> list[str]:
    today, said = merchant.day_of(now), []
    last_day = last_day_given(coupon, today)
    if last_day is not None and last_day < today + timedelta(days=facts.measure_days - 1):
        days = (last_day - today).days + 1
        sentence = ngettext(
            "The coupon is valid for %(days)s day; purchases count for %(counted)s.",
            "The coupon is valid for %(days)s days; purchases count for %(counted)s.",
            days,
        )
        said.append(sentence % {"days": format_number(days), "counted": format_number(facts.measure_days)})
    first_day = stored_definition(coupon.offer).when.valid_from
    if first_day is not None and first_day > today:
        said.append(
            gettext("The coupon cannot be used before %(day)s.") % {"day": format_day(first_day, reader_language())}
        )
    return said


def _say_people(merchant: MerchantFacts, facts: CampaignFacts, coupon: BatchFacts, *, treated: int) -> list[str]:
    offer, said = stored_definition(coupon.offer), []
    segments, segment = offer.when.segments_any, facts.segment
    if segments is not None and segment and segment not in segments:
        sentence = gettext("The coupon is only for %(segments)s, and no till takes it from %(audience)s.")
        names = {"segments": listed(sorted(segments), SEGMENT_WORDS), "audience": SEGMENT_WORDS.get(segment, segment)}
        said.append(sentence % names)
    if offer.when.tiers_any is not None:
        known = {tier.code: tier.name for tier in tiers(merchant=merchant)}
        sentence = gettext("The coupon is only for the tier %(tiers)s: who has another gets one that no till takes.")
        said.append(sentence % {"tiers": listed(sorted(offer.when.tiers_any), known)})
    if offer.usage.limit is not None and offer.usage.limit < treated:
        sentence = gettext("Uses of this coupon allowed in all: %(limit)s. E-mails that bring it: %(treated)s.")
        said.append(sentence % {"limit": format_number(offer.usage.limit), "treated": format_number(treated)})
    return said
