"""Numbers of what tills record offline that never came although later ones did: a receipt may be missing."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.slow_pages import slow_page
from backoffice.workplaces import own_tills
from merchants.facts import Permission
from merchants.queries import number_gaps, till_places

MOST_SHOWN: Final = 200


@staff_page(Permission.SEE_FIGURES)
@slow_page
def missing_numbers(request: StaffRequest) -> HttpResponse:
    """Show the gaps, the latest first."""
    merchant = request.staff.merchant
    gaps = number_gaps(merchant=merchant, now=timezone.now(), till_ids=own_tills(request), limit=MOST_SHOWN + 1)
    places = till_places(merchant=merchant)
    return render(
        request,
        "backoffice/receipts/missing_numbers.html",
        {
            "rows": [{"gap": gap, "place": places[gap.till_id]} for gap in gaps[:MOST_SHOWN]],
            "missing": sum(gap.count for gap in gaps[:MOST_SHOWN]),
            "most_shown": MOST_SHOWN if len(gaps) > MOST_SHOWN else 0,
        },
    )
