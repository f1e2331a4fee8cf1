"""The codes of a batch on paper and as a file; who took them is in the audit trail."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.coupons.code_file import COUPON_FILE, CouponFile, code_batches, file_name, head_rows
from backoffice.coupons.words import benefit_of, conditions_of
from backoffice.exports import csv_response
from backoffice.jobs.requests import LONG_FILE, ask_for_job
from backoffice.promotions.names import names_of
from backoffice.slow_pages import slow_page
from common.ids import uuid_or_none
from common.languages import reader_language
from merchants.facts import Permission
from rewards.coupons.operations import record_codes_read
from rewards.coupons.queries import codes_of_batch, coupon_batch
from rewards.engine import stored_definition

SHEET_CODES: Final = 210
"""Ten pages of 3 by 7 slips at a time: what a browser lays out in a second or two."""
PAGE_SLIPS: Final = 21


@staff_page(Permission.EDIT_OFFERS)
@slow_page
def batch_print(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """A4 sheets of slips to cut, unused codes only; `after` is the last coupon of the sheets before."""
    merchant = request.staff.merchant
    batch = coupon_batch(merchant=merchant, batch_id=batch_id)
    after, is_shared = uuid_or_none(request.GET.get("after")), batch.kind == "shared"
    codes = codes_of_batch(
        merchant=merchant, batch_id=batch_id, after=after, limit=SHEET_CODES + 1, unused_only=not is_shared
    )
    slips = [(code, code if is_shared else _group_in_fours(code)) for _, code, _state in codes[:SHEET_CODES]]
    if is_shared:
        slips = slips[:1] * _slips_asked(request)
    record_codes_read(
        merchant=merchant,
        batch_id=batch_id,
        way="printed",
        codes=len(slips),
        at=timezone.now(),
        actor=actor_of(request),
    )
    response = render(
        request,
        "backoffice/coupons/sheet.html",
        {
            "batch": batch,
            "benefit": benefit_of(batch, merchant),
            "conditions": conditions_of(batch, merchant, names_of(merchant, [stored_definition(batch.offer)])),
            "store_name": merchant.name,
            "slips": slips,
            "is_shared": is_shared,
            "most_slips": SHEET_CODES,
            "next_after": codes[SHEET_CODES - 1][0] if len(codes) > SHEET_CODES else None,
        },
    )
    response["Cache-Control"] = "no-store"
    return response


def _slips_asked(request: StaffRequest) -> int:
    """How many slips of one shared code: a page of them unless the address says otherwise."""
    text = request.GET.get("slips", "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else PAGE_SLIPS
    return min(max(wanted, 1), SHEET_CODES)


@require_POST
@staff_page(Permission.EDIT_OFFERS)
@slow_page
def batch_file(request: StaffRequest, batch_id: UUID) -> HttpResponseBase:
    """Every code that exists of the batch, as CSV; a long file becomes a job."""
    merchant = request.staff.merchant
    batch = coupon_batch(merchant=merchant, batch_id=batch_id)
    if batch.made > LONG_FILE:
        return ask_for_job(
            request,
            kind=COUPON_FILE,
            parameters=CouponFile(batch_id).to_json(),
            needs=[Permission.EDIT_OFFERS],
            action="coupons.exported",
            audit_details={"title": batch.title, "codes": batch.made},
        )
    record_codes_read(
        merchant=merchant,
        batch_id=batch_id,
        way="downloaded",
        codes=batch.made,
        at=timezone.now(),
        actor=actor_of(request),
    )
    return csv_response(
        filename=file_name(batch),
        head=head_rows(),
        merchant_id=merchant.id,
        batch=code_batches(merchant, batch),
        language=reader_language(),
    )


def _group_in_fours(code: str) -> str:
    """In fours, easier to read out; dashes do not count when it is typed. Only for codes that no one chose."""
    if len(code) != 13:
        return code
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"
