"""What is known of one member, put right by staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.members.profile_forms import EditMemberForm
from backoffice.privacy.viewings import note_shown
from common.errors import BadInput
from common.form_errors import add_errors
from members.facts import MemberFacts, ProfileChanges
from members.operations import ContactTaken, ProfileMoved, edit_profile
from members.queries import attributes, member, profile_mark
from merchants.facts import Permission
from merchants.queries import outlets
from merchants.rules import may
from merchants.tenancy import refusable


@staff_page(Permission.EDIT_MEMBERS)
def member_edit(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Change what is known of the member: the operation that the till's PATCH calls, without the till's limits."""
    found = member(merchant=request.staff.merchant, member_id=member_id)
    note_shown(request, found.id, in_full=_sees_contacts(request))
    form = _form_over(request, found)
    other: MemberFacts | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return _save_profile(request, form, found)
        except ContactTaken as taken:
            add_errors(form, taken)
            other = member(merchant=request.staff.merchant, member_id=taken.member_id)
        except BadInput as bad:
            add_errors(form, bad, renamed=form.renamed)
        except ProfileMoved:
            found = member(merchant=request.staff.merchant, member_id=found.id)
            form = _form_after_change(request, found)
    return render(
        request,
        "backoffice/members/edit.html",
        {"form": form, "member": found, "other": other, "sees_contacts": _sees_contacts(request)},
        status=400 if form.errors else 200,
    )


def _save_profile(request: StaffRequest, form: EditMemberForm, found: MemberFacts) -> HttpResponse:
    changes, now = form.changes, timezone.now()
    if changes == ProfileChanges():
        messages.info(request, gettext("Nothing was changed."))
        return redirect("backoffice:member", member_id=found.id)
    with refusable():
        edit_profile(
            merchant=request.staff.merchant,
            member_id=found.id,
            changes=changes,
            actor=actor_of(request),
            at=now,
            business_date=request.staff.merchant.day_of(now),
            seen=form.cleaned_data["seen"],
        )
    messages.success(request, gettext("Saved. Which fields changed is in the history below."))
    return redirect("backoffice:member", member_id=found.id)


def _form_after_change(request: StaffRequest, found: MemberFacts) -> EditMemberForm:
    """Return the same entries over the member as stored now, with a note that names what differs; nothing is saved."""
    entries = request.POST.copy()
    entries["seen"] = profile_mark(merchant=request.staff.merchant, member=found)
    form = _form_over(request, found, entries)
    form.is_valid()
    form.add_error(
        None,
        gettext("Somebody changed this member while you had the form open. Nothing was saved; review your entries."),
    )
    hidden = () if _sees_contacts(request) else ("phone", "email")
    for name in form.changed_data:
        if name not in hidden:
            form[name].help_text = _stored_now(form, name)
    return form


def _stored_now(form: EditMemberForm, name: str) -> str:
    field: Any = form.fields[name]
    stored = form.initial.get(name)
    stored = next((word for value, word in getattr(field, "choices", ()) if value == stored), stored)
    if not stored:
        return gettext("Stored now: nothing.")
    return gettext("Stored now: %(stored)s") % {"stored": escape(field.prepare_value(stored))}


def _form_over(request: StaffRequest, found: MemberFacts, data: QueryDict | None = None) -> EditMemberForm:
    merchant = request.staff.merchant
    return EditMemberForm(
        found,
        outlets(merchant=merchant),
        data or post_data(request),
        definitions=[one for one in attributes(merchant=merchant) if one.is_active],
        seen=profile_mark(merchant=merchant, member=found),
        sees_contacts=_sees_contacts(request),
    )


def _sees_contacts(request: StaffRequest) -> bool:
    return may(request.staff.role, Permission.SEE_CONTACTS)
