"""Approvals: what waits for another person, what was decided, and deciding it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.audit_words import reason_word
from backoffice.jobs.words import too_many_jobs
from backoffice.no_permission import refuse_for_role
from backoffice.parts import Page, Tab, page_urls
from backoffice.program.approvals import KIND_WORDS, STATE_WORDS, Approving, approve_asked, requests_in_words
from common.errors import BadInput, DomainError, Missing, NotPermitted, Refusal
from common.ids import uuid_or_none
from merchants.facts import ApprovalDetails, Permission
from merchants.operations import decide_approval, withdraw_approval
from merchants.queries import approval, approvals_page, open_approval_count
from merchants.rules import may
from merchants.tenancy import refusable

PAGE_SIZE: Final = 50


class ApprovalForm(forms.Form):
    """Why it is approved or refused."""

    reason = forms.CharField(label=_("Reason of your decision"), max_length=300)


@staff_page(Permission.SEE_APPROVALS)
def approvals(request: StaffRequest) -> HttpResponse:
    """List requests that wait, or those that are over: all of them for who may approve, their own for others."""
    return _render_list(request, ApprovalForm())


@require_POST
@staff_page(Permission.SEE_APPROVALS)
def approval_decide(request: StaffRequest, approval_id: UUID, step: str) -> HttpResponse:
    """Approve or refuse as another person than the asker, or withdraw as the asker."""
    merchant, form = request.staff.merchant, ApprovalForm(post_data(request))
    asked = approval(merchant=merchant, approval_id=approval_id)
    if asked.kind not in KIND_WORDS:
        raise Missing("approval_not_found")
    if step != "withdraw":
        if not may(request.staff.role, Permission.APPROVE_ADJUSTMENTS):
            return refuse_for_role(request, Permission.APPROVE_ADJUSTMENTS)
        if not form.is_valid():
            return _render_list(request, form, status=400)
    try:
        _carry_out(request, asked, step, form)
    except (BadInput, Refusal, NotPermitted) as refused:
        messages.error(request, _refusal_words(refused))
    return redirect("backoffice:approvals")


def _carry_out(request: StaffRequest, asked: ApprovalDetails, step: str, form: ApprovalForm) -> None:
    merchant, at, actor = request.staff.merchant, timezone.now(), actor_of(request)
    with refusable():
        if step == "withdraw":
            withdraw_approval(merchant=merchant, approval_id=asked.id, reason="", at=at, actor=actor)
            messages.success(request, gettext("The request is withdrawn. Nothing was done."))
        elif step == "approve":
            said = approve_asked(Approving(merchant, asked, form.cleaned_data["reason"], actor, at))
            messages.success(request, said)
        else:
            decide_approval(
                merchant=merchant,
                approval_id=asked.id,
                is_approved=False,
                reason=form.cleaned_data["reason"],
                at=at,
                actor=actor,
            )
            messages.success(request, gettext("Refused. Nothing was done."))


def _refusal_words(refused: DomainError) -> str:
    words = {
        "approval_over": gettext("This request was decided or withdrawn already, or its time is over."),
        "insufficient_points": gettext("The member has too few points by now. Nothing was booked; the request waits."),
        "nothing_owed": gettext("The member owes nothing any more. Nothing was booked; refuse the request."),
        "movement_booked": gettext("Who asked booked this alone meanwhile. Nothing was booked; refuse the request."),
        "adjustment_not_permitted": gettext("Who asked has no such right here any more. Refuse the request."),
        "coupons_not_permitted": gettext("Who asked may not create coupons any more. Refuse the request."),
        "export_not_permitted": gettext("Who asked may not take contacts out any more. Refuse the request."),
        "export_grew": gettext("The list has many more members by now than were asked for. Refuse it; ask anew."),
        "validation_error": gettext("It cannot be made any more: such a code may exist by now. Refuse the request."),
        "too_many_jobs": too_many_jobs(),
        "not_permitted": gettext("Another person than the one who asked has to decide."),
    }
    said = words.get(refused.code)
    return said or gettext("This was not done: %(code)s.") % {"code": refused.code}


def _render_list(request: StaffRequest, form: ApprovalForm, *, status: int = 200) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    is_open = request.GET.get("list") != "decided"
    decides = may(request.staff.role, Permission.APPROVE_ADJUSTMENTS)
    found = approvals_page(
        merchant=merchant,
        kinds=KIND_WORDS,
        is_open=is_open,
        now=now,
        asked_by_id=None if decides else request.staff.user_id,
        before=uuid_or_none((request.GET.getlist("after") or [""])[-1]),
        limit=PAGE_SIZE + 1,
    )
    shown = requests_in_words(merchant, found[:PAGE_SIZE])
    rows = [
        {
            "row": row,
            "why": reason_word(row.asked.asked_reason),
            "state": STATE_WORDS[row.asked.state],
            "is_own": row.asked.asked_by_id == request.staff.user_id,
        }
        for row in shown
    ]
    newer, older = page_urls(request.GET, str(found[PAGE_SIZE - 1].id) if len(found) > PAGE_SIZE else None)
    waiting = open_approval_count(merchant=merchant, kinds=KIND_WORDS, now=now) if decides else None
    context = {
        "form": form,
        "page": Page(rows=rows, total=None, newer_url=newer, older_url=older),
        "is_open": is_open,
        "decides": decides,
        "tabs": [
            Tab(gettext("Waiting"), "?", current=is_open, count="" if waiting is None else str(waiting)),
            Tab(gettext("Decided"), "?list=decided", current=not is_open),
        ],
    }
    return render(request, "backoffice/program/approvals.html", context, status=status)
