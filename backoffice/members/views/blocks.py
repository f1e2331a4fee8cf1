"""Blocking a member, with a reason, and lifting the block."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.members.views.tabs import MemberTab
from backoffice.sent_texts import without_nul
from common.errors import Refusal
from members.operations import block, unblock
from merchants.facts import Permission
from merchants.tenancy import refusable


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def member_block(request: StaffRequest, member_id: UUID, step: str) -> HttpResponse:
    """Block or unblock; `step` says which."""
    change = block if step == "block" else unblock
    try:
        with refusable():
            change(
                merchant=request.staff.merchant,
                member_id=member_id,
                reason=without_nul(request.POST).get("reason", "")[:300],
                actor=actor_of(request),
                at=timezone.now(),
            )
    except Refusal:
        messages.error(request, gettext("Write the reason. Nothing was changed."))
    else:
        done = gettext("The member is blocked.") if step == "block" else gettext("The member can earn and spend again.")
        messages.success(request, done)
    return redirect(f"{reverse('backoffice:member', args=[member_id])}?tab={MemberTab.DATA}")
