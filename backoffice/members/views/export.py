"""Members as a file: this view of the list, or the ticked rows."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.exports import csv_response
from backoffice.jobs.requests import LONG_FILE, ask_for_job, file_question
from backoffice.members.exports import KIND, MembersExport, file_name, head_rows, member_batches
from backoffice.members.views.filters import Asked, asked_of, query_of
from backoffice.no_permission import refuse_for_role
from backoffice.slow_pages import slow_page
from common.languages import reader_language
from members.queries import count_members
from merchants.facts import Permission
from merchants.operations import record_audit
from merchants.rules import may

NEEDS: Final = (Permission.SEE_MEMBERS, Permission.EXPORT)


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

    A long list becomes a job. What someone searched for stays out of its parameters, so such a list is always sent.
    """
    merchant = request.staff.merchant
    if not may(request.staff.role, Permission.EXPORT):
        return refuse_for_role(request, Permission.EXPORT)
    count = count_members(merchant=merchant, filters=asked.filters)
    if count > LONG_FILE and not asked.filters.search:
        return _export_later(request, asked, count)
    return _export_now(request, asked, count)


def _export_later(request: StaffRequest, asked: Asked, count: int) -> HttpResponse:
    if request.method != "POST":
        return file_question(request, gettext("Export of members"), count, reverse("backoffice:members"))
    in_full = may(request.staff.role, Permission.SEE_CONTACTS)
    return ask_for_job(
        request,
        kind=KIND,
        parameters=MembersExport(query_of(request.GET), in_full).to_json(),
        needs=(*NEEDS, Permission.SEE_CONTACTS) if in_full else NEEDS,
        action="members.exported",
        audit_details=_audit_details(asked, count, in_full=in_full),
    )


def _export_now(request: StaffRequest, asked: Asked, count: int) -> HttpResponseBase:
    merchant, now = request.staff.merchant, timezone.now()
    in_full, language = may(request.staff.role, Permission.SEE_CONTACTS), reader_language()
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="members.exported",
        at=now,
        subject=("members", None),
        after=_audit_details(asked, count, in_full=in_full),
    )
    return csv_response(
        filename=file_name(now),
        head=head_rows(merchant, asked.words, count, now, language),
        merchant_id=merchant.id,
        batch=member_batches(merchant, asked.filters, asked.sort, in_full=in_full),
        language=language,
    )


def _audit_details(asked: Asked, count: int, *, in_full: bool) -> dict[str, object]:
    """Names and numbers that someone searched for stay out of the trail."""
    kept = [word for name, word in asked.words.items() if name != "q"]
    return {"count": count, "filters": kept, "contacts": in_full}
