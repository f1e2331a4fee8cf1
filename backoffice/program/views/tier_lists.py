"""The members behind the figures of tiers: who is close, who moved, whom a change would move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, staff_page
from backoffice.members.views.tier_moves import AskedMoves
from backoffice.parts import Page, Tab, page_urls, url_with
from backoffice.program.forms.tiers import read_draft
from backoffice.program.views.tier_changes import SPEND_VIEW
from backoffice.program.words import measured_words
from backoffice.slow_pages import slow_page
from common.ids import uuid_or_none
from common.languages import reader_language
from common.quantities import format_day
from members.facts import ShiftedMember, TierMeasure
from members.queries import members_by_id, members_near_next, shifted_members, tier_moves_between, tiers
from merchants.facts import MerchantFacts, Permission

PAGE_SIZE: Final = 50


@staff_page(Permission.SEE_MEMBERS)
def tier_near(request: StaffRequest, code: str) -> HttpResponse:
    """List who has nine tenths or more of what the next tier asks, those who miss least first."""
    merchant = request.staff.merchant
    ladder = tiers(merchant=merchant)
    place = next((n for n, tier in enumerate(ladder) if tier.code == code and n + 1 < len(ladder)), None)
    if place is None:
        raise Http404
    above = ladder[place + 1]
    after = _read_place(request.GET.getlist("after"))
    found = members_near_next(merchant=merchant, tier_code=code, after=after, limit=PAGE_SIZE + 1)
    rows = _with_members(merchant, found[:PAGE_SIZE], above.measure)
    for row in rows:
        row["missing"] = measured_words(merchant, above.measure, above.threshold - row["shifted"].measured)
    cursor = None
    if len(found) > PAGE_SIZE:
        last = found[PAGE_SIZE - 1]
        cursor = f"{above.threshold - last.measured}~{last.member_id}"
    context = {
        "page": _page_of(request, rows, cursor),
        "tier": ladder[place],
        "above": above,
        "asks": measured_words(merchant, above.measure, above.threshold),
    }
    return render(request, "backoffice/program/tier_near.html", context)


@staff_page(Permission.SEE_MEMBERS)
def tier_move_list(request: StaffRequest) -> HttpResponse:
    """List the moves up, or down, of one month; this month's without one in the address."""
    merchant = request.staff.merchant
    first = _read_month(request.GET.get("month", ""), merchant.day_of(timezone.now()))
    is_up = request.GET.get("way") != "down"
    before = uuid_or_none((request.GET.getlist("after") or [""])[-1])
    end = AskedMoves(first, is_up).end
    found = tier_moves_between(merchant=merchant, first=first, end=end, is_up=is_up, before=before, limit=PAGE_SIZE + 1)
    people = members_by_id(merchant=merchant, member_ids=[move.member_id for move in found[:PAGE_SIZE]])
    by_id = {tier.id: tier for tier in tiers(merchant=merchant)}
    rows = [
        {
            "move": move,
            "member": people.get(move.member_id),
            "before": by_id[move.from_tier_id],
            "after": by_id[move.to_tier_id],
        }
        for move in found[:PAGE_SIZE]
    ]
    cursor = str(found[PAGE_SIZE - 1].id) if len(found) > PAGE_SIZE else None
    context = {
        "page": _page_of(request, rows, cursor),
        "month": format_day(first, reader_language()).partition(" ")[2],
        "list_url": f"{reverse('backoffice:members')}?moved={AskedMoves(first, is_up).code}",
        "tabs": [
            Tab(gettext("Up"), url_with(request.GET, way="up"), current=is_up),
            Tab(gettext("Down"), url_with(request.GET, way="down"), current=not is_up),
        ],
    }
    return render(request, "backoffice/program/tier_moves.html", context)


@staff_page(Permission.EDIT_PROGRAM)
@slow_page
def tier_shifts(request: StaffRequest) -> HttpResponse:
    """List whom a draft of the ladder would move from one tier to another in the coming night."""
    merchant = request.staff.merchant
    draft, to_tier_id = read_draft(request.GET.get("draft", "")), uuid_or_none(request.GET.get("to", ""))
    if draft is None or to_tier_id is None:
        raise Http404
    from_tier_id = uuid_or_none(request.GET.get("from", ""))
    names = {tier.id: tier.name for tier in tiers(merchant=merchant)} | {one.id: one.name for one in draft.levels}
    found = shifted_members(
        merchant=merchant,
        draft=draft,
        on=merchant.day_of(timezone.now()) + timedelta(days=1),
        source_view=SPEND_VIEW,
        from_tier_id=from_tier_id,
        to_tier_id=to_tier_id,
        after=uuid_or_none((request.GET.getlist("after") or [""])[-1]),
        limit=PAGE_SIZE + 1,
    )
    cursor = str(found[PAGE_SIZE - 1].member_id) if len(found) > PAGE_SIZE else None
    context = {
        "page": _page_of(request, _with_members(merchant, found[:PAGE_SIZE], draft.measure), cursor),
        "before": names.get(from_tier_id, "–") if from_tier_id else "–",
        "after": names.get(to_tier_id, "–"),
    }
    return render(request, "backoffice/program/tier_shifts.html", context)


def _with_members(
    merchant: MerchantFacts, found: Sequence[ShiftedMember], measure: TierMeasure
) -> list[dict[str, Any]]:
    people = members_by_id(merchant=merchant, member_ids=[one.member_id for one in found])
    return [
        {"shifted": one, "member": member, "measured": measured_words(merchant, measure, one.measured)}
        for one in found
        if (member := people.get(one.member_id)) is not None
    ]


def _page_of(request: StaffRequest, rows: Sequence[Any], cursor: str | None) -> Page:
    newer, older = page_urls(request.GET, cursor)
    return Page(rows=rows, total=None if newer or older else len(rows), newer_url=newer, older_url=older)


def _read_place(passed: Sequence[str]) -> tuple[int, UUID] | None:
    """Return what the last row shown misses, and its member; None where the address says nothing of the kind."""
    missing, _, member_id = (passed[-1] if passed else "").partition("~")
    found = uuid_or_none(member_id)
    return (int(missing), found) if found and missing.isascii() and missing.isdigit() and len(missing) < 19 else None


def _read_month(text: str, today: date) -> date:
    """Return the first day of the month that is written as 2026-11; this month for anything else or a later one."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return min(found, today.replace(day=1))
