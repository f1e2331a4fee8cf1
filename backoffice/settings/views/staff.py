"""Users and roles: who may do what, someone invited, a role changed, an access ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.context import ROLE_WORDS
from backoffice.limits import invitation_allowed
from backoffice.no_permission import refuse_for_role
from backoffice.parts import filter_chips
from backoffice.settings.forms.staff import OFFERED_ROLES, InviteForm, RoleForm
from backoffice.settings.invitations import hand_over_invitation, invitation_troubles, why_not_mailed
from backoffice.words import PERMISSION_WORDS
from backoffice.workplaces import known_outlets, own_outlets
from common.errors import Missing
from common.quantities import format_number
from merchants.facts import MerchantFacts, OutletFacts, Permission, Role, StaffFacts
from merchants.operations import (
    InvitedAlready,
    LastOwner,
    RoleNotGiven,
    StaffAlready,
    change_staff_role,
    end_staff_access,
    invite_again,
    invite_staff,
    tie_to_outlets,
    withdraw_invitation,
)
from merchants.queries import all_outlets, staff, staff_member
from merchants.rules import may, may_give
from merchants.tenancy import refusable


@staff_page(Permission.INVITE_STAFF)
def staff_list(request: StaffRequest) -> HttpResponse:
    people = staff(merchant=request.staff.merchant)
    places = all_outlets(merchant=request.staff.merchant)
    at = next((one for one in places if str(one.id) == request.GET.get("outlet")), None)
    found = [one for one in people if at is None or not one.outlet_ids or at.id in one.outlet_ids]
    words = {"outlet": gettext("Works at: %(name)s") % {"name": at.name}} if at else {}
    active = sum(1 for one in found if one.is_active)
    lead = ngettext("%(n)s person has access", "%(n)s people have access", active) % {"n": format_number(active)}
    roles = _shown_roles(people)
    return render(
        request,
        "backoffice/settings/staff.html",
        {
            "people": _staff_rows(request, found, places),
            "lead": lead,
            "places": [(str(one.id), one.name) for one in places] if len(places) > 1 else [],
            "chosen": str(at.id) if at else "",
            "chips": filter_chips(request.GET, words),
            **_rights_matrix(request.staff.merchant, roles),
        },
    )


@staff_page(Permission.INVITE_STAFF)
def staff_new(request: StaffRequest) -> HttpResponse:
    """The answer is the same whether the address has an account elsewhere or not."""
    form = InviteForm(
        post_data(request),
        giver=request.staff.role,
        outlets=[one for one in known_outlets(request) if not one.closed_at],
        is_tied=own_outlets(request) is not None,
    )
    if request.method == "POST" and form.is_valid():
        if not invitation_allowed(request.staff.merchant.id):
            form.add_error(None, gettext("Your store has sent many invitations. Try again in an hour."))
        elif trouble := why_not_mailed(merchant=request.staff.merchant, email=form.cleaned_data["email"]):
            form.add_error("email", trouble)
        else:
            try:
                return _invite_person(request, form.cleaned_data)
            except StaffAlready:
                form.add_error("email", gettext("This person has access already. Change their role in the list."))
            except InvitedAlready:
                form.add_error(
                    "email", gettext("This address is invited already. Send the invitation again from the list.")
                )
    return render(
        request,
        "backoffice/settings/staff_new.html",
        {"form": form, "roles": _role_rows(_given_roles(request))},
        status=400 if form.errors else 200,
    )


def _invite_person(request: StaffRequest, fields: Mapping[str, Any]) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    with refusable():
        invited = invite_staff(
            merchant=merchant,
            email=fields["email"],
            name=fields["name"],
            role=Role(fields["role"]),
            by=request.staff.person,
            at=now,
            actor=actor_of(request),
            outlet_ids=fields.get("outlets", ()),
        )
    hand_over_invitation(
        merchant=merchant, invited=invited, by=request.staff.person, reply_to=request.staff.email, at=now
    )
    messages.success(
        request,
        gettext("%(name)s is invited. Access begins when they accept; the mail goes to %(email)s.")
        % {"name": fields["name"], "email": invited.email},
    )
    return redirect("backoffice:staff")


@staff_page(Permission.INVITE_STAFF)
def staff_edit(request: StaffRequest, user_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    one = staff_member(merchant=merchant, user_id=user_id)
    own, places = own_outlets(request), all_outlets(merchant=merchant)
    works_within = own is None or (bool(one.outlet_ids) and own.issuperset(one.outlet_ids))
    may_change = may_give(request.staff.role, one.role) and works_within
    if request.method == "POST" and not may_change:
        return refuse_for_role(request, Permission.MANAGE_STAFF)
    form = RoleForm(
        post_data(request),
        initial={"role": one.role.value, "outlets": [str(each) for each in one.outlet_ids]},
        giver=request.staff.role,
        current=one.role,
        outlets=[
            each
            for each in places
            if (not each.closed_at or each.id in one.outlet_ids) and (own is None or each.id in own)
        ],
        is_tied=own is not None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                change_staff_role(
                    merchant=merchant,
                    user_id=user_id,
                    role=Role(form.cleaned_data["role"]),
                    at=timezone.now(),
                    actor=actor_of(request),
                )
                if "outlets" in form.fields:
                    tie_to_outlets(
                        merchant=merchant,
                        user_id=user_id,
                        outlet_ids=form.cleaned_data["outlets"],
                        at=timezone.now(),
                        actor=actor_of(request),
                    )
        except LastOwner:
            form.add_error("role", _why_last_owner())
        else:
            messages.success(request, gettext("What you chose counts from the person's next page on."))
            return redirect("backoffice:staff")
    return render(
        request,
        "backoffice/settings/staff_edit.html",
        {
            "form": form,
            "roles": _role_rows(_given_roles(request) if may_change else [one.role]),
            "may_change": may_change,
            "is_self": user_id == request.staff.user_id,
            **_staff_rows(request, [one], places)[0],
        },
        status=400 if form.errors else 200,
    )


@require_POST
@staff_page(Permission.INVITE_STAFF)
def staff_end(request: StaffRequest, user_id: UUID) -> HttpResponse:
    one = staff_member(merchant=request.staff.merchant, user_id=user_id)
    try:
        with refusable():
            end_staff_access(
                merchant=request.staff.merchant, user_id=user_id, at=timezone.now(), actor=actor_of(request)
            )
    except RoleNotGiven:
        return refuse_for_role(request, Permission.MANAGE_STAFF)
    except LastOwner:
        messages.error(request, _why_last_owner())
        return redirect("backoffice:staff_edit", user_id=user_id)
    messages.success(request, gettext("The access of %(name)s has ended.") % {"name": one.name})
    return redirect("backoffice:overview" if user_id == request.staff.user_id else "backoffice:staff")


@require_POST
@staff_page(Permission.INVITE_STAFF)
def staff_invite_again(request: StaffRequest, user_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    if not invitation_allowed(merchant.id):
        messages.error(request, gettext("Your store has sent many invitations. Try again in an hour."))
        return redirect("backoffice:staff_edit", user_id=user_id)
    one = staff_member(merchant=merchant, user_id=user_id)
    if not may_give(request.staff.role, one.role):
        return refuse_for_role(request, Permission.MANAGE_STAFF)
    if trouble := why_not_mailed(merchant=merchant, email=one.email):
        messages.error(request, trouble)
        return redirect("backoffice:staff_edit", user_id=user_id)
    now = timezone.now()
    invited = invite_again(merchant=merchant, user_id=user_id, at=now, actor=actor_of(request))
    hand_over_invitation(
        merchant=merchant, invited=invited, by=request.staff.person, reply_to=request.staff.email, at=now
    )
    messages.success(request, gettext("The mail goes to %(email)s once more.") % {"email": invited.email})
    return redirect("backoffice:staff")


@require_POST
@staff_page(Permission.INVITE_STAFF)
def staff_withdraw(request: StaffRequest, user_id: UUID) -> HttpResponse:
    """Anyone who said yes in the meantime has access: then the page shows it, and the access can be ended there."""
    merchant = request.staff.merchant
    one = staff_member(merchant=merchant, user_id=user_id)
    try:
        with refusable():
            withdraw_invitation(merchant=merchant, user_id=user_id, at=timezone.now(), actor=actor_of(request))
    except RoleNotGiven:
        return refuse_for_role(request, Permission.MANAGE_STAFF)
    except Missing:
        messages.error(request, gettext("This invitation was answered already."))
        return redirect("backoffice:staff_edit", user_id=user_id)
    messages.success(request, gettext("The invitation of %(name)s is withdrawn.") % {"name": one.name})
    return redirect("backoffice:staff")


def _staff_rows(
    request: StaffRequest, found: Sequence[StaffFacts], places: Sequence[OutletFacts]
) -> list[dict[str, Any]]:
    """One row per person; `trouble` says what keeps an invited person from reading their invitation."""
    invited = [one.email for one in found if one.invited_at is not None]
    troubles = invitation_troubles(merchant=request.staff.merchant, emails=invited)
    named = {one.id: one.name for one in places}
    return [
        {
            "one": one,
            "role": ROLE_WORDS[one.role],
            "state": _state_of(one),
            "places": [named[each] for each in one.outlet_ids],
            "has_outlets": len(named) > 1,
            "trouble": troubles.get(one.email, "") if one.invited_at is not None else "",
        }
        for one in found
    ]


def _state_of(one: StaffFacts) -> str:
    if one.invited_at is not None:
        return "invited"
    return "active" if one.is_active else "ended"


def _why_last_owner() -> str:
    return gettext("This is the only owner: nobody could let people in any more. Make somebody else an owner first.")


def _given_roles(request: StaffRequest) -> list[Role]:
    """The roles that this person may give."""
    return [role for role in OFFERED_ROLES if may_give(request.staff.role, role)]


def _shown_roles(people: Sequence[StaffFacts]) -> list[Role]:
    """The roles someone can be given, and those without a page as long as someone has one."""
    held = {one.role for one in people if one.is_active or one.invited_at}
    return [role for role in ROLE_WORDS if role in OFFERED_ROLES or role in held]


def _role_rows(shown: Sequence[Role]) -> list[dict[str, Any]]:
    """Each role with what it may, in words."""
    return [
        {"word": ROLE_WORDS[role], "may": [word for right, word in PERMISSION_WORDS.items() if may(role, right)]}
        for role in shown
    ]


def _rights_matrix(merchant: MerchantFacts, shown: Sequence[Role]) -> dict[str, Any]:
    """The table of rights: a row for each, a column for each role, and how many points a role may move."""
    rights = [
        {"word": word, "allowed": {role: may(role, right) for role in shown}, "limits": {}}
        for right, word in PERMISSION_WORDS.items()
    ]
    limits = {role: merchant.movement_limits.of(role) for role in shown}
    return {
        "roles": [(role, ROLE_WORDS[role]) for role in shown],
        "rights": [*rights, {"word": "", "allowed": {}, "limits": limits}],
    }
