"""The search box: a page of its own, the same as a list below the box while typing, and straight to what is named."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.no_permission import refuse_for_role
from backoffice.search import only_exact, search
from backoffice.workplaces import own_outlets
from merchants.facts import Permission
from merchants.rules import ROLE_PERMISSIONS


@staff_page(None)
def search_page(request: StaffRequest) -> HttpResponse:
    """Search; a complete identifier opens its record. `part=list` is what htmx puts below the box."""
    text = request.GET.get("q", "")
    rights = ROLE_PERMISSIONS[request.staff.role]
    groups = search(request.staff, text, outlet_ids=own_outlets(request), now=timezone.now()) if rights else []
    facts = {"groups": groups, "text": text.strip(), "may_see_members": Permission.SEE_MEMBERS in rights}
    if request.GET.get("part") == "list":
        return render(request, "backoffice/account/parts/search_list.html", facts)
    if not rights:
        return refuse_for_role(request, None)
    url = only_exact(groups)
    if url:
        return redirect(url)
    return render(request, "backoffice/account/search.html", facts)
