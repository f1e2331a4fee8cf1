"""Segments: the four stages with their definitions, who moved, the RFM grid, and the people behind each figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.members.views.filters import asked_of, chips_of
from backoffice.members.views.listing import HIDDEN, find_members, page_of, tools_of
from backoffice.segments.addresses import ALL_BUYERS, COUNTED, FLOW_DAYS, NOT_YET
from backoffice.segments.forms import ThresholdsForm
from backoffice.slow_pages import slow_page
from backoffice.words import SEGMENT_WORDS
from common.errors import BadInput
from common.form_errors import add_errors
from members.facts import MemberFacts
from merchants.facts import Permission, Role
from merchants.rules import may
from merchants.tenancy import refusable
from segments.facts import Flow, Grid, GridCell, RulePreview, Segment, StandingFacts, Thresholds, Zone
from segments.operations import change_rule
from segments.queries import (
    latest_run,
    moves,
    preview_rule,
    propose_rule,
    rfm_grid,
    segment_cards,
    standings_of,
    thresholds_of,
)
from segments.tasks import apply_rule
from segments.wording import ZONE_WORDS

LATEST_FIRST: Final = "-last"
"""The order of a segment's list where the address names none."""
DOORS: Final[Mapping[Zone, str]] = {
    Zone.CHAMPIONS: "vip",
    Zone.PROMISING: "next-time",
    Zone.FIRST_STEPS: Segment.NEW.value,
    Zone.REGULARS: "gold-monday",
    Zone.FADING: Segment.ACTIVE.value,
    Zone.AT_RISK: Segment.LAPSED.value,
    Zone.DORMANT: Segment.LAPSED.value,
    Zone.ONE_TIME: Segment.LAPSED.value,
}
"""Where each zone's play is begun: a pattern of promotions, or a campaign to a segment."""


@dataclass(frozen=True)
class FlowCell:
    count: int
    url: str
    """The list of these members."""


@dataclass(frozen=True)
class FlowRow:
    """One row of the matrix: where members came from, and how many of them stand now in each segment."""

    origin: str | None
    cells: dict[str, FlowCell]
    total: int
    url: str


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
    url: str
    door: str
    """Where the play is begun; empty for who may not."""


@dataclass(frozen=True)
class BuyerRow:
    id: UUID
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
    run = latest_run(merchant=merchant)
    grid = rfm_grid(merchant=merchant, run=run)
    table = moves(merchant=merchant, days=FLOW_DAYS)
    cards = segment_cards(merchant=merchant, run=run)
    changed_on = cards[0].changed_on
    is_changed = bool(changed_on and table.since and changed_on > table.since)
    return render(
        request,
        "backoffice/segments/list.html",
        {
            "cards": cards,
            "run": run,
            "buyer_count": run.buyer_count if run else 0,
            "is_counting": run is not None and run.thresholds != thresholds_of(merchant=merchant),
            "flow_changed_on": changed_on if is_changed else None,
            "flow": table,
            "flow_rows": _flow_rows(table.flows),
            "segments": list(SEGMENT_WORDS.items()),
            "grid": grid,
            "grid_rows": _grid_rows(grid),
            "zones": _zone_rows(grid, request.staff.role),
            "may_see_members": may(request.staff.role, Permission.SEE_MEMBERS),
            "may_edit": may(request.staff.role, Permission.EDIT_SEGMENTS),
        },
    )


def _flow_rows(flows: tuple[Flow, ...]) -> list[FlowRow]:
    counts = {(flow.origin, flow.target): flow.member_count for flow in flows}
    rows = []
    for origin in (*Segment, None):
        cells = {
            target.value: FlowCell(counts.get((origin, target), 0), _came_url(origin, target)) for target in Segment
        }
        total = sum(cell.count for cell in cells.values())
        if origin is not None or total:
            rows.append(FlowRow(origin.value if origin else None, cells, total, _came_url(origin, None)))
    return rows


def _came_url(origin: Segment | None, target: Segment | None) -> str:
    """Return the list of who came from there; `target` None: into any segment."""
    came = origin.value if origin else NOT_YET
    return f"{reverse('backoffice:segment', args=[target.value if target else ALL_BUYERS])}?from={came}"


