"""The request log of one till: what it asked and what was answered, newest first; and one request with both bodies."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.jobs.words import too_many_jobs
from backoffice.parts import Page, filter_chips, page_urls
from backoffice.sent_texts import read_instant_and_id
from backoffice.settings.forms.audit import AuditDaysForm
from backoffice.workplaces import require_outlet
from common.errors import Missing
from common.ids import new_id
from common.languages import reader_language
from common.quantities import format_day, zone_name
from common.text import clean_reference
from merchants.facts import (
    SEND_AGAIN,
    LoggedRequestFacts,
    MerchantFacts,
    Permission,
    RequestFilter,
    SendAgainJob,
    TillPlace,
)
from merchants.operations import TooManyJobs, start_job
from merchants.queries import kinds_of_calls, logged_request, logged_requests, sandbox_of, till_list, till_places
from merchants.rules import can_be_sent_again
from merchants.tasks import queue_jobs
from merchants.tenancy import refusable

PAGE_SIZE: Final = 50
WAITS: Final = "waits"
"""In the address of an answer that is not there yet: how often the page has looked for it."""
MOST_WAITS: Final = 20
REFRESH_SECONDS: Final = 2
LONGEST_NUMBER: Final = 64

Calls = Mapping[str, tuple[str, str]]


@staff_page(Permission.MANAGE_TILLS)
def till_requests(request: StaffRequest, till_id: UUID) -> HttpResponse:
    require_outlet(request, find_till(request.staff.merchant, till_id).outlet_id)
    return _list_requests(request, request.staff.merchant, till_id, "backoffice:till_request")


@staff_page(Permission.MANAGE_TILLS, in_sandbox=True)
def test_requests(request: StaffRequest, till_id: UUID) -> HttpResponse:
    return _list_requests(request, request.sandbox, till_id, "backoffice:test_request")


@staff_page(Permission.MANAGE_TILLS)
def till_request(request: StaffRequest, request_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    found = logged_request(merchant=merchant, request_id=request_id)
    require_outlet(request, find_till(merchant, found.till_id).outlet_id)
    return _show_request(request, merchant, found, "backoffice:till_requests")


@staff_page(Permission.MANAGE_TILLS, in_sandbox=True)
def test_request(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Show a request of the sandbox. One that was just sent again is waited for: a worker sends it."""
    try:
        found = logged_request(merchant=request.sandbox, request_id=request_id)
    except Missing:
        if WAITS not in request.GET:
            raise
        tries = _read_count(request.GET[WAITS])
        response = render(request, "backoffice/settings/request_waits.html", {"is_late": tries >= MOST_WAITS})
        if tries < MOST_WAITS:
            response["Refresh"] = f"{REFRESH_SECONDS}; url=?{WAITS}={tries + 1}"
        return response
    return _show_request(request, request.sandbox, found, "backoffice:test_requests")


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def request_send_again(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Have a worker send the request again with a test key, and go to where its answer will be."""
    merchant = request.staff.merchant
    found = logged_request(merchant=merchant, request_id=request_id)
    require_outlet(request, find_till(merchant, found.till_id).outlet_id)
    if not can_be_sent_again(found) or sandbox_of(merchant) is None:
        messages.info(request, gettext("This request cannot be sent again."))
        return redirect("backoffice:till_request", request_id=request_id)
    answer_id = new_id()
    try:
        with refusable():
            start_job(
                merchant=merchant,
                kind=SEND_AGAIN,
                parameters=SendAgainJob(request_id, answer_id).to_json(),
                needs=(Permission.MANAGE_TILLS,),
                language=reader_language(),
                action="request.sent_again",
                audit_details={"address": f"{found.method} {found.address}"},
                at=timezone.now(),
                actor=actor_of(request),
            )
    except TooManyJobs:
        messages.info(request, too_many_jobs())
        return redirect("backoffice:till_request", request_id=request_id)
    queue_jobs(merchant=merchant)
    return redirect(f"{reverse('backoffice:test_request', args=[answer_id])}?{WAITS}=1")


def _list_requests(request: StaffRequest, merchant: MerchantFacts, till_id: UUID, page_name: str) -> HttpResponse:
    till = find_till(merchant, till_id)
    calls = {
        f"{method} {route}": (method, route) for method, route in kinds_of_calls(merchant=merchant, till_id=till_id)
    }
    keys = [key.prefix for row, found in till_list(merchant=merchant) if row.id == till_id for key in found]
    days = AuditDaysForm(request.GET)
    filters = _read_filter(merchant, request.GET, days, calls, keys)
    found = logged_requests(
        merchant=merchant,
        till_id=till_id,
        filters=filters,
        after=read_instant_and_id(request.GET.get("after", "")),
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    cursor = f"{shown[-1].at.isoformat()}~{shown[-1].id}" if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, cursor)
    return render(
        request,
        "backoffice/settings/requests.html",
        {
            "till": till,
            "is_test": merchant.sandbox_of is not None,
            "page": Page([_draw_row(each, till, page_name) for each in shown], None, False, newer_url, older_url),
            "chips": filter_chips(request.GET, _chip_words(filters, days)),
            "statuses": list(_status_words().items()),
            "calls": [(call, call) for call in calls],
            "keys": [(prefix, f"{prefix}.…") for prefix in keys],
            "days": days,
            "chosen": request.GET,
            "is_narrowed": filters != RequestFilter(),
        },
    )


def _show_request(
    request: StaffRequest, merchant: MerchantFacts, found: LoggedRequestFacts, list_name: str
) -> HttpResponse:
    till = find_till(merchant, found.till_id)
    is_test = merchant.sandbox_of is not None
    return render(
        request,
        "backoffice/settings/request.html",
        {
            "row": _draw_row(found, till, ""),
            "till": till,
            "is_test": is_test,
            "may_send_again": not is_test and can_be_sent_again(found),
            "has_test_mode": is_test or sandbox_of(merchant) is not None,
            "log_url": reverse(list_name, args=[till.id]),
            "sent": _indent_json(found.request_body),
            "told": _indent_json(found.answer_body),
            "problem_url": f"{reverse('api-problems')}#{found.problem_code}" if found.problem_code else "",
        },
    )


def find_till(merchant: MerchantFacts, till_id: UUID) -> TillPlace:
    """Return the till. Raises Missing('till_not_found')."""
    till = till_places(merchant=merchant).get(till_id)
    if till is None:
        raise Missing("till_not_found")
    return till


def _read_filter(
    merchant: MerchantFacts, asked: QueryDict, days: AuditDaysForm, calls: Calls, keys: Collection[str]
) -> RequestFilter:
    """Return what the address asks for; what it cannot mean does not narrow."""
    method, route = calls.get(asked.get("call", ""), ("", ""))
    return RequestFilter(
        status=asked.get("status", "") if asked.get("status", "") in _status_words() else "",
        method=method,
        route=route,
        number=clean_reference(asked.get("q", ""))[:LONGEST_NUMBER],
        key_prefix=asked.get("key", "") if asked.get("key", "") in keys else "",
        since=merchant.bounds_of(days.since)[0] if days.since else None,
        until=merchant.bounds_of(days.until)[1] if days.until else None,
    )


def _chip_words(filters: RequestFilter, days: AuditDaysForm) -> dict[str, str]:
    """Return the filters in force in words, by the parameter that holds them."""
    words, language = {}, reader_language()
    if filters.number:
        words["q"] = gettext("Number: %(number)s") % {"number": filters.number}
    if filters.status:
        words["status"] = gettext("Answer: %(name)s") % {"name": _status_words()[filters.status]}
    if filters.route:
        words["call"] = gettext("Call: %(name)s") % {"name": f"{filters.method} {filters.route}"}
    if filters.key_prefix:
        words["key"] = gettext("Key: %(name)s") % {"name": f"{filters.key_prefix}.…"}
    if days.since:
        words["from"] = gettext("From %(time)s") % {"time": format_day(days.since, language)}
    if days.until:
        words["to"] = gettext("Until %(time)s") % {"time": format_day(days.until, language)}
    return words


def _status_words() -> dict[str, str]:
    return {
        "done": gettext("Done (below 400)"),
        "refused": gettext("Refused (400 to 499)"),
        "failed": gettext("Failed (500 and above)"),
    }


def _draw_row(found: LoggedRequestFacts, till: TillPlace, page_name: str) -> dict[str, Any]:
    """Return a request with its instant to the millisecond in the till's zone and the tone of its status."""
    local = found.at.astimezone(ZoneInfo(till.zone))
    milliseconds = f"{local.microsecond // 1000:03}"
    return {
        "entry": found,
        "call": f"{found.method} {found.route}",
        "sent_bytes": found.request_bytes,
        "told_bytes": found.answer_bytes,
        "url": reverse(page_name, args=[found.id]) if page_name else "",
        "day": format_day(local.date(), reader_language()),
        "clock": f"{local:%H.%M.%S},{milliseconds} {zone_name(till.zone, found.at)}",
        "tone": "good" if found.status < 400 else "attention" if found.status < 500 else "bad",
        "key": f"{found.key_prefix}.…",
    }


def _indent_json(body: str) -> str:
    """Return JSON text with one field a line; '' for none."""
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2) if body else ""


def _read_count(text: str) -> int:
    """Return how often the page has looked; what is no small number counts as often enough."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else MOST_WAITS
