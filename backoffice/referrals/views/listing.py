"""Who brought whom: by state and by referrer, with what it brought and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, staff_page
from backoffice.parts import Figure, Page, Tab, filter_chips, page_urls, url_with
from backoffice.referrals.views.badges import StateBadge, badge_of
from common.ids import uuid_or_none
from common.languages import reader_language
from common.quantities import format_day, format_money, format_number, format_percent, format_points
from members.facts import MemberFacts
from members.queries import members_by_id
from members.rules import mask_name
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from rewards.referrals.facts import ReferralFacts, ReferralState
from rewards.referrals.queries import program_in_force, referral_counts, referral_figures, referrals_page
from rewards.referrals.wording import STATE_WORDS, reason_words
from sales.queries import net_sales_of

PAGE_SIZE: Final = 50
COUNT_LIMIT: Final = 10_000
PERIOD_DAYS: Final = 90
TABS: Final = (
    ReferralState.IN_REVIEW,
    ReferralState.QUALIFIED,
    ReferralState.JOINED,
    ReferralState.GRANTED,
    ReferralState.REFUSED,
    ReferralState.CLAWED_BACK,
    ReferralState.EXPIRED,
)


@dataclass(frozen=True)
class MaskedMember:
    """A member as lists of referrals show one: initials and number, enough to distinguish two people."""

    name: str
    number: str


@dataclass(frozen=True)
class ReferralRow:
    url: str
    friend: MaskedMember
    referrer: MaskedMember
    state: StateBadge
    joined_on: date
    due_on: date | None
    amount: int | None
    reason: str
    more: int


@staff_page(Permission.SEE_MEMBERS)
def referrals(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    state = _read_state(request.GET.get("state", ""))
    referrer_id = uuid_or_none(request.GET.get("referrer", ""))
    found = referrals_page(
        merchant=merchant,
        state=state,
        referrer_id=referrer_id,
        after=uuid_or_none(request.GET.get("after", "")),
        limit=PAGE_SIZE,
    )
    people = members_by_id(merchant=merchant, member_ids=_people_in(found.referrals, referrer_id))
    newer_url, older_url = page_urls(request.GET, str(found.next_after) if found.next_after else None)
    page = Page(
        rows=[_referral_row(r, people) for r in found.referrals],
        total=min(found.total, COUNT_LIMIT),
        total_is_capped=found.total > COUNT_LIMIT,
        newer_url=newer_url,
        older_url=older_url,
    )
    chosen = people.get(referrer_id) if referrer_id else None
    words = {"referrer": gettext("Brought by %(name)s") % {"name": _mask_member(chosen).name}}
    program = program_in_force(merchant=merchant, at=timezone.now())
    return render(
        request,
        "backoffice/referrals/list.html",
        {
            "page": page,
            "tabs": _make_tabs(request, state, referral_counts(merchant=merchant)),
            "chips": filter_chips(request.GET, words),
            "figures": _make_figures(merchant) if state is None and referrer_id is None else [],
            "program": program,
            "is_open": program is not None and program.terms.is_open,
            "may_edit": may(request.staff.role, Permission.EDIT_PROGRAM),
            "narrowed": state is not None or referrer_id is not None,
        },
    )


def _people_in(found: Sequence[ReferralFacts], referrer_id: UUID | None) -> list[UUID]:
    ids = {member_id for r in found for member_id in (r.friend_id, r.referrer_id)}
    return sorted(ids | ({referrer_id} if referrer_id else set()))


def _make_tabs(request: StaffRequest, chosen: ReferralState | None, counts: dict[ReferralState, int]) -> list[Tab]:
    tabs = [Tab(gettext("All"), url_with(request.GET, state=None), chosen is None)]
    return tabs + [
        Tab(
            str(STATE_WORDS[state]),
            url_with(request.GET, state=state.value),
            chosen is state,
            format_number(counts[state]) if counts.get(state) else "",
        )
        for state in TABS
        if counts.get(state) or chosen is state or state is ReferralState.IN_REVIEW
    ]


def _referral_row(facts: ReferralFacts, people: dict[UUID, MemberFacts]) -> ReferralRow:
    return ReferralRow(
        url=reverse("backoffice:referral", args=[facts.id]),
        friend=_mask_member(people.get(facts.friend_id)),
        referrer=_mask_member(people.get(facts.referrer_id)),
        state=badge_of(facts.state),
        joined_on=facts.joined_on,
        due_on=facts.due_on if facts.state in {ReferralState.QUALIFIED, ReferralState.IN_REVIEW} else None,
        amount=facts.sale_amount if facts.sale_id else None,
        reason=reason_words(facts.reasons[0]) if facts.reasons else "",
        more=max(0, len(facts.reasons) - 1),
    )


def _mask_member(member: MemberFacts | None) -> MaskedMember:
    """Return 'B*** S***' and '1234567890'; of a member without a name the number takes its place."""
    if member is None:
        return MaskedMember("–", "")
    return MaskedMember(mask_name(member.name), member.number) if member.name else MaskedMember(member.number, "")


def _make_figures(merchant: MerchantFacts) -> list[Figure]:
    """Return friends who joined within the last 90 days, and how far they came until now."""
    language = reader_language()
    last = merchant.day_of(timezone.now())
    first = last - timedelta(days=PERIOD_DAYS - 1)
    found = referral_figures(merchant=merchant, first=first, last=last)
    purchases, net = net_sales_of(merchant=merchant, member_ids=found.friend_ids)
    period = gettext("joined %(first)s – %(last)s") % {
        "first": format_day(first, language),
        "last": format_day(last, language),
    }
    bought = found.joined - found.waiting - found.expired
    base = ngettext("of %(n)s friend", "of %(n)s friends", found.joined) % {"n": format_number(found.joined)}
    return [
        Figure(
            gettext("Friends who joined"),
            format_number(found.joined),
            gettext("New members who named a member's code while the program was open."),
            period,
        ),
        Figure(
            gettext("Made their first purchase"),
            format_percent(bought / found.joined) if found.joined else "–",
            gettext("Friends with a paid purchase over the minimum, of all who joined."),
            period,
            base=base,
        ),
        Figure(
            gettext("Given to referrers"),
            _cost_words(merchant, found.points_granted, found.wallet_granted, found.coupons_granted),
            gettext("Rewards granted for these friends and not taken back."),
            period,
            base=ngettext("for %(n)s friend", "for %(n)s friends", found.granted) % {"n": format_number(found.granted)},
        ),
        Figure(
            gettext("Net sales to these friends"),
            format_money(net, merchant.currency, language),
            gettext("All their purchases until now, after discounts and returns."),
            period,
            base=ngettext("in %(n)s purchase", "in %(n)s purchases", purchases) % {"n": format_number(purchases)},
        ),
    ]


def _cost_words(merchant: MerchantFacts, points: int, wallet: int, coupons: int) -> str:
    language = reader_language()
    parts = [
        format_money(wallet, merchant.currency, language) if wallet else "",
        format_points(points, language, merchant.points_name) if points else "",
        ngettext("%(n)s coupon", "%(n)s coupons", coupons) % {"n": format_number(coupons)} if coupons else "",
    ]
    return " + ".join(part for part in parts if part) or "0"


def _read_state(text: str) -> ReferralState | None:
    return ReferralState(text) if text in {state.value for state in ReferralState} else None
