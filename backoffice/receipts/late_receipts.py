"""Late receipts: what tills dated to a past day or by a clock that is off, till by till and one by one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from backoffice.access import StaffRequest, staff_page
from backoffice.receipts.till_receipts import describe_list, read_till_days
from common.languages import reader_language
from merchants.facts import Permission
from merchants.rules import may
from sales.queries import LateSale, late_sales, late_sales_of_tills
from sales.wording import warning_message


@staff_page(Permission.SEE_FIGURES)
def late_receipts(request: StaffRequest) -> HttpResponse:
    """The tills with late receipts or a wrong clock, and the receipts: of all tills, or of one that is asked for."""
    asked, currency = read_till_days(request), request.staff.merchant.currency
    listed = describe_list(
        asked,
        tills=late_sales_of_tills(**asked.of_days),
        found=late_sales(**asked.of_page),
        instant_of=lambda sale: sale.received_at,
        describe=lambda sale: {"sale": sale, "said": _say_warnings(sale, currency)},
    )
    context = {**listed, "sees_receipts": may(request.staff.role, Permission.SEE_MEMBERS)}
    return render(request, "backoffice/receipts/late.html", context)


def _say_warnings(sale: LateSale, currency: str) -> list[str]:
    return [warning_message(one, currency, reader_language()) for one in sale.warnings]
