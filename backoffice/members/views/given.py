"""A coupon, stamps or a reward that staff give a member: chosen with a reason, shown, then given once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.coupons.words import benefit_of
from backoffice.members.given_forms import GiveForm, GiveRewardForm, GiveStampsForm
from backoffice.members.given_words import describe_coupon, describe_reward, describe_stamps, give_problem
from backoffice.parts import Tab
from common.errors import Missing, Refusal
from common.quantities import format_number
from ledger.facts import Unit
from ledger.queries import balance
from members.facts import MemberFacts
from members.queries import member, redeemable_points
from merchants.facts import MerchantFacts, Permission
from merchants.queries import outlets
from merchants.tenancy import refusable
from rewards.catalogue.facts import Handover, RewardFacts
from rewards.catalogue.operations import redeem_by_staff
from rewards.catalogue.queries import rewards_for_member
from rewards.coupons.facts import BatchFacts, OfferedCard
from rewards.coupons.operations import give_coupon, give_stamps
from rewards.coupons.queries import coupons_and_stamps, offers_to_give, stamp_cards_to_give
from rewards.coupons.rules import last_day_given


@dataclass(frozen=True)
class _Receiver:
    """The member who is given something, and when."""

    merchant: MerchantFacts
    member: MemberFacts
    now: datetime

    @property
    def target(self) -> dict[str, Any]:
        return {"merchant": self.merchant, "member_id": self.member.id, "at": self.now}


@staff_page(Permission.ADJUST_POINTS)
def give_coupon_page(request: StaffRequest, member_id: UUID) -> HttpResponse:
    to = _receiver_of(request, member_id)
    today = to.merchant.day_of(to.now)
    offers = {str(one.id): one for one in offers_to_give(merchant=to.merchant, at=to.now, today=today)}
    choices = [(key, f"{one.title} · {benefit_of(one, to.merchant)}") for key, one in offers.items()]
    form = GiveForm(gettext("Coupon"), choices, post_data(request))
    described: list[str] = []
    if request.method == "POST" and form.is_valid():
        offer: BatchFacts = offers[str(form.cleaned_data["what"])]
        last_day = last_day_given(offer, today)
        described = describe_coupon(to.member.display_name, offer.title, benefit_of(offer, to.merchant), last_day)
        if _is_confirmed(request, form):
            try:
                with refusable():
                    give_coupon(
                        **to.target,
                        batch_id=offer.id,
                        today=today,
                        reason=form.cleaned_data["reason"],
                        actor=actor_of(request),
                    )
                return _say_given(request, to, described)
            except Refusal as refusal:
                form.add_error("what", give_problem(refusal))
    empty = gettext("No coupon can be given: no offer of coupons runs now.")
    return _render_page(request, to, "coupon", form, described=described, empty=empty if not choices else "")


@staff_page(Permission.ADJUST_POINTS)
def give_stamps_page(request: StaffRequest, member_id: UUID) -> HttpResponse:
    to = _receiver_of(request, member_id)
    today = to.merchant.day_of(to.now)
    cards = {str(one.promotion_id): one for one in stamp_cards_to_give(merchant=to.merchant, at=to.now)}
    _, held = coupons_and_stamps(merchant=to.merchant, member_id=to.member.id, at=to.now, today=today)
    progress = {one.card_id: one.progress for one in held}
    choices = [(key, _card_label(one, progress)) for key, one in cards.items()]
    form = GiveStampsForm(gettext("Stamp card"), choices, post_data(request))
    described: list[str] = []
    if request.method == "POST" and form.is_valid():
        card, stamps = cards[str(form.cleaned_data["what"])], form.cleaned_data["stamps"]
        described = describe_stamps(card.terms, progress.get(card.card_id, 0), stamps)
        try:
            with refusable():
                if stamps > card.terms.threshold:
                    raise Refusal("too_many_stamps", most=card.terms.threshold)
                if _is_confirmed(request, form):
                    given = give_stamps(
                        **to.target,
                        promotion_id=card.promotion_id,
                        stamps=stamps,
                        today=today,
                        reason=form.cleaned_data["reason"],
                        actor=actor_of(request),
                    )
                    before = (given.progress - stamps) % given.threshold  # a till may have stamped since the preview
                    return _say_given(request, to, describe_stamps(card.terms, before, stamps))
        except Refusal as refusal:
            form.add_error("stamps", give_problem(refusal))
    empty = gettext("No stamp can be given: no promotion with a stamp card runs now.")
    return _render_page(request, to, "stamps", form, described=described, empty=empty if not choices else "")


@staff_page(Permission.ADJUST_POINTS)
def give_reward_page(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Redeem a reward for the member with their points; to give one away, the points are moved first."""
    to = _receiver_of(request, member_id)
    today = to.merchant.day_of(to.now)
    own = balance(merchant=to.merchant, owner_id=to.member.id, unit=Unit.POINTS, business_date=today)
    points = redeemable_points(merchant=to.merchant, member=to.member, points=own, business_date=today, at=to.now)
    found = rewards_for_member(merchant=to.merchant, member=to.member, available=points, at=to.now, today=today)
    rewards = {str(one.id): one for one in found if one.usable}
    choices = [
        (key, f"{one.title} · {format_number(one.points)} {to.merchant.points_name}") for key, one in rewards.items()
    ]
    places = [(str(one.id), one.name) for one in outlets(merchant=to.merchant)]
    form = GiveRewardForm(gettext("Reward"), choices, places, post_data(request))
    described: list[str] = []
    if request.method == "POST" and form.is_valid():
        reward: RewardFacts = rewards[str(form.cleaned_data["what"])]
        described = describe_reward(to.merchant, reward, points)
        is_fetched = reward.handover is Handover.PICKUP
        if is_fetched and not form.cleaned_data["outlet"]:
            form.add_error("outlet", gettext("Choose where the member fetches the gift."))
        elif _is_confirmed(request, form):
            try:
                with refusable():
                    redeem_by_staff(
                        **to.target,
                        reward_id=reward.id,
                        pickup_outlet_id=form.cleaned_data["outlet"] if is_fetched else None,
                        business_date=today,
                        reason=form.cleaned_data["reason"],
                        actor=actor_of(request),
                    )
                return _say_given(request, to, described)
            except (Refusal, Missing) as refusal:
                form.add_error("what", give_problem(refusal))
    empty = gettext("With %(points)s %(unit)s this member can take no reward now.") % {
        "points": format_number(points),
        "unit": to.merchant.points_name,
    }
    return _render_page(request, to, "reward", form, described=described, empty=empty if not choices else "")


