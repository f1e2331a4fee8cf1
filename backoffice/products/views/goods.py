"""Products found by name or code while someone types; a part of forms about offers."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render

from backoffice.access import StaffRequest, staff_page
from common.text import clean_line
from merchants.facts import Permission
from products.queries import find_products

OFFERED: Final = 12
LONGEST: Final = 64


@staff_page(Permission.SEE_OFFERS)
def goods_found(request: StaffRequest) -> HttpResponse:
    """Show the first goods, by name, that fit what is typed."""
    text = clean_line(request.GET.get("q", ""))[:LONGEST]
    found = find_products(merchant=request.staff.merchant, text=text, limit=OFFERED + 1) if text else []
    context = {"found": found[:OFFERED], "is_more": len(found) > OFFERED, "text": text}
    return render(request, "backoffice/products/parts/goods_found.html", context)
