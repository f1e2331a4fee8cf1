"""A household: who shares one phone number, who holds it, adding a person, leaving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.members.forms import HouseholdMemberForm
from backoffice.privacy.children import say_consent_not_taken
from common.errors import BadInput, Missing, Refusal
from common.form_errors import add_errors
from common.ids import uuid_or_none
from enrolment.operations import enrol_in_household
from ledger.facts import Unit
from ledger.queries import balances
from members.facts import EnrolDraft, MemberFacts, MemberSource
from members.operations import MemberExists, choose_wallet, hand_over_phone, join_household, leave_household
from members.queries import household_of, member, search_members
from merchants.facts import MerchantFacts, Permission
from merchants.tenancy import refusable

_REASONS: Final[dict[str, str | Promise]] = {
    "no_phone": _("The holder has no phone number to share."),
    "shares": _("This member shares a phone number already."),
    "full": _("Eight people share this number already. More are not possible."),
    "has_phone": _("This member has a phone number of their own. Take it off their page first."),
    "no_contact": _("Write an e-mail or a phone number of their own on their page first: else no one finds them."),
    "not_together": _("The two share no phone number any more."),
    "alone": _("Add a person first: alone there is nothing to share."),
}


@staff_page(Permission.EDIT_MEMBERS)
def household_page(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Show everyone who shares the number, and add a new person to them."""
    merchant = request.staff.merchant
    holder = _holder_of(merchant, member(merchant=merchant, member_id=member_id))
    form = HouseholdMemberForm(post_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                joined = enrol_in_household(
                    merchant=merchant, holder_id=holder.id, draft=_draft_of(form), at=timezone.now()
                )
        except MemberExists as known:
            messages.info(request, gettext("This person is a member already: here they are."))
            return redirect("backoffice:member", member_id=known.facts["member_id"])
        except BadInput as bad:
            add_errors(form, bad)
        except Refusal as refused:
            form.add_error(None, _refusal_words(refused))
        else:
            messages.success(request, gettext("%(name)s is a member now.") % {"name": joined.display_name})
            say_consent_not_taken(request, joined, wanted=form.cleaned_data["promo_consent"])
            return redirect("backoffice:household", member_id=holder.id)
    return _show_household(request, holder, form)


def _draft_of(form: HouseholdMemberForm) -> EnrolDraft:
    return EnrolDraft(
        name=form.cleaned_data["name"],
        email=form.cleaned_data["email"] or None,
        birth_date=form.cleaned_data["birth_date"],
        promo_consent=form.cleaned_data["promo_consent"],
        source=MemberSource.STAFF,
    )


def _holder_of(merchant: MerchantFacts, found: MemberFacts) -> MemberFacts:
    return member(merchant=merchant, member_id=found.household_of_id) if found.household_of_id else found


def _show_household(request: StaffRequest, holder: MemberFacts, form: HouseholdMemberForm) -> HttpResponse:
    merchant, text = request.staff.merchant, request.GET.get("q", "").strip()
    people = [holder, *household_of(merchant=merchant, holder_id=holder.id)]
    today = merchant.day_of(timezone.now())
    owned = balances(merchant=merchant, owner_ids=[one.id for one in people], unit=Unit.POINTS, business_date=today)
    inside = {one.id for one in people}
    context: dict[str, Any] = {
        "holder": holder,
        "rows": [
            {
                "one": one,
                "points": owned[one.id].points_balance,
                "is_holder": one.id == holder.id,
                "leave": f"leave-{one.id}",
                "hold": f"hold-{one.id}",
            }
            for one in people
        ],
        "together": sum(owned[one.id].available for one in people),
        "form": form,
        "q": text,
        "others": [one for one in search_members(merchant=merchant, text=text, limit=10) if one.id not in inside],
    }
    return render(request, "backoffice/members/household.html", context, status=400 if form.errors else 200)


def _refusal_words(refused: Refusal) -> str:
    if refused.code == "member_blocked":
        return gettext("A blocked member shares no number. Lift the block first.")
    reason = str(refused.facts.get("reason", ""))
    return str(_REASONS.get(reason) or gettext("This is not possible now."))


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def household_join(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Let a member who has no number share the holder's."""
    other_id = uuid_or_none(request.POST.get("member", ""))
    if other_id is None:
        raise Missing("member_not_found")
    return _carry_out(
        request,
        lambda: join_household(
            merchant=request.staff.merchant,
            holder_id=member_id,
            member_id=other_id,
            actor=actor_of(request),
            at=timezone.now(),
        ),
        done=gettext("They share the number now."),
        back_to=member_id,
    )


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def household_leave(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Let a member share the number no longer."""
    holder = _holder_of(request.staff.merchant, member(merchant=request.staff.merchant, member_id=member_id))
    return _carry_out(
        request,
        lambda: leave_household(
            merchant=request.staff.merchant, member_id=member_id, actor=actor_of(request), at=timezone.now()
        ),
        done=gettext("This member shares the number no longer."),
        back_to=holder.id,
    )


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def household_hold(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Make this member the holder of the number that they share."""
    holder = _holder_of(request.staff.merchant, member(merchant=request.staff.merchant, member_id=member_id))
    return _carry_out(
        request,
        lambda: hand_over_phone(
            merchant=request.staff.merchant,
            holder_id=holder.id,
            member_id=member_id,
            actor=actor_of(request),
            at=timezone.now(),
        ),
        done=gettext("The number is this member's now; the others share it."),
        back_to=member_id,
    )


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def household_wallet(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Let the household redeem from one wallet, or each from their own."""
    is_shared = request.POST.get("shared") == "yes"
    said = gettext("They redeem from one wallet now.") if is_shared else gettext("Each redeems from their own now.")
    return _carry_out(
        request,
        lambda: choose_wallet(
            merchant=request.staff.merchant,
            holder_id=member_id,
            is_shared=is_shared,
            actor=actor_of(request),
            at=timezone.now(),
        ),
        done=said,
        back_to=member_id,
    )


def _carry_out(request: StaffRequest, act: Callable[[], object], *, done: str, back_to: UUID) -> HttpResponse:
    try:
        with refusable():
            act()
    except Refusal as refused:
        messages.error(request, _refusal_words(refused))
    else:
        messages.success(request, done)
    return redirect("backoffice:household", member_id=back_to)
