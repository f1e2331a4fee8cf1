"""The list of promotions: what each gives in a sentence, its state, its days, and what it has given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.access import StaffRequest, staff_page
from backoffice.parts import Page, Tab, filter_chips, page_urls, url_with
from backoffice.promotions.forms import FIRST_ONES
from backoffice.promotions.names import days_text, describe, names_of
from common.ids import uuid_or_none
from common.languages import reader_language
from common.quantities import format_day, format_money, format_number, format_points
from common.text import clean_line
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from rewards.engine.facts import Definition
from rewards.promotions.queries import OFFER_STATES, OfferFilter, OfferRow, offer_counts, offers_page, outlet_walls
from rewards.promotions.wording import KIND_WORDS, Names
from sales.queries import GivenByPromotion, given_by_promotions

PAGE_SIZE: Final = 50
DAYS_COUNTED: Final = 30
STATE_WORDS: Final = {
    "live": _("Running"),
    "scheduled": _("Scheduled"),
    "paused": _("Paused"),
    "ended": _("Finished"),
    "draft": _("Drafts"),
}
BADGES: Final = {"live": "running", "scheduled": "scheduled", "paused": "paused", "ended": "finished", "draft": "draft"}
IN_POINTS: Final = frozenset({"earn", "earn_multiplier", "earn_bonus"})
"""What these give is counted in points; paying with points is counted in the money that the points paid."""
POINT_RULES: Final = frozenset({"earn", "redeem_points"})
UNCOUNTED: Final = frozenset({"stamp", "issue_coupon"})
"""What these give is counted elsewhere: stamps on cards, coupons when they are used."""


@dataclass(frozen=True)
class LimitBar:
    """How much of a limit is used; `text` says it in words."""

    used: int
    limit: int
    text: str


@dataclass(frozen=True)
class PromotionRow:
    url: str
    title: str
    sentence: str
    badge: str
    kind: str
    days: str
    next_at: datetime | None
    uses: int
    given: str
    budget: LimitBar | None
    limit: LimitBar | None


@staff_page(Permission.SEE_OFFERS)
def promotion_list(request: StaffRequest) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    filters = _read_filter(request)
    walls, before = outlet_walls(merchant=merchant, at=now), uuid_or_none(request.GET.get("after", ""))
    found = offers_page(merchant=merchant, at=now, walls=walls, filters=filters, before=before, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    names = names_of(merchant, [row.definition for row in shown if row.definition is not None])
    first, last = counted_days(merchant, now)
    given = given_by_promotions(
        merchant=merchant, promotion_ids=[row.id for row in shown if row.state != "draft"], first=first, last=last
    )
    counts = offer_counts(merchant=merchant, at=now, walls=walls, filters=filters)
    newer_url, older_url = page_urls(request.GET, str(shown[-1].id) if len(found) > PAGE_SIZE else None)
    page = Page(
        rows=[row_of(merchant, row, names, given.get(row.id)) for row in shown],
        total=counts.get(filters.state, 0) if filters.state else sum(counts.values()),
        newer_url=newer_url,
        older_url=older_url,
    )
    words = {
        "q": gettext("Search: %(text)s") % {"text": filters.search},
        "kind": gettext("Kind: %(name)s") % {"name": KIND_WORDS.get(filters.kind, "")},
    }
    context = {
        "page": page,
        "tabs": _make_tabs(request, filters, counts),
        "kinds": sorted(((code, str(word)) for code, word in KIND_WORDS.items()), key=lambda item: item[1]),
        "chips": filter_chips(request.GET, words),
        "chosen": request.GET,
        "state": filters.state,
        "patterns": [] if page.newer_url or not _only_points(shown) else FIRST_ONES,
        "is_narrowed": bool(filters.state or filters.kind or filters.search),
        "period": {"days": DAYS_COUNTED, "first": first, "last": last},
        "may_edit": may(request.staff.role, Permission.EDIT_OFFERS),
    }
    return render(request, "backoffice/promotions/list.html", context)


def _only_points(rows: list[OfferRow]) -> bool:
    """Return whether there is nothing but the points a program starts with: time for a first offer."""
    return all(row.kind in POINT_RULES for row in rows)


def _read_filter(request: StaffRequest) -> OfferFilter:
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    return OfferFilter(
        state=state if state in OFFER_STATES else "",
        kind=kind if kind in KIND_WORDS else "",
        search=clean_line(request.GET.get("q", ""))[:100],
    )


def _make_tabs(request: StaffRequest, filters: OfferFilter, counts: dict[str, int]) -> list[Tab]:
    everything = Tab(
        gettext("All"), url_with(request.GET, state=None), not filters.state, format_number(sum(counts.values()))
    )
    return [everything] + [
        Tab(str(word), url_with(request.GET, state=code), code == filters.state, format_number(counts.get(code, 0)))
        for code, word in STATE_WORDS.items()
    ]


def counted_days(merchant: MerchantFacts, now: datetime) -> tuple[date, date]:
    """Return the last 30 business days, today included."""
    today = merchant.day_of(now)
    return today - timedelta(days=DAYS_COUNTED - 1), today


def row_of(merchant: MerchantFacts, row: OfferRow, names: Names, given: GivenByPromotion | None) -> PromotionRow:
    definition = row.definition
    is_draft = row.state == "draft"
    address = reverse("backoffice:promotion_draft" if is_draft else "backoffice:promotion", args=[row.id])
    return PromotionRow(
        url=address,
        title=row.title or gettext("Without a name yet"),
        sentence=_offer_sentence(merchant, definition, names),
        badge=BADGES[row.state],
        kind=str(KIND_WORDS[row.kind]),
        days=_days_of(merchant, row, names),
        next_at=row.next_at,
        uses=given.uses if given else 0,
        given="–" if is_draft else given_text(merchant, row.kind, given.spend if given else 0),
        budget=budget_bar(merchant, row, definition) if definition else None,
        limit=limit_bar(row, definition) if definition else None,
    )


def _days_of(merchant: MerchantFacts, row: OfferRow, names: Names) -> str:
    if row.definition is None:
        return "–"
    if row.state == "scheduled":
        day = format_day(row.starts_at.astimezone(ZoneInfo(merchant.timezone)).date(), reader_language())
        return days_text(row.definition, names, always=gettext("from %(day)s") % {"day": day})
    return days_text(row.definition, names, always=gettext("Always"))


def _offer_sentence(merchant: MerchantFacts, definition: Definition | None, names: Names) -> str:
    if definition is None:
        return gettext("Not all of it is written yet.")
    return describe(definition, names, merchant.currency, reader_language())[0]


def given_text(merchant: MerchantFacts, kind: str, spend: int) -> str:
    """Write money or points, by what the kind gives."""
    if kind in UNCOUNTED:
        return "–"
    if kind in IN_POINTS:
        return format_points(spend, reader_language(), merchant.points_name)
    return format_money(spend, merchant.currency, reader_language())


def budget_bar(merchant: MerchantFacts, row: OfferRow, definition: Definition) -> LimitBar | None:
    budget = definition.budget
    if budget is None:
        return None
    if budget.type == "uses":
        spent, limit = format_number(row.spent), format_number(budget.limit)
    else:
        spent, limit = (given_text(merchant, row.kind, value) for value in (row.spent, budget.limit))
    return LimitBar(row.spent, budget.limit, gettext("%(used)s of %(limit)s") % {"used": spent, "limit": limit})


def limit_bar(row: OfferRow, definition: Definition) -> LimitBar | None:
    limit = definition.usage.limit
    if limit is None:
        return None
    words = {"used": format_number(row.used), "limit": format_number(limit)}
    return LimitBar(row.used, limit, ngettext("%(used)s of %(limit)s use", "%(used)s of %(limit)s uses", limit) % words)
