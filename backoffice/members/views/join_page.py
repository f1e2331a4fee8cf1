"""How people join: the address of the public page, and the poster with its QR code."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from backoffice.access import StaffRequest, staff_page
from merchants.facts import MerchantFacts, Permission


@staff_page(Permission.SEE_MEMBERS)
def join_page(request: StaffRequest) -> HttpResponse:
    return render(request, "backoffice/members/join_page.html", _join_address(request.staff.merchant))


@staff_page(Permission.SEE_MEMBERS)
def join_poster(request: StaffRequest) -> HttpResponse:
    """Show one A4 sheet for the counter."""
    merchant = request.staff.merchant
    context = _join_address(merchant) | {
        "store_name": merchant.name,
        "headline": gettext("Become a member"),
        "lead": gettext("Collect %(points)s with every purchase. Free.") % {"points": merchant.points_name},
    }
    return render(request, "backoffice/members/join_poster.html", context)


def _join_address(merchant: MerchantFacts) -> dict[str, Any]:
    url = f"{settings.PUBLIC_URL}{reverse('member_pages:join', args=[merchant.slug])}"
    return {"qr_text": url, "url_text": url.partition("://")[2]}
