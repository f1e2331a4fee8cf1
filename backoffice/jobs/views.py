"""Jobs: the list, one with its result or its error, its progress for any page, cancelling, and the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.jobs.words import CANCEL_RIGHTS, KEPT_WORDS, JobBadge, error_word, kind_word, result_url
from backoffice.no_permission import refuse_for_role
from backoffice.parts import Page, page_urls
from common.ids import uuid_or_none
from members.facts import ViewedPart
from members.operations import note_viewing
from merchants.facts import JobFacts, MerchantFacts, Permission
from merchants.operations import cancel_job, record_audit
from merchants.queries import job_by_id, job_list, job_part
from merchants.rules import ROLE_PERMISSIONS, may
from merchants.tenancy import merchant_scope
from people.facts import PERSON_FILE, PersonFileJob

PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class JobRow:
    """A job as its line and its page show it; `has_file`: there is a file and its link is still valid.

    `stopping_words` and `stopped_words` say what a cancelled job leaves; "" where that is nothing.
    """

    job: JobFacts
    title: str
    badge: JobBadge
    error: str
    result_url: str
    has_file: bool
    is_file_gone: bool
    may_cancel: bool
    stopping_words: str
    stopped_words: str


@staff_page(Permission.SEE_JOBS)
def jobs(request: StaffRequest) -> HttpResponse:
    """Show the jobs whose result this role may see, newest first."""
    now = timezone.now()
    found, total = job_list(
        merchant=request.staff.merchant,
        rights=ROLE_PERMISSIONS[request.staff.role],
        after=uuid_or_none(request.GET.get("after", "")),
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, str(shown[-1].id) if len(found) > PAGE_SIZE else None)
    rows = [_job_row(request, one, now) for one in shown]
    page = Page(rows=rows, total=total, newer_url=newer_url, older_url=older_url)
    return render(request, "backoffice/jobs/list.html", {"page": page})


@staff_page(Permission.SEE_JOBS)
def job(request: StaffRequest, job_id: UUID) -> HttpResponse:
    row = _job_row(request, _find_job(request, job_id), timezone.now())
    return render(request, "backoffice/jobs/detail.html", {"row": row, "job": row.job})


@staff_page(Permission.SEE_JOBS)
def job_progress(request: StaffRequest, job_id: UUID) -> HttpResponse:
    """Show the bar alone; a page that shows the result loads itself again once the job is over (`then=reload`)."""
    found = _find_job(request, job_id)
    response = render(request, "backoffice/jobs/progress.html", {"job": found, "then": request.GET.get("then", "")})
    if not found.is_open and request.GET.get("then") == "reload":
        response["HX-Refresh"] = "true"
    return response


@require_POST
@staff_page(Permission.SEE_JOBS)
def job_cancel(request: StaffRequest, job_id: UUID) -> HttpResponse:
    found = _find_job(request, job_id)
    if not _may_cancel(request, found):
        return refuse_for_role(request, CANCEL_RIGHTS.get(found.kind))
    if cancel_job(merchant=request.staff.merchant, job_id=job_id, at=timezone.now(), actor=actor_of(request)):
        messages.success(request, gettext("The job is cancelled."))
    else:
        messages.info(request, gettext("The job was over already."))
    return redirect("backoffice:job", job_id=job_id)


@staff_page(Permission.SEE_JOBS)
def job_file(request: StaffRequest, job_id: UUID) -> HttpResponseBase:
    """Send the file while its link is valid, and keep in the audit trail who took it."""
    merchant, now = request.staff.merchant, timezone.now()
    row = _job_row(request, _find_job(request, job_id), now)
    if not row.has_file:
        return render(request, "backoffice/jobs/detail.html", {"row": row, "job": row.job}, status=410)
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="job.downloaded",
        at=now,
        subject=("job", job_id),
        after={"name": row.job.file_name},
    )
    _note_person(request, row.job, now)
    response = StreamingHttpResponse(_read_pieces(merchant, job_id), content_type=_type_of(row.job.file_name))
    response["Content-Disposition"] = f'attachment; filename="{row.job.file_name}"'
    response["Content-Length"] = str(row.job.file_bytes)
    response["Cache-Control"] = "no-store"
    return response


def _type_of(file_name: str) -> str:
    return "application/zip" if file_name.endswith(".zip") else "text/csv; charset=utf-8"


def _note_person(request: StaffRequest, found: JobFacts, now: datetime) -> None:
    """Note for the member whose file it is that this person took it."""
    if found.kind != PERSON_FILE:
        return
    note_viewing(
        merchant=request.staff.merchant,
        member_id=PersonFileJob.from_json(found.parameters).member_id,
        part=ViewedPart.FILE,
        actor=actor_of(request),
        at=now,
        business_date=request.staff.merchant.day_of(now),
    )


def _read_pieces(merchant: MerchantFacts, job_id: UUID) -> Iterator[bytes]:
    """Yield the file piece by piece, each read in a transaction of its own: the page's own one is over by then."""
    number = 1
    while True:
        with merchant_scope(merchant.id):
            piece = job_part(merchant=merchant, job_id=job_id, number=number)
        if piece is None:
            return
        yield piece
        number += 1


def _find_job(request: StaffRequest, job_id: UUID) -> JobFacts:
    rights = ROLE_PERMISSIONS[request.staff.role]
    return job_by_id(merchant=request.staff.merchant, job_id=job_id, rights=rights)


def _job_row(request: StaffRequest, found: JobFacts, now: datetime) -> JobRow:
    stopping_words, stopped_words = KEPT_WORDS.get(found.kind, ("", ""))
    lasts = found.link_until is not None and now < found.link_until
    return JobRow(
        job=found,
        title=kind_word(found),
        badge=JobBadge.of(found),
        error=error_word(found),
        result_url=result_url(found),
        has_file=lasts,
        is_file_gone=found.link_until is not None and not lasts,
        may_cancel=found.is_open and found.cancel_asked_at is None and _may_cancel(request, found),
        stopping_words=str(stopping_words),
        stopped_words=str(stopped_words),
    )


def _may_cancel(request: StaffRequest, found: JobFacts) -> bool:
    right: Any = CANCEL_RIGHTS.get(found.kind)
    return right is None or may(request.staff.role, right)
