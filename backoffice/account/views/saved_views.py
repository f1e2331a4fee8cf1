"""Saving, renaming, changing and deleting views; each goes back to the list it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.members.views.filters import query_of
from backoffice.no_permission import refuse_for_role
from backoffice.sent_texts import without_nul
from merchants.facts import Permission, SavedViewFacts
from merchants.operations import TooManyViews, change_view, delete_view, save_view, set_row_height
from merchants.queries import saved_views
from merchants.rules import may
from merchants.tenancy import refusable


@dataclass(frozen=True)
class ViewedList:
    """A list that has views: where it is, and what of an address a view of it keeps."""

    url_name: str
    query: Callable[[QueryDict], str]


LISTS: Final[Mapping[str, ViewedList]] = {
    "members": ViewedList("backoffice:members", partial(query_of, for_view=True)),
}
ROW_HEIGHTS: Final = (32, 40, 48)


@require_POST
@staff_page(Permission.SEE_MEMBERS)
def view_new(request: StaffRequest, page: str) -> HttpResponse:
    base, query = _list_url(page), _read_query(request, page)
    name = _read_name(request)
    is_team = request.POST.get("share") == "team"
    if is_team and not may(request.staff.role, Permission.EDIT_SEGMENTS):
        return refuse_for_role(request, Permission.EDIT_SEGMENTS)
    if not name:
        messages.error(request, gettext("Give the view a name."))
        return HttpResponseRedirect(f"{base}?{query}")
    try:
        with refusable():
            view_id = save_view(
                merchant=request.staff.merchant,
                page=page,
                name=name,
                query=query,
                is_team=is_team,
                at=timezone.now(),
                actor=actor_of(request),
            )
    except TooManyViews:
        messages.error(request, gettext("You see 30 views already. Delete one first."))
        return HttpResponseRedirect(f"{base}?{query}")
    return HttpResponseRedirect(f"{base}?view={view_id}&{query}")


@require_POST
@staff_page(Permission.SEE_MEMBERS)
def view_change(request: StaffRequest, page: str, view_id: UUID) -> HttpResponse:
    """Rename a view, save the filters as they are now, or delete it; a team's view needs the right to share."""
    base, merchant = _list_url(page), request.staff.merchant
    view = _find_view(request, page, view_id)
    if view.is_team and not may(request.staff.role, Permission.EDIT_SEGMENTS):
        return refuse_for_role(request, Permission.EDIT_SEGMENTS)
    do, query = request.POST.get("do"), view.query
    if do == "delete":
        delete_view(merchant=merchant, view_id=view_id, actor=actor_of(request))
        messages.success(request, gettext("The view %(name)s is deleted.") % {"name": view.name})
        return HttpResponseRedirect(base)
    if do == "update":
        query = _read_query(request, page)
        change_view(merchant=merchant, view_id=view_id, actor=actor_of(request), query=query)
    elif name := _read_name(request):
        change_view(merchant=merchant, view_id=view_id, actor=actor_of(request), name=name)
    return HttpResponseRedirect(f"{base}?view={view_id}&{query}")


@require_POST
@staff_page(None)
def row_height(request: StaffRequest) -> HttpResponse:
    """Set how high rows of lists are for this person, on every list."""
    wanted = request.POST.get("height", "")
    if wanted in map(str, ROW_HEIGHTS) and request.staff.user_id is not None:
        set_row_height(user_id=request.staff.user_id, pixels=int(wanted))
    target = request.POST.get("next", "/")
    return redirect(target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/")


def _find_view(request: StaffRequest, page: str, view_id: UUID) -> SavedViewFacts:
    known = saved_views(merchant=request.staff.merchant, page=page, user_id=request.staff.user_id)
    found = next((view for view in known if view.id == view_id), None)
    if found is None:
        raise Http404
    return found


def _list_url(page: str) -> str:
    if page not in LISTS:
        raise Http404
    return reverse(LISTS[page].url_name)


def _read_query(request: StaffRequest, page: str) -> str:
    """Read what the form asks to keep, reduced to what a view of this list may hold."""
    return LISTS[page].query(QueryDict(request.POST.get("query", "")[:2000]))


def _read_name(request: StaffRequest) -> str:
    name: str = without_nul(request.POST).get("name", "")
    return " ".join(name.split())[:40]
