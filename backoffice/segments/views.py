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
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.parts import Page, filter_chips, page_urls
from backoffice.segments.forms import ThresholdsForm
from backoffice.slow_pages import slow_page
from backoffice.words import SEGMENT_WORDS
from common.errors import BadInput
from common.form_errors import add_errors
from common.languages import reader_language
from common.quantities import format_day
from members.facts import MemberFacts
from members.queries import members_by_id
from merchants.facts import MerchantFacts, Permission, Role
from merchants.rules import may
from merchants.tenancy import refusable
from segments.facts import Flow, Grid, GridCell, RulePreview, Segment, StandingFacts, Thresholds, Zone
from segments.operations import change_rule
from segments.queries import (
    CameFrom,
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
NOT_YET: Final = "none"
"""In an address: they came from no segment, because they had not bought yet."""
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
            rows.append(FlowRow(origin.value if origin else None, cells, total))
    return rows


def _came_url(origin: Segment | None, target: Segment) -> str:
    came = origin.value if origin else NOT_YET
    return f"{reverse('backoffice:segment', args=[target.value])}?from={came}"


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
    """List the members of one segment, the latest purchase first; filtered by RFM scores from the address."""
    merchant = request.staff.merchant
    if code not in SEGMENT_WORDS and code != "all":
        raise Http404(code)
    who = _read_filter(request.GET, code)
    try:
        found = members_of_segment(merchant=merchant, who=who, after=request.GET.get("after") or None)
    except BadInput as bad:
        raise Http404("after") from bad
    people = members_by_id(merchant=merchant, member_ids=[s.member_id for s in found.standings])
    newer_url, older_url = page_urls(request.GET, found.next_after)
    page = Page(
        rows=[_buyer_row(s, people) for s in found.standings],
        total=min(found.total, COUNT_LIMIT),
        total_is_capped=found.total > COUNT_LIMIT,
        newer_url=newer_url,
        older_url=older_url,
    )
    card = next((c for c in segment_cards(merchant=merchant) if c.segment == code), None)
    return render(
        request,
        "backoffice/segments/detail.html",
        {
            "code": code if code != "all" else None,
            "word": SEGMENT_WORDS.get(code, gettext("All buyers")),
            "card": card,
            "page": page,
            "chips": filter_chips(request.GET, _chip_words(merchant, who)),
            "run": latest_run(merchant=merchant),
            "may_campaign": may(request.staff.role, Permission.EDIT_CAMPAIGNS),
        },
    )


def _read_filter(asked: QueryDict, code: str) -> StandingFilter:
    """Return the filters of the address; an unknown word filters nothing."""
    came, zone = asked.get("from", ""), asked.get("zone", "")
    is_told = code != "all" and came in {NOT_YET, *Segment}
    return StandingFilter(
        segment=Segment(code) if code != "all" else None,
        zone=Zone(zone) if zone in set(Zone) else None,
        recency=_read_score(asked.get("r")),
        frequency=_read_score(asked.get("f")),
        came=CameFrom(None if came == NOT_YET else Segment(came), FLOW_DAYS) if is_told else None,
        reachable=asked.get("reachable") == "yes",
    )


def _chip_words(merchant: MerchantFacts, who: StandingFilter) -> dict[str, str]:
    """Return the filters in force in words, by the parameter that holds them."""
    words = {}
    if who.zone:
        words["zone"] = gettext("Zone: %(name)s") % {"name": ZONE_WORDS[who.zone].name}
    if who.recency:
        words["r"] = gettext("Recency score: %(score)s") % {"score": who.recency}
    if who.frequency:
        words["f"] = gettext("Frequency score: %(score)s") % {"score": who.frequency}
    if who.came:
        since = moves(merchant=merchant, days=FLOW_DAYS).since
        day = format_day(since, reader_language()) if since else "–"
        origin = SEGMENT_WORDS[who.came.origin.value] if who.came.origin else gettext("No purchase yet")
        words["from"] = gettext("On %(day)s: %(segment)s") % {"day": day, "segment": origin}
    if who.reachable:
        words["reachable"] = gettext("Reachable by e-mail")
    return words


def _buyer_row(standing: StandingFacts, people: dict[UUID, MemberFacts]) -> BuyerRow:
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


def _read_score(text: str | None) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


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
