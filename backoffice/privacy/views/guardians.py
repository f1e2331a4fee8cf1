"""A parent or guardian agrees for a member under 18, or no longer."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.privacy.forms import GuardianForm
from common.errors import BadInput, Refusal
from common.form_errors import add_errors
from members.operations import end_guardian, record_guardian
from members.queries import member
from merchants.facts import Permission
from merchants.tenancy import refusable


@staff_page(Permission.EDIT_MEMBERS)
def guardian_new(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Write down that a parent or guardian agrees."""
    merchant, now = request.staff.merchant, timezone.now()
    found = member(merchant=merchant, member_id=member_id)
    form = GuardianForm(post_data(request), today=merchant.day_of(now))
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                record_guardian(
                    merchant=merchant,
                    member_id=found.id,
                    draft=form.draft(),
                    actor=actor_of(request),
                    at=now,
                    business_date=merchant.day_of(now),
                )
        except BadInput as bad:
            add_errors(form, bad)
        except Refusal:
            messages.info(request, gettext("Nothing was recorded: this member is no child, or someone agreed already."))
            return redirect("backoffice:member", member_id=found.id)
        else:
            messages.success(request, gettext("Recorded: a parent or guardian agrees."))
            return redirect("backoffice:member", member_id=found.id)
    context = {"form": form, "member": found}
    return render(request, "backoffice/privacy/guardian_new.html", context, status=400 if form.errors else 200)


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def guardian_end(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Write down that the parent or guardian agrees no longer; the child's consents end with it."""
    try:
        with refusable():
            end_guardian(
                merchant=request.staff.merchant, member_id=member_id, actor=actor_of(request), at=timezone.now()
            )
    except Refusal:
        messages.info(request, gettext("Nothing was changed: no parent or guardian has agreed."))
    else:
        messages.success(request, gettext("Recorded: no parent or guardian agrees any more."))
    return redirect("backoffice:member", member_id=member_id)
