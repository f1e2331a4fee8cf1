"""Coupons: batches with what became of them, a new batch with what it can cost, and the making of its codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.coupons.asked import AboveLimit, asked_of_form, find_above_limit
from backoffice.coupons.forms import CODES, ISSUED, NOT_A_CODE, BatchForm
from backoffice.coupons.givers import Giver, givers_of
from backoffice.coupons.way_back import WayBack, url_with_coupon, way_back
from backoffice.coupons.words import benefit_of, conditions_of, cost_of_one, kind_word
from backoffice.jobs.words import error_word, too_many_jobs
from backoffice.parts import Page, Tab, page_urls, url_with
from backoffice.promotions.goods import check_goods
from backoffice.promotions.names import form_context_of, names_of
from backoffice.sent_texts import without_nul
from backoffice.slow_pages import slow_page
from backoffice.words import BATCH_KIND_WORDS, CODE_STATE_WORDS
from common.errors import BadInput
from common.ids import uuid_or_none
from common.text import comparison_key
from merchants.facts import MerchantFacts, Permission
from merchants.operations import TooManyJobs
from merchants.queries import approval, jobs_by_id
from merchants.rules import may
from merchants.tasks import queue_jobs
from merchants.tenancy import allow_long_statements, refusable
from rewards.coupons.facts import AskedCoupons, BatchFacts, BatchFigures
from rewards.coupons.operations import (
    BatchNotOpen,
    CodesNotMissing,
    CouponsNeedApproval,
    ask_for_coupons,
    cancel_batch,
    create_personal_coupons,
    make_coupons,
    resume_codes,
)
from rewards.coupons.queries import batch_figures, batch_page, coupon_batch
from rewards.engine import fields, stored_definition

ROWS: Final = 25
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
    givers = givers_of(request, [batch.id for batch in shown if batch.kind == ISSUED])
    rows = [_batch_row(batch, figures[batch.id], merchant, givers.get(batch.id, ())) for batch in shown]
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
            "making": _has_open_job(merchant, shown),
        },
    )


@staff_page(Permission.EDIT_OFFERS)
def coupon_new(request: StaffRequest) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    asked_by = way_back(request)
    form = BatchForm(
        merchant,
        form_context_of(merchant, names_of(merchant), now),
        now,
        post_data(request),
        initial={"kind": ISSUED} if asked_by else None,
    )
    preview: dict[str, Any] | None = None
    above: AboveLimit | None = None
    if request.method == "POST" and form.is_valid():
        _name_unknown_goods(merchant, form, now)
    if request.method == "POST" and form.is_valid():
        asked = asked_of_form(form) if form.cleaned_data["kind"] != ISSUED else None
        if asked is not None:
            above = find_above_limit(
                merchant, asked, form.fingerprint, asker_id=request.staff.user_id, sent=without_nul(request.POST)
            )
        preview = None if above else _find_unbounded(request, form)
        answer = None
        if asked is None:
            answer = _make_personal(request, form, asked_by, now=now) if preview is None else None
        elif above is not None and _is_asked(request, above):
            answer = _ask_for_coupons(request, form, asked, above, now=now)
        elif above is None and preview is None:
            answer = _make_batch(request, form, asked, now=now)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "preview": preview,
        "above": above,
        "leave_url": asked_by.url if asked_by else reverse("backoffice:coupons"),
    }
    return render(request, "backoffice/coupons/new.html", context, status=400 if form.errors else 200)


def _is_asked(request: StaffRequest, above: AboveLimit) -> bool:
    """Whether what was shown was confirmed, with a reason, and there is another person who may approve it."""
    is_confirmed = request.POST.get("confirmed") == above.confirms
    return is_confirmed and bool(above.reason) and bool(above.approvers)


def _ask_for_coupons(
    request: StaffRequest, form: BatchForm, asked: AskedCoupons, above: AboveLimit, *, now: datetime
) -> HttpResponse | None:
    """Ask another person for the codes, and show the request; None where the form says why not."""
    try:
        with refusable():
            approval_id = ask_for_coupons(
                merchant=request.staff.merchant, asked=asked, reason=above.reason, at=now, actor=actor_of(request)
            )
    except BadInput as refused:
        _add_problems(form, refused)
        return None
    messages.success(request, gettext("Asked. No code exists until another person approves it."))
    return redirect("backoffice:coupons_asked", approval_id)


def _make_batch(request: StaffRequest, form: BatchForm, asked: AskedCoupons, *, now: datetime) -> HttpResponse | None:
    """Create the codes and go to their page; None where the form says why not."""
    merchant = request.staff.merchant
    try:
        with refusable():
            batch_id = make_coupons(merchant=merchant, asked=asked, at=now, actor=actor_of(request))
    except BadInput as refused:
        _add_problems(form, refused)
    except TooManyJobs:
        form.add_error(None, too_many_jobs())
    except CouponsNeedApproval:
        form.add_error(None, gettext("The limit of what one person may create was changed meanwhile. Send it again."))
    else:
        queue_jobs(merchant=merchant)
        messages.success(request, gettext("Done. This page shows how far the codes are."))
        return redirect("backoffice:coupon_batch", batch_id)
    return None


def _make_personal(
    request: StaffRequest, form: BatchForm, asked_by: WayBack | None, *, now: datetime
) -> HttpResponse | None:
    """Create personal coupons and go back to who asked for them, chosen there; None where the form says why not."""
    data = form.cleaned_data
    try:
        with refusable():
            batch_id = create_personal_coupons(
                merchant=request.staff.merchant,
                title=data["title"],
                definition=form.definition,
                at=now,
                valid_days=data["valid_days"],
                valid_until=data["valid_until"],
                max_uses=data["max_uses"] or 1,
                actor=actor_of(request),
            )
    except BadInput as refused:
        _add_problems(form, refused)
        return None
    if asked_by is None:
        messages.success(request, gettext("Done. Choose it in a campaign, as a reward, or give it to a member."))
        return redirect("backoffice:coupon_batch", batch_id)
    messages.success(request, gettext("The coupon is made and chosen below."))
    return redirect(url_with_coupon(asked_by, batch_id))


def _name_unknown_goods(merchant: MerchantFacts, form: BatchForm, now: datetime) -> None:
    """Errors at the boxes whose goods neither catalogue nor tills know."""
    goods = fields.goods(form.definition["filter"], "/filter") if form.definition.get("filter") else None
    if goods is None:
        return
    for one in check_goods(merchant, [("/filter", goods)], merchant.day_of(now)).unknown:
        form.add_error(one.pointer.rpartition("/")[2], one.text)


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


def _add_problems(form: BatchForm, refused: BadInput) -> None:
    """What the operation refused, at the field that it is about."""
    fields = {"/text": "text", "/count": "count", "/value": "percent", "/cap": "cap_amount", "/title": "title"}
    fields["/valid_days"] = "valid_days"
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
    form = BatchForm(merchant, form_context_of(merchant, names_of(merchant), now), now, without_nul(request.POST))
    cost = form.cost_limit if form.is_valid() else None
    is_personal = cost is not None and form.cleaned_data["kind"] == ISSUED
    return render(request, "backoffice/coupons/cost.html", {"cost": cost, "is_personal": is_personal})


@staff_page(Permission.SEE_OFFERS)
def batch_detail(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    allow_long_statements(FIGURES_SECONDS)
    batch = coupon_batch(merchant=merchant, batch_id=batch_id)
    figures = batch_figures(merchant=merchant, batch_ids=[batch.id], at=now, today=merchant.day_of(now))[batch.id]
    job = jobs_by_id(merchant=merchant, job_ids=[batch.job_id]).get(batch.job_id) if batch.job_id else None
    is_partial, may_edit = batch.state == "partial", may(request.staff.role, Permission.EDIT_OFFERS)
    return render(
        request,
        "backoffice/coupons/batch.html",
        {
            "row": _batch_row(batch, figures, merchant, givers_of(request, [batch.id]).get(batch.id, ())),
            "cost_of_one": cost_of_one(batch, merchant) if batch.kind == ISSUED else "",
            "conditions": conditions_of(batch, merchant, names_of(merchant, [stored_definition(batch.offer)])),
            "may_edit": may_edit,
            "job": job,
            "making": is_partial and job is not None and job.is_open,
            "stopped": is_partial and job is not None and not job.is_open,
            "error": error_word(job) if job else "",
            "approved": approval(merchant=merchant, approval_id=batch.approval_id) if batch.approval_id else None,
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


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def batch_resume(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Make the codes that a job which was cancelled or failed left out."""
    merchant = request.staff.merchant
    try:
        with refusable():
            resume_codes(merchant=merchant, batch_id=batch_id, at=timezone.now(), actor=actor_of(request))
    except (BatchNotOpen, CodesNotMissing):
        messages.info(request, gettext("No code of this batch is missing."))
    except TooManyJobs:
        messages.info(request, too_many_jobs())
    else:
        queue_jobs(merchant=merchant)
    return redirect("backoffice:coupon_batch", batch_id)


def _has_open_job(merchant: MerchantFacts, shown: Sequence[BatchFacts]) -> bool:
    """Whether codes of one of these batches are being made."""
    job_ids = [batch.job_id for batch in shown if batch.state == "partial" and batch.job_id]
    return any(job.is_open for job in jobs_by_id(merchant=merchant, job_ids=job_ids).values()) if job_ids else False


def _batch_row(
    batch: BatchFacts, figures: BatchFigures, merchant: MerchantFacts, givers: Sequence[Giver]
) -> dict[str, Any]:
    return {
        "givers": givers,
        "batch": batch,
        "figures": figures,
        "kind": kind_word(batch),
        "benefit": benefit_of(batch, merchant),
        "sub": batch.shared_text or benefit_of(batch, merchant),
        "cancelled_word": CODE_STATE_WORDS["cancelled"],
    }
