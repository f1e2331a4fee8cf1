"""Late receipts: what tills dated to a past day or by a clock that is off, till by till and one by one."""

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
from common.languages import reader_language
from merchants.facts import MerchantFacts, Permission
from merchants.queries import till_places
from merchants.rules import may
from sales.queries import late_sales, late_sales_of_tills
from sales.wording import warning_message

PAGE_SIZE: Final = 50
PERIOD_DAYS: Final = 30


@staff_page(Permission.SEE_FIGURES)
def late_receipts(request: StaffRequest) -> HttpResponse:
    """The tills with late receipts or a wrong clock, and the receipts: of all tills, or of one that is asked for."""
    merchant = request.staff.merchant
    asked = DaysForm(request.GET)
    first, last = asked.days() or _usual_days(merchant)
    places = till_places(merchant=merchant)
    till_id = uuid_or_none(request.GET.get("till"))
    till = places.get(till_id) if till_id else None
    passed = request.GET.getlist("after")
    found = late_sales(
        merchant=merchant,
        first=first,
        last=last,
        till_id=till.id if till else None,
        after=read_instant_and_id(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    next_after = f"{shown[-1].received_at.isoformat()}~{shown[-1].id}" if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, next_after)
    tills = late_sales_of_tills(merchant=merchant, first=first, last=last)
    total = sum(one.receipts for one in tills if till is None or one.till_id == till.id)
    return render(
        request,
        "backoffice/receipts/late.html",
        {
            "first": first,
            "last": last,
            "form": asked,
            "tills": [{"times": one, "place": places[one.till_id]} for one in tills],
            "till": till,
            "sees_receipts": may(request.staff.role, Permission.SEE_MEMBERS),
            "page": Page(
                rows=[
                    {
                        "sale": one,
                        "place": places[one.till_id],
                        "said": [warning_message(each, merchant.currency, reader_language()) for each in one.warnings],
                    }
                    for one in shown
                ],
                total=total,
                newer_url=newer_url,
                older_url=older_url,
            ),
        },
    )


def _usual_days(merchant: MerchantFacts) -> tuple[date, date]:
    """The last days with today: what came late is looked at as it comes."""
    today = merchant.day_of(timezone.now())
    return today - timedelta(days=PERIOD_DAYS - 1), today
