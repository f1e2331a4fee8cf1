"""The points ledger: every movement of some days, one movement with its reversals, and the file."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.exports import csv_response
from backoffice.jobs.requests import LONG_FILE, ask_for_job, file_question
from backoffice.ledger.address import (
    UNIT_WORDS,
    AskedMovements,
    kind_word,
    query_of,
    read_ledger_address,
)
from backoffice.ledger.exports import (
    LEDGER_EXPORT,
    LedgerExport,
    file_name,
    head_rows,
    movement_batches,
)
from backoffice.ledger.rows import movement_rows
from backoffice.no_permission import refuse_for_role
from backoffice.parts import Page, Tab, filter_chips, page_urls, url_with
from backoffice.slow_pages import slow_page
from common.ids import uuid_or_none
from common.languages import reader_language
from ledger.facts import EntryKind
from ledger.queries import movement, movement_totals, movements
from merchants.facts import Permission
from merchants.operations import record_audit
from merchants.rules import may

PAGE_SIZE: Final = 50
EXPORT_RIGHTS: Final = (Permission.SEE_MEMBERS, Permission.EXPORT)


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def ledger(request: StaffRequest) -> HttpResponse:
    """Movements of points, or of wallet money and gift cards, with what they add up to."""
    merchant = request.staff.merchant
    asked = read_ledger_address(merchant, request.GET)
    passed = request.GET.getlist("after")
    found = movements(
        merchant=merchant,
        filters=asked.filters,
        after=uuid_or_none(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, str(shown[-1].id) if len(found) > PAGE_SIZE else None)
    totals = movement_totals(merchant=merchant, filters=asked.filters)
    unit = asked.filters.unit
    return render(
        request,
        "backoffice/ledger/list.html",
        {
            "page": Page(movement_rows(merchant, shown), totals.count, newer_url=newer_url, older_url=older_url),
            "tabs": [
                Tab(str(word), url_with(request.GET, unit=one, kind=None, after=None), current=one is unit)
                for one, word in UNIT_WORDS.items()
            ],
            "totals": totals,
            "asked": asked,
            "is_points": unit == "points",
            "unit_word": UNIT_WORDS[unit],
            "chips": filter_chips(request.GET, asked.words),
            "kinds": sorted(((one.value, kind_word(one, unit)) for one in EntryKind), key=lambda pair: pair[1]),
            "doers": [("staff", gettext("Staff, by hand"))],
            "chosen": request.GET,
            "may_export": may(request.staff.role, Permission.EXPORT),
        },
    )


@staff_page(Permission.SEE_MEMBERS)
def movement_detail(request: StaffRequest, transfer_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    found = movement(merchant=merchant, transfer_id=transfer_id)
    others = [one for one in (found.reverses, found.other_side) if one is not None]
    own, *rows = movement_rows(merchant, [found.movement, *others, *found.reversed_by])
    return render(
        request,
        "backoffice/ledger/detail.html",
        {
            "row": own,
            "reverses": rows[0] if found.reverses else None,
            "other_side": rows[len(others) - 1] if found.other_side else None,
            "reversed_by": rows[len(others) :],
            "lots": found.lots,
        },
    )


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def ledger_export(request: StaffRequest) -> HttpResponseBase:
    """The movements as they are narrowed now; that they were taken out is in the audit trail."""
    merchant, now, language = request.staff.merchant, timezone.now(), reader_language()
    if not may(request.staff.role, Permission.EXPORT):
        return refuse_for_role(request, Permission.EXPORT)
    asked = read_ledger_address(merchant, request.GET)
    if not asked.days.is_valid():
        return redirect(f"{reverse('backoffice:ledger')}?{request.GET.urlencode()}")
    count = movement_totals(merchant=merchant, filters=asked.filters).count
    if count > LONG_FILE:
        return _export_later(request, asked, count)
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="ledger.exported",
        at=now,
        subject=("merchant", merchant.id),
        after=_audit_details(asked, count),
    )
    return csv_response(
        filename=file_name(now),
        head=head_rows(merchant, asked, count, now, language),
        merchant_id=merchant.id,
        batch=movement_batches(merchant, asked, language),
        language=language,
    )


def _export_later(request: StaffRequest, asked: AskedMovements, count: int) -> HttpResponse:
    if request.method != "POST":
        return file_question(request, gettext("Export of the points ledger"), count, reverse("backoffice:ledger"))
    kept = request.GET.copy()
    kept["first"], kept["last"] = asked.filters.first.isoformat(), asked.filters.last.isoformat()
    return ask_for_job(
        request,
        kind=LEDGER_EXPORT,
        parameters=LedgerExport(query_of(kept)).to_json(),
        needs=EXPORT_RIGHTS,
        action="ledger.exported",
        audit_details=_audit_details(asked, count),
    )


def _audit_details(asked: AskedMovements, count: int) -> dict[str, object]:
    filters = asked.filters
    days = f"{filters.first.isoformat()} – {filters.last.isoformat()}"
    return {"filters": [str(UNIT_WORDS[filters.unit]), days, *asked.words.values()], "count": count}
