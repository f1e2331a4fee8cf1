"""The members behind a figure of a campaign's report, the coupons it gave out, and the receipts of their use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access import StaffRequest, staff_page
from backoffice.parts import Page, filter_chips, page_urls
from backoffice.sent_texts import read_instant_and_id
from backoffice.slow_pages import slow_page
from backoffice.words import CODE_STATE_WORDS, DELIVERY_WORDS
from campaigns.facts import DeliveryState, ExclusionReason
from campaigns.queries import (
    Group,
    PeopleFilter,
    campaign,
    campaign_people,
    campaign_people_totals,
    coupon_results,
    coupon_uses,
)
from campaigns.wording import REASONS
from common.ids import uuid_or_none
from members.queries import members_by_id
from merchants.facts import Permission
from rewards.coupons.queries import coupons_given_by, issued_by_source
from sales.queries import receipt_references

PAGE_SIZE: Final = 50
GROUP_WORDS: Final[Mapping[Group, Promise]] = {
    Group.MATCHED: _("In the segment"),
    Group.REACHABLE: _("Reachable"),
    Group.TREATED: _("Treated"),
    Group.CONTROL: _("Control"),
}


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def people(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """List the members of one figure, with what each bought in the campaign's days."""
    merchant, at = request.staff.merchant, timezone.now()
    facts, who = campaign(merchant=merchant, campaign_id=campaign_id), _read_filter(request.GET)
    passed = request.GET.getlist("after")
    found = campaign_people(
        merchant=merchant,
        campaign=facts,
        who=who,
        at=at,
        after=uuid_or_none(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, str(shown[-1].delivery_id) if len(found) > PAGE_SIZE else None)
    total, amount = campaign_people_totals(merchant=merchant, campaign=facts, who=who, at=at)
    known = members_by_id(merchant=merchant, member_ids=[one.member_id for one in shown])
    rows = [
        {
            "member": known.get(one.member_id),
            "state": DELIVERY_WORDS[one.state.value],
            "reason": REASONS[ExclusionReason(one.reason)] if one.reason else "",
            "amount": one.net_amount,
        }
        for one in shown
    ]
    return render(
        request,
        "backoffice/campaigns/people.html",
        {
            "facts": facts,
            "chips": filter_chips(request.GET, _chip_words(who)),
            "amount": amount,
            "page": Page(rows=rows, total=total, newer_url=newer_url, older_url=older_url),
        },
    )


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def uses(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """List the receipts on which the campaign's coupons were used, with discount and sales after returns."""
    merchant = request.staff.merchant
    facts = campaign(merchant=merchant, campaign_id=campaign_id)
    passed = request.GET.getlist("after")
    after = read_instant_and_id(passed[-1]) if passed else None
    found = coupon_uses(merchant=merchant, campaign_id=campaign_id, after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, shown[-1].cursor if len(found) > PAGE_SIZE else None)
    result = coupon_results(merchant=merchant, campaign_ids=[campaign_id]).get(campaign_id)
    numbers = receipt_references(merchant=merchant, sale_ids=[one.sale_id for one in shown])
    return render(
        request,
        "backoffice/campaigns/uses.html",
        {
            "facts": facts,
            "result": result,
            "page": Page(
                rows=[{"use": one, "reference": numbers[one.sale_id]} for one in shown],
                total=result.redeemed if result else 0,
                newer_url=newer_url,
                older_url=older_url,
            ),
        },
    )


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def coupons(request: StaffRequest, campaign_id: UUID) -> HttpResponse:
    """List all coupons that the campaign gave out, used or not: whose each is and its state today."""
    merchant = request.staff.merchant
    today = merchant.day_of(timezone.now())
    facts = campaign(merchant=merchant, campaign_id=campaign_id)
    passed = request.GET.getlist("after")
    found = coupons_given_by(
        merchant=merchant,
        source_id=campaign_id,
        today=today,
        after=uuid_or_none(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, str(shown[-1].id) if len(found) > PAGE_SIZE else None)
    known = members_by_id(merchant=merchant, member_ids=[one.member_id for one in shown if one.member_id])
    rows = [
        {
            "member": known.get(one.member_id) if one.member_id else None,
            "state": CODE_STATE_WORDS[one.status],
            "valid_until": one.valid_until,
        }
        for one in shown
    ]
    total = issued_by_source(merchant=merchant, source_id=campaign_id)
    return render(
        request,
        "backoffice/campaigns/coupons.html",
        {"facts": facts, "page": Page(rows=rows, total=total, newer_url=newer_url, older_url=older_url)},
    )


def _read_filter(asked: QueryDict) -> PeopleFilter:
    """Return the filters of the address; an unknown word filters nothing."""
    group, state, reason = (asked.get(name, "") for name in ("group", "state", "reason"))
    return PeopleFilter(
        group=Group(group) if group in set(Group) else Group.MATCHED,
        state=DeliveryState(state) if state in set(DeliveryState) else None,
        reason=ExclusionReason(reason) if reason in set(ExclusionReason) else None,
        bought=asked.get("bought") == "yes",
    )


def _chip_words(who: PeopleFilter) -> dict[str, str]:
    words = {"group": str(GROUP_WORDS[who.group])}
    if who.state:
        words["state"] = str(DELIVERY_WORDS[who.state.value])
    if who.reason:
        words["reason"] = str(REASONS[who.reason])
    if who.bought:
        words["bought"] = gettext("Bought in the campaign's days")
    return words
