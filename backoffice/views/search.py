"""The search box: a page of its own, the same as a list below the box while typing, and straight to what is named."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.searching import only_exact, search


@staff_page(None)
def search_page(request: StaffRequest) -> HttpResponse:
    """A complete identifier, typed or scanned, opens its record. `part=list` is what htmx puts below the box."""
    text = request.GET.get("q", "")
    groups = search(request.staff, text, now=timezone.now())
    if request.GET.get("part") == "list":
        response = render(request, "backoffice/parts/search_list.html", {"groups": groups, "text": text.strip()})
        response["Cache-Control"] = "no-store"
        return response
    url = only_exact(groups)
    if url:
        return redirect(url)
    return render(request, "backoffice/search.html", {"groups": groups, "text": text.strip()})
