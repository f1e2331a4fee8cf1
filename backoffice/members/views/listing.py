"""The list itself: 50 rows, its filters, views and order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.members.views.figure_filters import own_parameters
from backoffice.members.views.filters import PAGE, RANGES, Asked, asked_of, chips_of, query_of
from backoffice.parts import Page, page_urls
from backoffice.saved_views import Views, views_of
from backoffice.slow_pages import slow_page
from ledger.facts import Unit
from ledger.queries import balances
from members.facts import MemberFacts, MembersPage
from members.queries import members_page
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may

PAGE_SIZE: Final = 50
COUNT_LIMIT: Final = 10_000
BEHIND_MORE: Final = (
    "consent",
    "outlet",
    "status",
    "tag",
    "birthday",
    "age",
    "area",
    "lapsing",
    "zone",
    *(f"{name}_{end}" for name in RANGES for end in ("from", "to")),
)
"""Filters that stand behind "More filters" until one of them is in force."""
HIDDEN: Final = ("counted", "r", "f", "from", "reachable", "usable", "moved")
"""Filters that have no box: a figure's link brought them, and another filter keeps them."""


@dataclass(frozen=True)
class MemberRow:
    id: UUID
    url: str
    name: str
    is_blocked: bool
    number: str
    """Empty where the number is in place of a name."""
    phone: str | None
    segment: str | None
    tier: str | None
    tier_rank: int
    points: int
    last_on: date | None
    spend: int
    promo_email: bool


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def member_list(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    asked = asked_of(merchant, request.GET, merchant.day_of(timezone.now()))
    found = find_members(request, asked)
    context = {
        **tools_of(request, asked, request.GET),
        "page": page_of(request, found, rows_of(merchant, found.members)),
        "chips": chips_of(request.GET, asked),
        "views": _load_views(request, asked),
        "hidden": [(name, request.GET[name]) for name in HIDDEN if request.GET.get(name)],
    }
    return render(request, "backoffice/members/list.html", context)


def find_members(request: StaffRequest, asked: Asked, sort: str = "") -> MembersPage:
    """Return the page that the address asks for, in the order of `sort` where it names none."""
    return members_page(
        merchant=request.staff.merchant,
        filters=asked.filters,
        after=request.GET.get("after"),
        limit=PAGE_SIZE,
        sort=asked.sort or sort,
    )


def page_of(request: StaffRequest, found: MembersPage, rows: Sequence[Any]) -> Page:
    """Return the rows with how many there are in all, and the pages before and behind."""
    newer_url, older_url = page_urls(request.GET, found.next_after)
    return Page(
        rows=rows,
        total=min(found.total, COUNT_LIMIT),
        total_is_capped=found.total > COUNT_LIMIT,
        newer_url=newer_url,
        older_url=older_url,
    )


def tools_of(request: StaffRequest, asked: Asked, meant: QueryDict) -> dict[str, Any]:
    """Return what filters, files and bulk actions of a list need; `meant` is all that the list is narrowed by."""
    return {
        "chosen": request.GET,
        "sort": asked.sort,
        "ranges": asked.ranges,
        "is_clear": not asked.is_unclear,
        "more_chosen": any(request.GET.get(name) for name in (*BEHIND_MORE, *own_parameters(request.GET))),
        "may_edit": may(request.staff.role, Permission.EDIT_MEMBERS),
        "may_export": may(request.staff.role, Permission.EXPORT),
        "filters": query_of(meant),
        **asked.choices,
    }


def _load_views(request: StaffRequest, asked: Asked) -> Views:
    return views_of(
        merchant=request.staff.merchant,
        page=PAGE,
        user_id=request.staff.user_id,
        asked=request.GET,
        query="" if asked.is_unclear else query_of(request.GET, for_view=True),
        base_url=reverse("backoffice:members"),
        may_share=may(request.staff.role, Permission.EDIT_SEGMENTS),
    )


def rows_of(merchant: MerchantFacts, found: Sequence[MemberFacts]) -> list[MemberRow]:
    """Return what a line shows, with the balance of the day; two statements for any number."""
    today = merchant.day_of(timezone.now())
    owned = balances(merchant=merchant, owner_ids=[m.id for m in found], unit=Unit.POINTS, business_date=today)
    return [
        MemberRow(
            id=m.id,
            url=reverse("backoffice:member", args=[m.id]),
            name=m.display_name,
            number=m.number if m.display_name != m.number else "",
            is_blocked=m.is_blocked,
            phone=m.phone,
            segment=m.segment,
            tier=m.tier.name if m.tier else None,
            tier_rank=m.tier.rank if m.tier else 1,
            points=owned[m.id].points_balance if m.id in owned else 0,
            last_on=merchant.day_of(m.last_purchase_at) if m.last_purchase_at else None,
            spend=m.spend_amount,
            promo_email=m.promo_email,
        )
        for m in found
    ]
