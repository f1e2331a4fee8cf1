"""The one place of warnings: conflicts of what is live, what receipts say of it, and from when it is too much."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.promotions.checked import Noted, note_findings
from backoffice.promotions.forms.discount_limits import LimitsForm
from backoffice.promotions.names import names_of, surroundings_of
from backoffice.slow_pages import slow_page
from common.languages import reader_language
from insights.operations import set_discount_limits
from insights.queries import discount_limits, lint_baskets
from insights.wording import finding_sentence
from merchants.facts import Permission
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.promotions.queries import PromotionSummary, findings_of_all


@dataclass(frozen=True)
class FindingRow:
    sentence: str
    is_warning: bool


@dataclass(frozen=True)
class CheckedOffer:
    wording: PromotionSummary
    noted: list[Noted]


@staff_page(Permission.SEE_OFFERS)
@slow_page
def promotions_check(request: StaffRequest) -> HttpResponse:
    """Show conflicts of the live promotions; what receipts say is fetched once the page is shown."""
    merchant = request.staff.merchant
    names, today = names_of(merchant), timezone.now().astimezone(ZoneInfo(merchant.timezone)).date()
    found = findings_of_all(merchant=merchant, surroundings=surroundings_of(names), first_day=today)
    rows = [CheckedOffer(wording, note_findings(findings, merchant, names)) for wording, findings in found]
    rows.sort(key=lambda row: not any(note.refuses for note in row.noted))
    context: dict[str, Any] = {
        "rows": rows,
        "never": sum(any(note.refuses for note in row.noted) for row in rows),
        "may_set_limits": may(request.staff.role, Permission.EDIT_PROGRAM),
    }
    return render(request, "backoffice/promotions/check.html", context)


@staff_page(Permission.SEE_OFFERS)
@slow_page
def receipts_check(request: StaffRequest) -> HttpResponse:
    """Show what the last receipts say of the program as it is; a part of the check, fetched once that is shown."""
    merchant = request.staff.merchant
    report = lint_baskets(merchant=merchant, candidate=None, at=timezone.now())
    language = reader_language()
    rows = [
        FindingRow(finding_sentence(f, report, merchant=merchant, language=language), f.is_warning)
        for f in report.findings
    ]
    return render(request, "backoffice/promotions/receipts_check.html", {"report": report, "rows": rows})


@staff_page(Permission.EDIT_PROGRAM)
def limits(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    form = LimitsForm(post_data(request), initial=asdict(discount_limits(merchant=merchant)))
    if request.method == "POST" and form.is_valid():
        with refusable():
            set_discount_limits(merchant=merchant, limits=form.limits(), at=timezone.now(), actor=actor_of(request))
        messages.success(request, gettext("The limits are saved."))
        return redirect("backoffice:promotions_check")
    status = 400 if form.errors else 200
    return render(request, "backoffice/promotions/discount_limits.html", {"form": form}, status=status)
