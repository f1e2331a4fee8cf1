"""One referral: both people masked, what speaks against it, its sales and its story; approve or refuse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.parts import Event
from backoffice.referrals.forms import DecisionForm
from backoffice.referrals.views.badges import STEP_ICONS, badge_of
from backoffice.words import actor_word
from common.errors import Refusal
from common.languages import reader_language
from common.quantities import format_instant
from members.facts import MemberFacts
from members.queries import members_by_id
from members.rules import mask_name, mask_phone
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.referrals.facts import ReferralState, ReferralStep
from rewards.referrals.operations import OwnReferral, approve_referral, refuse_referral
from rewards.referrals.queries import clawback_of, grant_of, referral, referral_steps
from rewards.referrals.wording import STATE_WORDS, reason_words, reward_words
from sales.queries import receipts_of_member


@dataclass(frozen=True)
class ReferralSide:
    """One of the two people, masked."""

    name: str
    number: str
    phone: str
    url: str
    joined_on: date | None


@staff_page(Permission.SEE_MEMBERS)
def referral_detail(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    return _render_detail(request, referral_id, DecisionForm())


@staff_page(Permission.EDIT_PROGRAM)
def decide(request: StaffRequest, referral_id: UUID, decision: str) -> HttpResponse:
    """Approve or refuse, with a reason."""
    if request.method != "POST":
        return redirect("backoffice:referral", referral_id=referral_id)
    operation = {"approve": approve_referral, "refuse": refuse_referral}.get(decision)
    if operation is None:
        raise Http404(decision)
    form = DecisionForm(post_data(request))
    if form.is_valid():
        try:
            with refusable():
                operation(
                    merchant=request.staff.merchant,
                    referral_id=referral_id,
                    reason=form.cleaned_data["reason"],
                    actor=actor_of(request),
                    at=timezone.now(),
                )
        except OwnReferral:
            form.add_error(None, gettext("This referral is yours. Ask somebody else to decide about it."))
        except Refusal:
            form.add_error(None, gettext("This referral has been decided meanwhile."))
        else:
            done = gettext("Approved: the reward follows in the night after the return period.")
            messages.success(request, done if decision == "approve" else gettext("Refused: nothing will be granted."))
            return redirect("backoffice:referral", referral_id=referral_id)
    return _render_detail(request, referral_id, form, status=400)


def _render_detail(request: StaffRequest, referral_id: UUID, form: DecisionForm, *, status: int = 200) -> HttpResponse:
    merchant = request.staff.merchant
    facts = referral(merchant=merchant, referral_id=referral_id)
    people = members_by_id(merchant=merchant, member_ids=[facts.friend_id, facts.referrer_id])
    friend = people.get(facts.friend_id)
    decides = may(request.staff.role, Permission.EDIT_PROGRAM)
    return render(
        request,
        "backoffice/referrals/detail.html",
        {
            "facts": facts,
            "state": badge_of(facts.state),
            "friend": _make_side(friend),
            "referrer": _make_side(people.get(facts.referrer_id)),
            "reasons": [reason_words(reason) for reason in facts.reasons],
            "receipts": receipts_of_member(merchant=merchant, member_id=friend.id, limit=10) if friend else [],
            "grant": grant_of(merchant=merchant, referral_id=referral_id),
            "clawback": clawback_of(merchant=merchant, referral_id=referral_id),
            "promise": reward_words(merchant, facts.terms.reward_kind, facts.terms.reward_amount, reader_language()),
            "events": [_make_event(merchant, s) for s in referral_steps(merchant=merchant, referral_id=referral_id)],
            "form": form,
            "may_approve": decides and facts.state is ReferralState.IN_REVIEW,
            "may_refuse": decides and facts.state in {ReferralState.IN_REVIEW, ReferralState.QUALIFIED},
        },
        status=status,
    )


def _make_side(member: MemberFacts | None) -> ReferralSide:
    if member is None:
        return ReferralSide("–", "", "", "", None)
    return ReferralSide(
        name=mask_name(member.name) or member.number,
        number=member.number,
        phone=mask_phone(member.phone) or "–",
        url=reverse("backoffice:member", args=[member.id]),
        joined_on=member.joined_on,
    )


def _make_event(merchant: MerchantFacts, step: ReferralStep) -> Event:
    return Event(
        when=format_instant(step.at, merchant.timezone, reader_language()),
        title=str(STATE_WORDS[step.to_state]) if step.from_state else gettext("Joined with the referrer's code"),
        icon=STEP_ICONS[step.to_state],
        detail=" ".join(reason_words(reason) for reason in step.reasons),
        actor=actor_word(step.actor_label),
        reason=step.note,
    )
