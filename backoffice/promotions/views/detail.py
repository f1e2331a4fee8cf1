"""One promotion: what it says, what it gave, its versions with what changed, its receipts, and its turns."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.charts import Chart, ChartHead, Series, column_chart
from backoffice.charts.units import ChartUnit, amounts, counts
from backoffice.parts import Page, Tab, page_urls, url_with
from backoffice.promotions.names import describe, names_of, other_language
from backoffice.promotions.views.listing import (
    BADGES,
    DAYS_COUNTED,
    IN_POINTS,
    UNCOUNTED,
    counted_days,
    given_text,
    row_of,
)
from backoffice.sent_texts import without_nul
from backoffice.words import actor_word
from common.ids import uuid_or_none
from common.languages import reader_language
from common.quantities import format_day
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.engine import stored_definition
from rewards.engine.facts import Definition
from rewards.promotions.operations import PromotionEnded, end_promotion, pause_promotion, resume_promotion
from rewards.promotions.queries import PromotionDetails, TimelineEntry, draft_of, offer, promotion_timeline
from rewards.promotions.wording import KIND_WORDS, Names
from sales.queries import GivenByPromotion, given_by_days, receipts_with_promotion

RECEIPTS_SHOWN: Final = 20
RECEIPT_DAYS: Final = 90
Span = tuple[date, date]


@dataclass(frozen=True)
class HistoryEntry:
    """One version or turn as shown: what it is, since when, by whom, why, and what changed in words."""

    title: str
    starts_at: datetime
    created_at: datetime
    by: str
    reason: str
    added: list[str]
    removed: list[str]
    is_ahead: bool


@dataclass(frozen=True)
class ReceiptRow:
    sale_id: UUID
    reference: str
    occurred_at: datetime
    total_amount: int
    given: str
    version: int | None


@staff_page(Permission.SEE_OFFERS)
def promotion_detail(request: StaffRequest, promotion_id: UUID) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    found = offer(merchant=merchant, promotion_id=promotion_id, at=now)
    history = _read_history(merchant, promotion_id)
    written = [definition for _entry, definition in history if definition is not None]
    names, (first, last) = names_of(merchant, [found.definition, *written]), counted_days(merchant, now)
    weekly = request.GET.get("per") == "week"
    spans = _make_spans(last, weekly=weekly)
    days = given_by_days(merchant=merchant, promotion_id=promotion_id, first=min(first, spans[0][0]), last=last)
    counted = [given for day, given in days.items() if day >= first]
    total = GivenByPromotion(sum(day.uses for day in counted), sum(day.spend for day in counted))
    may_edit = may(request.staff.role, Permission.EDIT_OFFERS)
    context = {
        "found": found,
        "row": row_of(merchant, found.row, names, total),
        "badge": BADGES[found.row.state],
        "kind": KIND_WORDS[found.definition.kind],
        "sentences": describe(found.definition, names, merchant.currency, reader_language()),
        "in_other_language": describe(found.definition, names, merchant.currency, other_language()),
        "other": other_language(),
        "entries": _list_entries(merchant, history, names, now),
        "chart": _draw_chart(merchant, found, days, spans),
        "per": [
            Tab(gettext("Per day"), url_with(request.GET, per=None), not weekly),
            Tab(gettext("Per week"), url_with(request.GET, per="week"), weekly),
        ],
        "period": (first, last),
        "kept": draft_of(merchant=merchant, promotion_id=promotion_id) if may_edit else None,
        "may_edit": may_edit,
        "may_integrate": may(request.staff.role, Permission.MANAGE_TILLS),
        "may_simulate": found.row.state == "live" and may(request.staff.role, Permission.EDIT_PROGRAM),
        "is_over": found.row.is_closed,
        **_load_receipts(request, found, last),
    }
    return render(request, "backoffice/promotions/detail.html", context)


def _load_receipts(request: StaffRequest, found: PromotionDetails, last: date) -> dict[str, Any]:
    """Load the receipts of the last 90 days; links only for those who may see members' receipts."""
    merchant = request.staff.merchant
    rows = receipts_with_promotion(
        merchant=merchant,
        promotion_id=found.row.id,
        first=last - timedelta(days=RECEIPT_DAYS - 1),
        last=last,
        before=uuid_or_none(request.GET.get("after", "")),
        limit=RECEIPTS_SHOWN + 1,
    )
    shown = rows[:RECEIPTS_SHOWN]
    newer, older = page_urls(request.GET, str(shown[-1].sale_id) if len(rows) > RECEIPTS_SHOWN else None)
    listed = [
        ReceiptRow(
            row.sale_id,
            row.reference,
            row.occurred_at,
            row.total_amount,
            given_text(merchant, found.row.kind, row.spend),
            row.version,
        )
        for row in shown
    ]
    return {
        "receipts": Page(listed, None, newer_url=newer, older_url=older),
        "receipt_days": RECEIPT_DAYS,
        "sees_receipts": may(request.staff.role, Permission.SEE_MEMBERS),
    }