def _receiver_of(request: StaffRequest, member_id: UUID) -> _Receiver:
    merchant = request.staff.merchant
    return _Receiver(merchant, member(merchant=merchant, member_id=member_id), timezone.now())


def _card_label(card: OfferedCard, progress: dict[UUID, int]) -> str:
    return gettext("%(title)s · %(progress)s of %(threshold)s") % {
        "title": card.terms.title,
        "progress": format_number(progress.get(card.card_id, 0)),
        "threshold": format_number(card.terms.threshold),
    }


def _mark_of(form: GiveForm) -> str:
    """Return what a preview confirms: these values of the form."""
    return " ".join(str(form.cleaned_data[name]) for name in sorted(form.cleaned_data))


def _is_confirmed(request: StaffRequest, form: GiveForm) -> bool:
    return request.POST.get("confirmed") == _mark_of(form)


def _say_given(request: StaffRequest, to: _Receiver, described: list[str]) -> HttpResponse:
    messages.success(request, " ".join([gettext("Done; the entry is in the history below."), *described]))
    return redirect("backoffice:member", member_id=to.member.id)


def _render_page(
    request: StaffRequest, to: _Receiver, kind: str, form: GiveForm, *, described: list[str], empty: str
) -> HttpResponse:
    """Draw the form, the preview above it where it can be given, or why nothing can be."""
    words = {"coupon": gettext("Coupon"), "stamps": gettext("Stamps"), "reward": gettext("Reward")}
    tabs = [
        Tab(word, reverse(f"backoffice:give_{one}", args=[to.member.id]), current=one == kind)
        for one, word in words.items()
    ]
    shown = bool(described) and form.is_valid() and not form.errors
    context = {
        "member": to.member,
        "kind": kind,
        "tabs": tabs,
        "form": form,
        "described": described if shown else [],
        "mark": _mark_of(form) if shown else "",
        "empty": empty,
    }
    return render(request, "backoffice/members/give.html", context, status=400 if form.errors else 200)
