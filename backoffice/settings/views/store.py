"""What the store is called, its language and when its day begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from backoffice.access import StaffRequest, staff_page
from backoffice.account.forms import ZONES
from backoffice.program.forms.settings import STORE
from backoffice.program.setting_pages import settings_page
from merchants.facts import MerchantFacts, Permission


@staff_page(Permission.EDIT_PROGRAM)
def store(request: StaffRequest) -> HttpResponse:
    return settings_page(
        request, STORE, here="backoffice:store", template="backoffice/settings/store.html", describe=_describe_store
    )


def _describe_store(merchant: MerchantFacts, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page says of the store besides its settings: the time zone in words."""
    return {"zone": dict(ZONES).get(merchant.timezone, merchant.timezone)}


@staff_page(Permission.EDIT_PROGRAM)
def moved(request: StaffRequest, to: str) -> HttpResponse:
    """Lead from an address that a page of the program had before to the page."""
    return redirect(f"backoffice:{to}")
