"""What the store is called, its language and when its day begins."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from backoffice.access import StaffRequest, staff_page
from backoffice.program.forms.settings import STORE
from backoffice.program.setting_pages import settings_page
from merchants.facts import Permission


@staff_page(Permission.EDIT_PROGRAM)
def store(request: StaffRequest) -> HttpResponse:
    return settings_page(request, STORE, here="backoffice:store", template="backoffice/settings/store.html")


@staff_page(Permission.EDIT_PROGRAM)
def moved(request: StaffRequest, to: str) -> HttpResponse:
    """Lead from an address that a page of the program had before to the page."""
    return redirect(f"backoffice:{to}")
