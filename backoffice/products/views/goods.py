"""Products and categories found by name or code while someone types; a part of forms about offers."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from common.text import clean_line
from merchants.facts import Permission
from products.queries import find_categories, find_products

OFFERED: Final = 12
LONGEST: Final = 64


@staff_page(Permission.SEE_OFFERS)
def goods_found(request: StaffRequest) -> HttpResponse:
    """Show the first goods, by name, that fit what is typed, with code, price and cost."""
    text, merchant = _read_typed(request), request.staff.merchant
    today = merchant.day_of(timezone.now())
    found = find_products(merchant=merchant, text=text, day=today, limit=OFFERED + 1) if text else []
    context = {"found": found[:OFFERED], "is_more": len(found) > OFFERED, "text": text}
    return render(request, "backoffice/products/parts/goods_found.html", context)


@staff_page(Permission.SEE_OFFERS)
def categories_found(request: StaffRequest) -> HttpResponse:
    """Show the first categories that fit what is typed; of nothing typed, the first of all."""
    text = _read_typed(request)
    found = find_categories(merchant=request.staff.merchant, text=text, limit=OFFERED + 1)
    context = {"found": found[:OFFERED], "is_more": len(found) > OFFERED, "text": text}
    return render(request, "backoffice/products/parts/categories_found.html", context)


def _read_typed(request: StaffRequest) -> str:
    """Return what is typed in the box."""
    return clean_line(request.GET.get("q", ""))[:LONGEST]
