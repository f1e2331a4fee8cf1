"""Contacts that are hidden from a role, shown for a minute to those who say why; the member may ask who looked."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.privacy.viewings import seconds_shown, show_contacts
from backoffice.sent_texts import without_nul
from members.queries import member
from merchants.facts import Permission
from merchants.operations import record_audit


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def contacts_show(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Show phone and e-mail in full for a minute; the reason stays in the audit trail."""
    merchant, now = request.staff.merchant, timezone.now()
    found = member(merchant=merchant, member_id=member_id)
    reason = without_nul(request.POST).get("reason", "").strip()[:300]
    if not reason:
        messages.error(request, gettext("Write the reason. Nothing was shown."))
        return redirect("backoffice:member", member_id=member_id)
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="member.contacts_shown",
        at=now,
        subject=("member", found.id),
        reason=reason,
    )
    show_contacts(request, found.id, now)
    return redirect("backoffice:member", member_id=found.id)


@staff_page(Permission.SEE_MEMBERS)
def contacts_now(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Show the two lines alone, as they are now: the page asks for them when the minute is over."""
    found = member(merchant=request.staff.merchant, member_id=member_id)
    shown_for = seconds_shown(request, found.id, timezone.now())
    context = {"member": found, "sees_contacts": shown_for != 0, "shown_for": shown_for}
    return render(request, "backoffice/members/parts/contact_lines.html", context)