def _draw_chart(
    merchant: MerchantFacts, found: PromotionDetails, given: Mapping[date, GivenByPromotion], spans: Sequence[Span]
) -> Chart | None:
    """Draw what it gave per day or week; None while it gave nothing."""
    kind, language = found.row.kind, reader_language()
    if not given:
        return None
    unit: ChartUnit
    if kind in UNCOUNTED:
        question, unit = gettext("How often was it used?"), counts(gettext("uses"), language)
    elif kind in IN_POINTS:
        question, unit = gettext("How many points did it move?"), counts(merchant.points_name, language)
    else:
        question, unit = gettext("How much did it give?"), amounts(merchant.currency, language)
    period = f"{format_day(spans[0][0], language)} – {format_day(spans[-1][1], language)}"
    return column_chart(
        head=ChartHead("given", question, period, unit),
        labels=[f"{first.day}/{first.month}" for first, _last in spans],
        series=[Series(unit.name, [_sum_span(given, span, uses=kind in UNCOUNTED) for span in spans])],
        unfinished=len(spans) - 1,
        label_column=gettext("From"),
    )


def _sum_span(given: Mapping[date, GivenByPromotion], span: Span, *, uses: bool) -> int:
    inside = [one for day, one in given.items() if span[0] <= day <= span[1]]
    return sum(one.uses if uses else one.spend for one in inside)


def _make_spans(last: date, *, weekly: bool) -> list[Span]:
    """Return the last 30 days, or the last 13 weeks from Monday on, this one included."""
    if not weekly:
        days = [last - timedelta(days=n) for n in range(DAYS_COUNTED)]
        return [(day, day) for day in reversed(days)]
    monday = last - timedelta(days=last.weekday())
    return [(start := monday - timedelta(weeks=n), min(last, start + timedelta(days=6))) for n in reversed(range(13))]


# --- history -----------------------------------------------------------------------------------------------------


History = Sequence[tuple[TimelineEntry, Definition | None]]


def _read_history(merchant: MerchantFacts, promotion_id: UUID) -> History:
    """Return the history, oldest first, with the wording of those entries that brought one."""
    return [
        (entry, stored_definition(entry.definition) if entry.definition is not None else None)
        for entry in promotion_timeline(merchant=merchant, promotion_id=promotion_id)
    ]


def _list_entries(merchant: MerchantFacts, history: History, names: Names, now: datetime) -> list[HistoryEntry]:
    """List the entries, newest first; a version shows the sentences it brought and took away."""
    turns = {"paused": gettext("Paused"), "live": gettext("Resumed"), "ended": gettext("Ended")}
    shown: list[HistoryEntry] = []
    before: list[str] = []
    for entry, definition in history:
        added: list[str] = []
        removed: list[str] = []
        if definition is None:
            title = turns[entry.state or "live"]
        else:
            after = [definition.title, *describe(definition, names, merchant.currency, reader_language())]
            added, removed = _find_difference(before, after)
            title, before = gettext("Version %(number)s") % {"number": entry.version}, after
        shown.append(
            HistoryEntry(
                title,
                entry.starts_at,
                entry.created_at,
                actor_word(entry.created_by),
                entry.reason,
                added,
                removed,
                is_ahead=entry.starts_at > now,
            )
        )
    return shown[::-1]


def _find_difference(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    if not before:
        return [], []
    lines = list(difflib.ndiff(before, after))
    return [line[2:] for line in lines if line.startswith("+ ")], [line[2:] for line in lines if line.startswith("- ")]


# --- turns -------------------------------------------------------------------------------------------------------


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300)


@dataclass(frozen=True)
class StatusChange:
    operation: Callable[..., bool]
    message: Promise
    needs_reason: bool


STATUS_CHANGES: Final[Mapping[str, StatusChange]] = {
    "pause": StatusChange(pause_promotion, _("Paused. It gives nothing until you resume it."), True),
    "resume": StatusChange(resume_promotion, _("Resumed. It acts at the tills again."), False),
    "end": StatusChange(end_promotion, _("Ended. It stays in the list with all its figures."), True),
}


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def change_promotion_status(request: StaffRequest, promotion_id: UUID, step: str) -> HttpResponse:
    if step not in STATUS_CHANGES:
        raise Http404
    change, now = STATUS_CHANGES[step], timezone.now()
    offer(merchant=request.staff.merchant, promotion_id=promotion_id, at=now)
    form = ReasonForm(request.POST)
    if change.needs_reason and not form.is_valid():
        messages.error(request, gettext("Say why, in at most 300 characters. Others read it in the versions."))
        return redirect("backoffice:promotion", promotion_id=promotion_id)
    try:
        with refusable():
            change.operation(
                merchant=request.staff.merchant,
                promotion_id=promotion_id,
                starts_at=now,
                at=now,
                actor=actor_of(request),
                reason=without_nul(request.POST).get("reason", "").strip()[:300],
            )
    except PromotionEnded:
        messages.error(request, gettext("This promotion has ended. Make a new one."))
    else:
        messages.success(request, str(change.message))
    return redirect("backoffice:promotion", promotion_id=promotion_id)
