"""Members as a file: this view of the list, or the ticked rows."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.exports import csv_response
from backoffice.jobs.requests import LONG_FILE, ask_for_job, file_question
from backoffice.members.export_requests import NEEDS, SearchNotKept, ask_for_export
from backoffice.members.exports import KIND, MembersExport, file_name, head_rows, member_batches
from backoffice.members.views.filters import Asked, asked_of, query_of
from backoffice.no_permission import refuse_for_role
from backoffice.requests import approvers
from backoffice.sent_texts import without_nul
from backoffice.slow_pages import slow_page
from common.languages import reader_language
from members.queries import count_members
from merchants.facts import Permission
from merchants.operations import lock_merchant, record_audit
from merchants.rules import is_above, may
from merchants.tenancy import refusable


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def members_export(request: StaffRequest) -> HttpResponseBase:
    """This view as a file."""
    asked = asked_of(request.staff.merchant, request.GET, request.staff.merchant.day_of(timezone.now()))
    if asked.is_unclear:
        return redirect(f"{reverse('backoffice:members')}?{query_of(request.GET)}")
    return export(request, asked)


def export(request: StaffRequest, asked: Asked) -> HttpResponseBase:
    """Contacts in full only for who may see them; that it was taken out, and how much, is in the audit trail.

    A long list becomes a job. Contacts of more members than one person may take alone need a second person.
    """
    if not may(request.staff.role, Permission.EXPORT):
        return refuse_for_role(request, Permission.EXPORT)
    merchant = request.staff.merchant
    in_full = may(request.staff.role, Permission.SEE_CONTACTS)
    limit = lock_merchant(merchant=merchant).export_alone_members
    wanted = MembersExport(
        query=query_of(request.GET),
        in_full=in_full,
        count=count_members(merchant=merchant, filters=asked.filters),
        limit=limit,
        member_ids=asked.filters.member_ids or (),
    )
    if in_full and is_above(limit, wanted.count):
        return _ask_another(request, asked, wanted)
    if wanted.count > LONG_FILE:
        return _export_later(request, asked, wanted)
    return _export_now(request, asked, wanted)


def _ask_another(request: StaffRequest, asked: Asked, wanted: MembersExport) -> HttpResponse:
    """Show how many members it is and who may approve it, then ask; a reason is needed."""
    merchant, sent = request.staff.merchant, without_nul(request.POST)
    reason, others = sent.get("reason", "").strip()[:300], approvers(merchant, request.staff.user_id)
    error, is_sent = "", request.method == "POST" and "reason" in sent
    if is_sent and others and reason:
        try:
            with refusable():
                ask_for_export(
                    merchant=merchant,
                    export=wanted,
                    words=_kept_words(asked),
                    reason=reason,
                    actor=actor_of(request),
                    at=timezone.now(),
                )
        except SearchNotKept:
            error = gettext("Narrow the list by filters instead of a text: a request is kept, a text may name someone.")
        else:
            messages.success(request, gettext("Asked. The file is made once another person approves it."))
            return redirect("backoffice:approvals")
    elif is_sent and others:
        error = gettext("Say what the file is for.")
    context = {
        "wanted": wanted,
        "approvers": others,
        "words": list(asked.words.values()),
        "reason": reason,
        "error": error,
        "ticked": [str(one) for one in wanted.member_ids],
        "parent_url": reverse("backoffice:members"),
    }
    return render(request, "backoffice/members/export_above.html", context, status=400 if error else 200)


def _export_later(request: StaffRequest, asked: Asked, wanted: MembersExport) -> HttpResponse:
    if request.method != "POST":
        return file_question(request, gettext("Export of members"), wanted.count, reverse("backoffice:members"))
    return ask_for_job(
        request,
        kind=KIND,
        parameters=wanted.to_json(),
        needs=(*NEEDS, Permission.SEE_CONTACTS) if wanted.in_full else NEEDS,
        action="members.exported",
        audit_details=_audit_details(asked, wanted),
    )


def _export_now(request: StaffRequest, asked: Asked, wanted: MembersExport) -> HttpResponseBase:
    merchant, now, language = request.staff.merchant, timezone.now(), reader_language()
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="members.exported",
        at=now,
        subject=("members", None),
        after=_audit_details(asked, wanted),
    )
    return csv_response(
        filename=file_name(now),
        head=head_rows(merchant, asked.words, wanted.count, now, language),
        merchant_id=merchant.id,
        batch=member_batches(
            merchant, asked.filters, asked.sort, in_full=wanted.in_full, viewer=actor_of(request), at=now
        ),
        language=language,
    )


def _audit_details(asked: Asked, wanted: MembersExport) -> dict[str, object]:
    return {"count": wanted.count, "filters": _kept_words(asked), "contacts": wanted.in_full}


def _kept_words(asked: Asked) -> list[str]:
    """Return the filters in words; names and numbers that someone searched for stay out of what is kept."""
    return [word for name, word in asked.words.items() if name != "q"]
