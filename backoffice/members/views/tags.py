"""Tags of one member, given and taken on their page."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from common.errors import BadInput
from members.operations import tag_member, untag_member
from merchants.facts import Permission
from merchants.tenancy import refusable


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def member_tag(request: StaffRequest, member_id: UUID) -> HttpResponse:
    name = request.POST.get("tag", "")
    try:
        with refusable():
            given = tag_member(
                merchant=request.staff.merchant,
                member_id=member_id,
                name=name,
                at=timezone.now(),
                actor=actor_of(request),
            )
    except BadInput:
        messages.error(request, gettext("A tag has 1 to 40 letters, digits or signs."))
    else:
        said = gettext("The tag is given.") if given else gettext("This member has the tag already.")
        messages.success(request, said)
    return redirect("backoffice:member", member_id=member_id)


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def member_untag(request: StaffRequest, member_id: UUID, tag_id: UUID) -> HttpResponse:
    untag_member(
        merchant=request.staff.merchant,
        member_id=member_id,
        tag_id=tag_id,
        at=timezone.now(),
        actor=actor_of(request),
    )
    messages.success(request, gettext("The tag is taken away."))
    return redirect("backoffice:member", member_id=member_id)
