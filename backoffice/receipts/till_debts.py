"""Debt from tills: what members owe by sales that a till took the money for before it asked us, and what that cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.parts import Page, page_urls
from backoffice.periods import DaysForm
from backoffice.sent_texts import read_instant_and_id
from common.ids import uuid_or_none
from members.queries import members_by_id
from merchants.facts import MerchantFacts, Permission
from merchants.queries import till_places
from merchants.rules import may
from sales.queries import till_debt_totals, till_debts

PAGE_SIZE: Final = 50
PERIOD_DAYS: Final = 30


@staff_page(Permission.SEE_FIGURES)
def till_debt_list(request: StaffRequest) -> HttpResponse:
    """Show the tills that left debts, and each sale that did: of all tills, or of one that is asked for."""
    merchant = request.staff.merchant
    asked = DaysForm(request.GET)
    first, last = asked.days() or _usual_days(merchant)
    places = till_places(merchant=merchant)
    till_id = uuid_or_none(request.GET.get("till"))
    till = places.get(till_id) if till_id else None
    passed = request.GET.getlist("after")
    found = till_debts(
        merchant=merchant,
        first=first,
        last=last,
        till_id=till.id if till else None,
        after=read_instant_and_id(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    next_after = f"{shown[-1].noted_at.isoformat()}~{shown[-1].id}" if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, next_after)
    totals = till_debt_totals(merchant=merchant, first=first, last=last)
    sees_members = may(request.staff.role, Permission.SEE_MEMBERS)
    ids = sorted({debt.member_id for debt in shown if debt.member_id}) if sees_members else []
    return render(
        request,
        "backoffice/receipts/till_debts.html",
        {
            "first": first,
            "last": last,
            "form": asked,
            "limit_amount": merchant.till_debt_limit_amount,
            "tills": [{"total": one, "place": places[one.till_id]} for one in totals],
            "till": till,
            "sees_members": sees_members,
            "members": members_by_id(merchant=merchant, member_ids=ids),
            "page": Page(
                rows=[{"debt": debt, "place": places[debt.till_id]} for debt in shown],
                total=sum(one.receipts for one in totals if till is None or one.till_id == till.id),
                newer_url=newer_url,
                older_url=older_url,
            ),
        },
    )


def _usual_days(merchant: MerchantFacts) -> tuple[date, date]:
    """Return the last days with today."""
    today = merchant.day_of(timezone.now())
    return today - timedelta(days=PERIOD_DAYS - 1), today
