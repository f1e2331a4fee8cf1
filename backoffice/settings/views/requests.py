"""The request log of one till: what it asked and what was answered, newest first; and one request with both bodies."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from backoffice.access import StaffRequest, staff_page
from backoffice.parts import Page, filter_chips, page_urls
from backoffice.sent_texts import read_instant_and_id
from backoffice.settings.forms.audit import AuditDaysForm
from common.errors import Missing
from common.languages import reader_language
from common.quantities import format_day, zone_name
from common.text import clean_reference
from merchants.facts import LoggedRequestFacts, MerchantFacts, Permission, RequestFilter, TillPlace
from merchants.queries import kinds_of_calls, logged_request, logged_requests, till_list, till_places

PAGE_SIZE: Final = 50
LONGEST_NUMBER: Final = 64

Calls = Mapping[str, tuple[str, str]]


@staff_page(Permission.MANAGE_TILLS)
def till_requests(request: StaffRequest, till_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    till = _find_till(merchant, till_id)
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
            "page": Page([_draw_row(each, till) for each in shown], None, False, newer_url, older_url),
            "chips": filter_chips(request.GET, _chip_words(filters, days)),
            "statuses": list(_status_words().items()),
            "calls": [(call, call) for call in calls],
            "keys": [(prefix, f"{prefix}.…") for prefix in keys],
            "days": days,
            "chosen": request.GET,
            "is_narrowed": filters != RequestFilter(),
        },
    )


@staff_page(Permission.MANAGE_TILLS)
def till_request(request: StaffRequest, request_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    found = logged_request(merchant=merchant, request_id=request_id)
    till = _find_till(merchant, found.till_id)
    return render(
        request,
        "backoffice/settings/request.html",
        {
            "row": _draw_row(found, till),
            "till": till,
            "log_url": reverse("backoffice:till_requests", args=[till.id]),
            "sent": _indent_json(found.request_body),
            "told": _indent_json(found.answer_body),
            "problem_url": f"{reverse('api-problems')}#{found.problem_code}" if found.problem_code else "",
        },
    )


def _find_till(merchant: MerchantFacts, till_id: UUID) -> TillPlace:
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


def _draw_row(found: LoggedRequestFacts, till: TillPlace) -> dict[str, Any]:
    """Return a request with its instant to the millisecond in the till's zone and the tone of its status."""
    local = found.at.astimezone(ZoneInfo(till.zone))
    milliseconds = f"{local.microsecond // 1000:03}"
    return {
        "entry": found,
        "call": f"{found.method} {found.route}",
        "sent_bytes": found.request_bytes,
        "told_bytes": found.answer_bytes,
        "url": reverse("backoffice:till_request", args=[found.id]),
        "day": format_day(local.date(), reader_language()),
        "clock": f"{local:%H.%M.%S},{milliseconds} {zone_name(till.zone, found.at)}",
        "tone": "good" if found.status < 400 else "attention" if found.status < 500 else "bad",
        "key": f"{found.key_prefix}.…",
    }


def _indent_json(body: str) -> str:
    """Return JSON text with one field a line; '' for none."""
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2) if body else ""
