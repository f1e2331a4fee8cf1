"""What is done with the ticked rows, or with all that match the address: tags, and files."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.jobs.parameters import MEMBERS_TAG, MembersTagJob
from backoffice.jobs.requests import LONG_ACTION, ask_for_job
from backoffice.members.exports import asked_by_hand
from backoffice.members.views.export import export
from backoffice.members.views.filters import asked_of, query_of
from backoffice.members.views.listing import PAGE_SIZE
from backoffice.no_permission import refuse_for_role
from backoffice.slow_pages import slow_page
from common.errors import BadInput, Missing
from common.ids import uuid_or_none
from common.quantities import format_number
from members.operations import read_tag, tag_members, untag_batch, untag_members
from members.queries import MemberFilter, count_members, tagging, tags
from merchants.facts import Permission
from merchants.queries import jobs_by_id
from merchants.rules import may
from merchants.tenancy import allow_long_statements, refusable

SECONDS: Final = 60
"""How long one statement over everybody who matches may take; a page's own statements end much earlier."""


@require_POST
@staff_page(Permission.SEE_MEMBERS)
@slow_page
def members_bulk(request: StaffRequest) -> HttpResponseBase:
    """`do` says what: tag, untag or export; `all` whether the ticked rows are meant or everybody who matches."""
    asked = asked_of(request.staff.merchant, request.GET, request.staff.merchant.day_of(timezone.now()))
    if request.POST.get("all") != "yes":
        ids = [one for text in request.POST.getlist("member")[:PAGE_SIZE] if (one := uuid_or_none(text))]
        if not ids:
            messages.info(request, gettext("Tick at least one member first."))
            return _to_list(request)
        asked = asked_by_hand(asked, ids)
    elif asked.is_unclear:
        return _to_list(request)
    do = request.POST.get("do", "")
    if do == "export":
        return export(request, asked)
    if not may(request.staff.role, Permission.EDIT_MEMBERS):
        return refuse_for_role(request, Permission.EDIT_MEMBERS)
    allow_long_statements(SECONDS)
    return _remove_tag(request, asked.filters) if do == "untag" else _add_tag(request, asked.filters)


def _is_long_tagging(request: StaffRequest, filters: MemberFilter, count: int) -> bool:
    """Whether a job does it: for very many, by filters that may be kept, asked by someone who can see jobs.

    What someone searched for stays out of a job's parameters (decision 27).
    """
    by_filters = filters.member_ids is None and not filters.search
    return count > LONG_ACTION and by_filters and may(request.staff.role, Permission.SEE_JOBS)


def _ask_for_tagging(request: StaffRequest, *, tag: str, name: str, count: int, is_taken: bool) -> HttpResponse:
    return ask_for_job(
        request,
        kind=MEMBERS_TAG,
        parameters=MembersTagJob(query_of(request.GET), tag, is_taken).to_json(),
        needs=[Permission.SEE_MEMBERS, Permission.EDIT_MEMBERS],
        action="members.untag_asked" if is_taken else "members.tag_asked",
        audit_details={"tag": name, "count": count},
    )


def _add_tag(request: StaffRequest, filters: MemberFilter) -> HttpResponse:
    """First how many would get the tag, then, if it is still as many, the tag."""
    merchant = request.staff.merchant
    name, count, error = request.POST.get("tag", ""), count_members(merchant=merchant, filters=filters), ""
    if request.POST.get("confirmed") == str(count):
        try:
            if _is_long_tagging(request, filters, count):
                return _ask_for_tagging(request, tag=read_tag(name), name=read_tag(name), count=count, is_taken=False)
            with refusable():
                batch_id, given = tag_members(
                    merchant=merchant, name=name, filters=filters, at=timezone.now(), actor=actor_of(request)
                )
        except BadInput:
            error = gettext("Write a tag of 1 to 40 characters.")
        else:
            if given:
                return redirect("backoffice:tagging", batch_id=batch_id)
            messages.info(request, gettext("All of them had this tag already."))
            return _to_list(request)
    known = [one.name for one in tags(merchant=merchant)]
    return _asked_again(request, "tag", filters, count, {"tag": name, "known": known, "error": error})


def _remove_tag(request: StaffRequest, filters: MemberFilter) -> HttpResponse:
    """First whose tag would be taken, then, if they are still as many, without it."""
    merchant = request.staff.merchant
    known, chosen = tags(merchant=merchant), uuid_or_none(request.POST.get("tag", ""))
    count, error = count_members(merchant=merchant, filters=filters), ""
    if request.POST.get("confirmed") == str(count):
        names = {one.id: one.name for one in known}
        if chosen in names and _is_long_tagging(request, filters, count):
            return _ask_for_tagging(request, tag=str(chosen), name=names[chosen], count=count, is_taken=True)
        if chosen in names:
            taken = untag_members(
                merchant=merchant, tag_id=chosen, filters=filters, at=timezone.now(), actor=actor_of(request)
            )
            messages.success(request, gettext("Members who lost the tag: %(count)s.") % {"count": format_number(taken)})
            return _to_list(request)
        error = gettext("Choose a tag.")
    choices = [(str(one.id), one.name) for one in known]
    values = {"tag": str(chosen or ""), "known": choices, "error": error}
    return _asked_again(request, "untag", filters, count, values)


def _asked_again(
    request: StaffRequest, template: str, filters: MemberFilter, count: int, values: dict[str, Any]
) -> HttpResponse:
    """The page that says how many it is about, carrying the same selection on."""
    selection = {
        "count": count,
        "ids": request.POST.getlist("member")[:PAGE_SIZE] if filters.member_ids is not None else [],
        "everybody": filters.member_ids is None,
        "query": query_of(request.GET),
    }
    return render(
        request, f"backoffice/members/{template}.html", {**selection, **values}, status=400 if values["error"] else 200
    )


@staff_page(Permission.SEE_MEMBERS)
def member_tagging(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """What one action gave, and the way to take exactly that back."""
    merchant = request.staff.merchant
    try:
        done = tagging(merchant=merchant, batch_id=batch_id)
    except Missing:
        if batch_id not in jobs_by_id(merchant=merchant, job_ids=[batch_id]):
            raise
        messages.info(
            request, gettext("Nobody has the tag from this action: all had it already, or it was taken back.")
        )
        return redirect("backoffice:members")
    may_edit = may(request.staff.role, Permission.EDIT_MEMBERS)
    if request.method == "POST":
        if not may_edit:
            return refuse_for_role(request, Permission.EDIT_MEMBERS)
        if done.count > LONG_ACTION:
            return ask_for_job(
                request,
                kind=MEMBERS_TAG,
                parameters=MembersTagJob("", str(done.tag.id), is_taken=True, batch_id=batch_id).to_json(),
                needs=[Permission.SEE_MEMBERS, Permission.EDIT_MEMBERS],
                action="members.untag_asked",
                audit_details={"tag": done.tag.name, "count": done.count},
            )
        allow_long_statements(SECONDS)
        count = untag_batch(merchant=merchant, batch_id=batch_id, at=timezone.now(), actor=actor_of(request))
        messages.success(request, gettext("Members who lost the tag: %(count)s.") % {"count": format_number(count)})
        return redirect("backoffice:members")
    return render(request, "backoffice/members/tagging.html", {"done": done, "may_edit": may_edit})


def _to_list(request: StaffRequest) -> HttpResponse:
    return redirect(f"{reverse('backoffice:members')}?{query_of(request.GET)}")
