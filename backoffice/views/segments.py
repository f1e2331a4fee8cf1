"""Segments: the four stages with their definitions, who moved, the RFM grid, and the people behind each figure."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, posted, staff_page
from backoffice.forms.segments import ThresholdsForm
from backoffice.parts import Page, page_urls
from backoffice.slow_pages import slow_page
from backoffice.words import SEGMENT_WORDS
from common.errors import BadInput
from members.facts import MemberFacts
from members.queries import members_by_id
from merchants.facts import Permission
from merchants.rules import may
from merchants.tenancy import refusable
from segments.facts import Flow, Grid, GridCell, RulePreview, Segment, StandingFacts, Thresholds
from segments.operations import change_rule
from segments.queries import (
    StandingFilter,
    latest_run,
    members_of_segment,
    moves,
    preview_rule,
    propose_rule,
    rfm_grid,
    segment_cards,
    thresholds_of,
)
from segments.tasks import apply_rule
from segments.wording import ZONE_WORDS

FLOW_DAYS = 30
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class FlowRow:
    """One row of the matrix: where members came from, and the counts by where they stand now."""

    origin: str | None
    cells: list[int]
    total: int


@dataclass(frozen=True)
class ShadedCell:
    """A cell of the RFM grid as drawn, leading to its members."""

    member_count: int
    zone: str
    shade: int
    url: str


@dataclass(frozen=True)
class ZoneRow:
    name: str
    members: int
    spend: int
    meaning: str
    play: str


@dataclass(frozen=True)
class BuyerRow:
    url: str
    name: str
    number: str
    last_on: date
    purchases: int
    spend: int
    scores: str


@staff_page(Permission.SEE_FIGURES)
@slow_page
def segments(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    grid = rfm_grid(merchant=merchant)
    table = moves(merchant=merchant, days=FLOW_DAYS)
    cards, run = segment_cards(merchant=merchant), latest_run(merchant=merchant)
    changed_on = cards[0].changed_on
    is_changed = bool(changed_on and table.since and changed_on > table.since)
    return render(
        request,
        "backoffice/segments.html",
        {
            "cards": cards,
            "run": run,
            "is_counting": run is not None and run.thresholds != thresholds_of(merchant=merchant),
            "flow_changed_on": changed_on if is_changed else None,
            "flow": table,
            "flow_rows": _flow_rows(table.flows),
            "segments": list(SEGMENT_WORDS.items()),
            "grid": grid,
            "grid_rows": _grid_rows(grid),
            "zones": _zone_rows(grid),
            "may_see_members": may(request.staff.role, Permission.SEE_MEMBERS),
            "may_edit": may(request.staff.role, Permission.EDIT_SEGMENTS),
        },
    )


def _flow_rows(flows: tuple[Flow, ...]) -> list[FlowRow]:
    counts = {(flow.origin, flow.target): flow.member_count for flow in flows}
    rows = []
    for origin in (*Segment, None):
        cells = [counts.get((origin, target), 0) for target in Segment]
        if origin is not None or any(cells):
            rows.append(FlowRow(origin.value if origin else None, cells, sum(cells)))
    return rows


def _grid_rows(grid: Grid) -> list[tuple[int, list[ShadedCell]]]:
    """Frequency from 5 down to 1, recency from 1 to 5; each cell with its shade by spend."""
    most = max((cell.spend_amount for cell in grid.cells), default=0)
    cells = {(cell.frequency, cell.recency): _shaded(cell, most) for cell in grid.cells}
    return [
        (frequency, [cells[(frequency, recency)] for recency in range(1, 6)]) for frequency in range(5, 0, -1) if cells
    ]


def _shaded(cell: GridCell, most: int) -> ShadedCell:
    """Shade 1 to 7 by the root of the spend, so that one very good cell does not turn all others white; 0 = nobody."""
    shade = 1 + min(6, int(7 * math.sqrt(max(cell.spend_amount, 0) / most))) if most and cell.member_count else 0
    url = reverse("backoffice:segment", args=["all"])
    return ShadedCell(
        member_count=cell.member_count,
        zone=str(ZONE_WORDS[cell.zone].name),
        shade=shade,
        url=f"{url}?r={cell.recency}&f={cell.frequency}",
    )


def _zone_rows(grid: Grid) -> list[ZoneRow]:
    """What to do with whom, the zone with the highest spend first."""
    rows = []
    for zone, words in ZONE_WORDS.items():
        cells = [cell for cell in grid.cells if cell.zone is zone]
        rows.append(
            ZoneRow(
                name=str(words.name),
                members=sum(cell.member_count for cell in cells),
                spend=sum(cell.spend_amount for cell in cells),
                meaning=str(words.meaning),
                play=str(words.play),
            )
        )
    return sorted(rows, key=lambda row: row.spend, reverse=True)


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def segment(request: StaffRequest, code: str) -> HttpResponse:
    """The members of one segment, the latest purchase first; narrowed by RFM scores where the address says so."""
    merchant = request.staff.merchant
    if code not in SEGMENT_WORDS and code != "all":
        raise Http404(code)
    who = StandingFilter(
        segment=Segment(code) if code != "all" else None,
        recency=_score(request.GET.get("r")),
        frequency=_score(request.GET.get("f")),
    )
    try:
        found = members_of_segment(merchant=merchant, who=who, after=request.GET.get("after") or None)
    except BadInput as bad:
        raise Http404("after") from bad
    people = members_by_id(merchant=merchant, member_ids=[s.member_id for s in found.standings])
    newer_url, older_url = page_urls(request.GET, found.next_after)
    page = Page(
        rows=[_buyer(s, people) for s in found.standings],
        total=min(found.total, COUNT_LIMIT),
        total_is_capped=found.total > COUNT_LIMIT,
        newer_url=newer_url,
        older_url=older_url,
    )
    card = next((c for c in segment_cards(merchant=merchant) if c.segment == code), None)
    return render(
        request,
        "backoffice/segment.html",
        {
            "code": code if code != "all" else None,
            "word": SEGMENT_WORDS.get(code, gettext("All buyers")),
            "card": card,
            "page": page,
            "who": who,
            "run": latest_run(merchant=merchant),
            "may_campaign": may(request.staff.role, Permission.EDIT_CAMPAIGNS),
        },
    )


def _buyer(standing: StandingFacts, people: dict[UUID, MemberFacts]) -> BuyerRow:
    person = people[standing.member_id]
    scores = standing.scores
    return BuyerRow(
        url=reverse("backoffice:member", args=[person.id]),
        name=person.display_name,
        number=person.number,
        last_on=standing.figures.last_purchase_on,
        purchases=standing.figures.purchase_count,
        spend=standing.figures.spend_amount,
        scores=f"{scores.recency} · {scores.frequency} · {scores.monetary}",
    )


def _score(text: str | None) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


@staff_page(Permission.EDIT_SEGMENTS)
@slow_page
def definition(request: StaffRequest) -> HttpResponse:
    """The thresholds: asked, shown who would move, then changed; history is told again from the next count on."""
    merchant = request.staff.merchant
    current = thresholds_of(merchant=merchant)
    form = ThresholdsForm(posted(request), initial=asdict(current))
    preview: RulePreview | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("confirmed") == form.fingerprint:
                with refusable():
                    change_rule(
                        merchant=merchant, thresholds=form.thresholds, at=timezone.now(), actor=actor_of(request)
                    )
                hint = partial(apply_rule.apply_async, kwargs={"merchant_id": str(merchant.id)})
                transaction.on_commit(hint)
                messages.success(request, gettext("The definition is changed; members are being sorted again."))
                return redirect("backoffice:segments")
            preview = preview_rule(merchant=merchant, proposed=form.thresholds)
        except BadInput as bad:
            for error in bad.errors:
                name = error.pointer.strip("/")
                form.add_error(name if name in form.fields else None, error.message)
    return render(
        request,
        "backoffice/definition.html",
        {
            "form": form,
            "preview": preview,
            "before_after": _before_after(preview),
            "proposal": propose_rule(merchant=merchant),
            "defaults": Thresholds(),
        },
        status=400 if form.errors else 200,
    )


def _before_after(preview: RulePreview | None) -> list[tuple[str, int, int, int]]:
    if preview is None:
        return []
    return [(s.value, preview.before[s], preview.after[s], preview.after[s] - preview.before[s]) for s in Segment]
