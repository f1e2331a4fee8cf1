"""A member's tier, set by staff until a day, with a reason."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.program.forms.tiers import TierByHandForm
from common.errors import BadInput
from common.form_errors import add_errors
from members.operations import set_tier
from members.queries import member
from merchants.facts import Permission
from merchants.tenancy import refusable


@staff_page(Permission.EDIT_MEMBERS)
def member_tier(request: StaffRequest, member_id: UUID) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    found = member(merchant=merchant, member_id=member_id)
    initial = {"tier": found.tier.code if found.tier else "", "protected_until": found.tier_protected_until}
    form = TierByHandForm(found.ladder, post_data(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                set_tier(
                    merchant=merchant,
                    member_id=found.id,
                    tier_code=form.cleaned_data["tier"],
                    protected_until=form.cleaned_data["protected_until"],
                    actor=actor_of(request),
                    reason=form.cleaned_data["reason"],
                    at=now,
                    business_date=merchant.day_of(now),
                )
        except BadInput as bad:
            add_errors(form, bad)
        else:
            messages.success(request, gettext("The tier is set. Who set it and why is in the history below."))
            return redirect("backoffice:member", member_id=found.id)
    context = {"form": form, "member": found}
    return render(request, "backoffice/members/tier.html", context, status=400 if form.errors else 200)