def _grid_rows(grid: Grid) -> list[tuple[int, list[ShadedCell]]]:
    """Return frequency from 5 down to 1, recency from 1 to 5; each cell with its shade by spend."""
    most = max((cell.spend_amount for cell in grid.cells), default=0)
    cells = {(cell.frequency, cell.recency): _shade_cell(cell, most) for cell in grid.cells}
    return [
        (frequency, [cells[(frequency, recency)] for recency in range(1, 6)]) for frequency in range(5, 0, -1) if cells
    ]


def _shade_cell(cell: GridCell, most: int) -> ShadedCell:
    """Return shade 1 to 7 by the root of the spend, so that one large cell does not make others white; 0 = no one."""
    shade = 1 + min(6, int(7 * math.sqrt(max(cell.spend_amount, 0) / most))) if most and cell.member_count else 0
    url = reverse("backoffice:segment", args=["all"])
    return ShadedCell(
        member_count=cell.member_count,
        zone=str(ZONE_WORDS[cell.zone].name),
        shade=shade,
        url=f"{url}?r={cell.recency}&f={cell.frequency}",
    )


def _zone_rows(grid: Grid, role: Role) -> list[ZoneRow]:
    """Return what to do with whom, the zone with the highest spend first."""
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
                url=f"{reverse('backoffice:segment', args=['all'])}?zone={zone.value}",
                door=_zone_url(zone, role),
            )
        )
    return sorted(rows, key=lambda row: row.spend, reverse=True)


def _zone_url(zone: Zone, role: Role) -> str:
    """Return the page where a zone's help is written, filled in; empty for a person who may not write it."""
    door = DOORS[zone]
    if door in SEGMENT_WORDS:
        url = f"{reverse('backoffice:campaign_new')}?segment={door}"
        return url if may(role, Permission.EDIT_CAMPAIGNS) else ""
    return reverse("backoffice:promotion_write", args=[door]) if may(role, Permission.EDIT_OFFERS) else ""


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def segment(request: StaffRequest, code: str) -> HttpResponse:
    """List the members of one segment as last counted, with the filters, files and bulk actions of the member list."""
    merchant = request.staff.merchant
    if code not in SEGMENT_WORDS and code != ALL_BUYERS:
        raise Http404(code)
    meant = request.GET.copy()
    meant[COUNTED] = code
    asked = asked_of(merchant, meant, merchant.day_of(timezone.now()))
    asked.words.pop(COUNTED, None)
    found = find_members(request, asked, LATEST_FIRST)
    standings = standings_of(merchant=merchant, member_ids=[one.id for one in found.members])
    # A night that publishes between the two statements may know one of them as no buyer any more.
    rows = [_buyer_row(one, standings[one.id]) for one in found.members if one.id in standings]
    card = next(
        (c for c in segment_cards(merchant=merchant, run=latest_run(merchant=merchant)) if c.segment == code), None
    )
    context = {
        **tools_of(request, asked, meant),
        "sort": asked.sort or LATEST_FIRST,
        "default_sort": LATEST_FIRST,
        "hidden": [(name, request.GET[name]) for name in HIDDEN if request.GET.get(name) and name != COUNTED],
        "code": code if code != ALL_BUYERS else None,
        "word": SEGMENT_WORDS.get(code, gettext("All buyers")),
        "card": card,
        "page": page_of(request, found, rows),
        "chips": chips_of(request.GET, asked),
        "may_campaign": may(request.staff.role, Permission.EDIT_CAMPAIGNS),
    }
    return render(request, "backoffice/segments/detail.html", context)


def _buyer_row(person: MemberFacts, standing: StandingFacts) -> BuyerRow:
    scores = standing.scores
    return BuyerRow(
        id=person.id,
        url=reverse("backoffice:member", args=[person.id]),
        name=person.display_name,
        number=person.number,
        last_on=standing.figures.last_purchase_on,
        purchases=standing.figures.purchase_count,
        spend=standing.figures.spend_amount,
        scores=f"{scores.recency} · {scores.frequency} · {scores.monetary}",
    )


@staff_page(Permission.EDIT_SEGMENTS)
@slow_page
def definition(request: StaffRequest) -> HttpResponse:
    """Ask for the thresholds, show who would move, then change them; history begins again with the next count."""
    merchant = request.staff.merchant
    current = thresholds_of(merchant=merchant)
    form = ThresholdsForm(post_data(request), initial=asdict(current))
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
            add_errors(form, bad)
    return render(
        request,
        "backoffice/segments/definition.html",
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
