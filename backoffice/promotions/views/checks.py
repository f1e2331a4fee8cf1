"""The check of all that is live: conflicts of the promotions among each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.promotions.checked import Noted, note_findings
from backoffice.promotions.names import names_of, surroundings_of
from backoffice.slow_pages import slow_page
from merchants.facts import Permission
from rewards.promotions.queries import PromotionSummary, findings_of_all


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
    }
    return render(request, "backoffice/promotions/check.html", context)
