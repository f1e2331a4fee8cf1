"""Asking for what takes long: the question with its count where it is a file, then the job."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from backoffice.access import StaffRequest, actor_of
from backoffice.jobs.words import too_many_jobs
from common.languages import reader_language
from merchants.facts import Permission
from merchants.operations import TooManyJobs, start_job
from merchants.tasks import queue_jobs
from merchants.tenancy import refusable

LONG_FILE: Final = 5_000
"""From this many rows on a job makes the file; smaller files are made while the browser waits."""
LONG_ACTION: Final = 5_000
"""From this many rows on a job changes them; fewer are changed while the browser waits."""


def file_question(request: StaffRequest, title: str, count: int, parent_url: str) -> HttpResponse:
    """Show how many rows the file has and that it is made in the background; the answer comes back by POST."""
    context = {"title": title, "count": count, "parent_url": parent_url}
    return render(request, "backoffice/jobs/question.html", context)


def ask_for_job(
    request: StaffRequest,
    *,
    kind: str,
    parameters: Mapping[str, Any],
    needs: Collection[Permission],
    action: str,
    audit_details: Mapping[str, Any],
) -> HttpResponse:
    """Start the job and go to its page; go to the list of jobs if too many wait already."""
    merchant = request.staff.merchant
    try:
        with refusable():
            job_id = start_job(
                merchant=merchant,
                kind=kind,
                parameters=parameters,
                needs=needs,
                language=reader_language(),
                action=action,
                audit_details=audit_details,
                at=timezone.now(),
                actor=actor_of(request),
            )
    except TooManyJobs:
        messages.info(request, too_many_jobs())
        return redirect("backoffice:jobs")
    queue_jobs(merchant=merchant)
    return redirect("backoffice:job", job_id=job_id)
