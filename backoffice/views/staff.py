"""Users and roles: who may do what, somebody invited, a role changed, an access ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, posted, staff_page
from backoffice.context import ROLE_WORDS
from backoffice.forms.staff import InviteForm, RoleForm
from backoffice.invitations import mail_after_commit
from backoffice.limits import invitation_allowed
from backoffice.words import PERMISSION_WORDS
from merchants.facts import Permission, Role, StaffFacts
from merchants.operations import (
    LastOwner,
    StaffAlready,
    change_staff_role,
    end_staff_access,
    invite_again,
    invite_staff,
)
from merchants.queries import staff, staff_member
from merchants.rules import ADJUSTMENT_LIMITS, may
from merchants.tenancy import refusable


@staff_page(Permission.MANAGE_STAFF)
def staff_list(request: StaffRequest) -> HttpResponse:
    people = [_row(one) for one in staff(merchant=request.staff.merchant)]
    return render(
        request,
        "backoffice/staff.html",
        {"people": people, "active": sum(1 for row in people if row["one"].is_active), **_matrix()},
    )


@staff_page(Permission.MANAGE_STAFF)
def staff_new(request: StaffRequest) -> HttpResponse:
    """The answer is the same whether the address has an account elsewhere or not."""
    form = InviteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        if not invitation_allowed(request.staff.merchant.id):
            form.add_error(None, gettext("Your store has sent many invitations. Try again in an hour."))
        else:
            try:
                return _invite(request, form.cleaned_data)
            except StaffAlready:
                form.add_error("email", gettext("This person has access already. Change their role in the list."))
    return render(
        request, "backoffice/staff_new.html", {"form": form, "roles": _roles()}, status=400 if form.errors else 200
    )


def _invite(request: StaffRequest, fields: Mapping[str, Any]) -> HttpResponse:
    merchant = request.staff.merchant
    with refusable():
        invited = invite_staff(
            merchant=merchant,
            email=fields["email"],
            name=fields["name"],
            role=Role(fields["role"]),
            at=timezone.now(),
            actor=actor_of(request),
        )
    mail_after_commit(request, merchant, invited, by=request.staff.person)
    messages.success(
        request, gettext("%(name)s is invited. The mail goes to %(email)s.")
        % {"name": fields["name"], "email": invited.email},
    )  # fmt: skip
    return redirect("backoffice:staff")


@staff_page(Permission.MANAGE_STAFF)
def staff_edit(request: StaffRequest, user_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    one = staff_member(merchant=merchant, user_id=user_id)
    form = RoleForm(posted(request), initial={"role": one.role.value})
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
        except LastOwner:
            form.add_error("role", _why_last_owner())
        else:
            messages.success(request, gettext("The role counts from the person's next page on."))
            return redirect("backoffice:staff")
    return render(
        request,
        "backoffice/staff_edit.html",
        {"form": form, "roles": _roles(), "is_self": user_id == request.staff.user_id, **_row(one)},
        status=400 if form.errors else 200,
    )


@require_POST
@staff_page(Permission.MANAGE_STAFF)
def staff_end(request: StaffRequest, user_id: UUID) -> HttpResponse:
    one = staff_member(merchant=request.staff.merchant, user_id=user_id)
    try:
        with refusable():
            end_staff_access(
                merchant=request.staff.merchant, user_id=user_id, at=timezone.now(), actor=actor_of(request)
            )
    except LastOwner:
        messages.error(request, _why_last_owner())
        return redirect("backoffice:staff_edit", user_id=user_id)
    messages.success(request, gettext("The access of %(name)s has ended.") % {"name": one.name})
    return redirect("backoffice:overview" if user_id == request.staff.user_id else "backoffice:staff")


@require_POST
@staff_page(Permission.MANAGE_STAFF)
def staff_invite_again(request: StaffRequest, user_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    if not invitation_allowed(merchant.id):
        messages.error(request, gettext("Your store has sent many invitations. Try again in an hour."))
        return redirect("backoffice:staff_edit", user_id=user_id)
    invited = invite_again(merchant=merchant, user_id=user_id, at=timezone.now(), actor=actor_of(request))
    mail_after_commit(request, merchant, invited, by=request.staff.person)
    messages.success(request, gettext("The mail goes to %(email)s once more.") % {"email": invited.email})
    return redirect("backoffice:staff")


def _row(one: StaffFacts) -> dict[str, Any]:
    return {"one": one, "role": ROLE_WORDS[one.role], "state": _state(one)}


def _state(one: StaffFacts) -> str:
    if not one.is_active:
        return "ended"
    return "active" if one.last_login_at else "invited"


def _why_last_owner() -> str:
    return gettext("This is the only owner: nobody could let people in any more. Make somebody else an owner first.")


def _roles() -> list[dict[str, Any]]:
    """Each role with what it may, in words."""
    return [
        {"word": word, "may": [PERMISSION_WORDS[right] for right in Permission if may(role, right)]}
        for role, word in ROLE_WORDS.items()
    ]


def _matrix() -> dict[str, Any]:
    """The table of rights: a row for each, a column for each role, and how many points a role may move."""
    return {
        "roles": list(ROLE_WORDS.values()),
        "rights": [(PERMISSION_WORDS[right], [may(role, right) for role in ROLE_WORDS]) for right in Permission],
        "limits": [ADJUSTMENT_LIMITS.get(role) for role in ROLE_WORDS],
    }
