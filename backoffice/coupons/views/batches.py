"""Coupons: batches with what became of them, a new batch with what it can cost, codes on paper and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.coupons.forms import CODES, NOT_A_CODE, BatchForm
from backoffice.coupons.words import benefit_of, conditions_of, kind_word
from backoffice.parts import Page, Tab, page_urls, url_with
from backoffice.promotions.goods import check_goods
from backoffice.promotions.names import form_context_of, names_of
from backoffice.slow_pages import slow_page
from backoffice.words import BATCH_KIND_WORDS, CODE_STATE_WORDS
from common.errors import BadInput
from common.ids import uuid_or_none
from common.spreadsheets import CsvWriter
from common.text import comparison_key
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tasks import wake_worker
from merchants.tenancy import allow_long_statements, merchant_scope, refusable
from rewards.coupons.facts import CODE_WORK, BatchFacts, BatchFigures
from rewards.coupons.operations import BatchNotOpen, cancel_batch, create_shared_code, order_codes, record_codes_read
from rewards.coupons.queries import batch_figures, batch_page, codes_of_batch, coupon_batch
from rewards.engine import fields, stored_definition

ROWS: Final = 25
SHEET_CODES: Final = 210
"""Ten pages of 3 by 7 slips at a time: what a browser lays out in a second or two."""
PAGE_SLIPS: Final = 21
FILE_CHUNK: Final = 5_000
FIGURES_SECONDS: Final = 20


@staff_page(Permission.SEE_OFFERS)
def coupon_list(request: StaffRequest) -> HttpResponse:
    merchant, kind = request.staff.merchant, request.GET.get("kind", "")
    allow_long_statements(FIGURES_SECONDS)
    kinds = [kind] if kind in BATCH_KIND_WORDS else None
    found = batch_page(merchant=merchant, kinds=kinds, after=uuid_or_none(request.GET.get("after")), limit=ROWS + 1)
    newer_url, older_url = page_urls(request.GET, str(found[ROWS - 1].id) if len(found) > ROWS else None)
    shown, now = found[:ROWS], timezone.now()
    figures = batch_figures(
        merchant=merchant, batch_ids=[batch.id for batch in shown], at=now, today=merchant.day_of(now)
    )
    rows = [_batch_row(batch, figures[batch.id], merchant) for batch in shown]
    return render(
        request,
        "backoffice/coupons/list.html",
        {
            "tabs": [
                Tab(str(word), url_with(request.GET, kind=code or None), current=code == (kind if kinds else ""))
                for code, word in {"": gettext("All"), **BATCH_KIND_WORDS}.items()
            ],
            "page": Page(rows, len(rows), total_is_capped=bool(older_url), newer_url=newer_url, older_url=older_url),
            "may_edit": may(request.staff.role, Permission.EDIT_OFFERS),
            "making": any(batch.state == "making" for batch in shown),
        },
    )


@staff_page(Permission.EDIT_OFFERS)
def coupon_new(request: StaffRequest) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    form = BatchForm(merchant, form_context_of(merchant, names_of(merchant), now), now, post_data(request))
    preview: dict[str, Any] | None = None
    unknown = ""
    if request.method == "POST" and form.is_valid():
        unknown = _name_unknown_goods(request, form, now)
    if request.method == "POST" and form.is_valid():
        preview = _find_unbounded(request, form)
        if preview is None:
            try:
                with refusable():
                    batch_id = _create_batch(request, form, now=now)
            except BadInput as refused:
                _add_problems(form, refused)
            else:
                messages.success(request, gettext("Done. This page shows how far the codes are."))
                return redirect("backoffice:coupon_batch", batch_id)
    context = {"form": form, "preview": preview, "unknown": unknown}
    return render(request, "backoffice/coupons/new.html", context, status=400 if form.errors else 200)


def _name_unknown_goods(request: StaffRequest, form: BatchForm, now: datetime) -> str:
    """Errors at the boxes whose goods neither catalogue nor tills know, until someone sends the same once more.

    Returns what was named, which the page sends along.
    """
    merchant = request.staff.merchant
    goods = fields.goods(form.definition["filter"], "/filter") if form.definition.get("filter") else None
    if goods is None:
        return ""
    found = check_goods(merchant, [("/filter", goods)], merchant.day_of(now)).unknown
    mark = "|".join(f"{one.pointer}:{one.text}" for one in found)
    if found and request.POST.get("seen_goods") != mark:
        for one in found:
            form.add_error(one.pointer.rpartition("/")[2], one.text)
    return mark


def _find_unbounded(request: StaffRequest, form: BatchForm) -> dict[str, Any] | None:
    """Return what is shown before codes without bound are created; None where they have one, or were confirmed.

    Where nothing bounds how often the code is used, it is confirmed by typing it once more.
    """
    if not form.is_unbounded:
        return None
    text, cost = form.cleaned_data["text"], form.cost_limit
    typed = request.POST.get("typed", "").strip()
    codes = form.cleaned_data["count"] if form.cleaned_data["kind"] == CODES else None
    is_typed = cost.uses is not None or comparison_key(typed) == comparison_key(text)
    if request.POST.get("confirmed") == form.fingerprint and is_typed:
        return None
    is_wrong = bool(typed) and not is_typed
    return {"text": text, "codes": codes, "cost": cost, "confirms": form.fingerprint, "is_wrong": is_wrong}


def _create_batch(request: StaffRequest, form: BatchForm, *, now: datetime) -> UUID:
    merchant, data, actor = request.staff.merchant, form.cleaned_data, actor_of(request)
    if data["kind"] == CODES:
        batch_id = order_codes(
            merchant=merchant,
            title=data["title"],
            definition=form.definition,
            count=data["count"],
            at=now,
            valid_until=data["valid_until"],
            max_uses=data["max_uses"] or 1,
            actor=actor,
        )
        wake_worker(merchant=merchant, kind=CODE_WORK.name)
        return batch_id
    return create_shared_code(
        merchant=merchant,
        text=data["text"],
        title=data["title"],
        definition=form.definition,
        at=now,
        today=merchant.day_of(now),
        valid_until=data["valid_until"],
        max_uses=data["limit"],
        actor=actor,
    )


def _add_problems(form: BatchForm, refused: BadInput) -> None:
    """What the operation refused, at the field that it is about."""
    fields = {"/text": "text", "/count": "count", "/value": "percent", "/cap": "cap_amount", "/title": "title"}
    for error in refused.errors:
        words = {
            "not_a_code": gettext(NOT_A_CODE),
            "code_taken": gettext("You have a code of this text already. O counts as 0, I and L count as 1."),
        }
        form.add_error(fields.get(error.pointer), words.get(error.code, error.message))


@require_POST
@staff_page(Permission.EDIT_OFFERS)
@slow_page
def coupon_cost(request: StaffRequest) -> HttpResponse:
    """What the batch in the form can cost at most; a part of the page, asked for whenever a field changes."""
    merchant = request.staff.merchant
    now = timezone.now()
    form = BatchForm(merchant, form_context_of(merchant, names_of(merchant), now), now, request.POST)
    cost = form.cost_limit if form.is_valid() else None
    return render(request, "backoffice/coupons/cost.html", {"cost": cost})


@staff_page(Permission.SEE_OFFERS)
def batch_detail(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    allow_long_statements(FIGURES_SECONDS)
    batch = coupon_batch(merchant=merchant, batch_id=batch_id)
    figures = batch_figures(merchant=merchant, batch_ids=[batch.id], at=now, today=merchant.day_of(now))[batch.id]
    return render(
        request,
        "backoffice/coupons/batch.html",
        {
            "row": _batch_row(batch, figures, merchant),
            "conditions": conditions_of(batch, merchant, names_of(merchant, [stored_definition(batch.offer)])),
            "may_edit": may(request.staff.role, Permission.EDIT_OFFERS),
            "making": batch.state == "making",
            "has_codes": batch.kind == CODES and batch.made > 0 and batch.state != "cancelled",
        },
    )


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def batch_cancel(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    try:
        with refusable():
            cancel_batch(merchant=merchant, batch_id=batch_id, at=timezone.now(), actor=actor_of(request))
    except BatchNotOpen:
        messages.error(request, gettext("This batch was cancelled before."))
    else:
        messages.success(request, gettext("No code of this batch can be used any more. Uses so far stand."))
    return redirect("backoffice:coupon_batch", batch_id)


# --- codes on paper and as a file -----------------------------------------------------------------------------------


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
def batch_file(request: StaffRequest, batch_id: UUID) -> Any:
    """Every code of the batch as CSV, written while it is read: a million rows never stand in memory."""
    merchant = request.staff.merchant
    batch = coupon_batch(merchant=merchant, batch_id=batch_id)
    record_codes_read(
        merchant=merchant,
        batch_id=batch_id,
        way="downloaded",
        codes=batch.made,
        at=timezone.now(),
        actor=actor_of(request),
    )
    response = StreamingHttpResponse(_write_file(merchant, batch), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="coupons-{batch.created_at:%Y%m%d}.csv"'
    response["Cache-Control"] = "no-store"
    return response


class _Line:
    """A file that hands back each line instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def _write_file(merchant: MerchantFacts, batch: BatchFacts) -> Iterator[str]:
    """Runs after the page's own transaction: each chunk is read in one of its own."""
    writer = CsvWriter(_Line())
    last_day = batch.valid_until.isoformat() if batch.valid_until else ""
    yield "\ufeff"
    yield writer.writerow(["code", "title", "state", "valid_until"])
    after: UUID | None = None
    while True:
        with merchant_scope(merchant.id):
            codes = codes_of_batch(merchant=merchant, batch_id=batch.id, after=after, limit=FILE_CHUNK)
        yield "".join(writer.writerow([code, batch.title, state, last_day]) for _, code, state in codes)
        if len(codes) < FILE_CHUNK:
            return
        after = codes[-1][0]


def _batch_row(batch: BatchFacts, figures: BatchFigures, merchant: MerchantFacts) -> dict[str, Any]:
    return {
        "batch": batch,
        "figures": figures,
        "kind": kind_word(batch),
        "benefit": benefit_of(batch, merchant),
        "sub": batch.shared_text or benefit_of(batch, merchant),
        "cancelled_word": CODE_STATE_WORDS["cancelled"],
    }


def _group_in_fours(code: str) -> str:
    """In fours, easier to read out; dashes do not count when it is typed. Only for codes that no one chose."""
    if len(code) != 13:
        return code
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"
