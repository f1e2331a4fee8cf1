"""Outlets and their tills: names, moves, closing with what rests on it said, opening again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.account.forms import ZONES
from backoffice.context import ROLE_WORDS
from backoffice.settings.forms.tills import OutletNameForm, TillForm
from backoffice.workplaces import known_outlets, own_outlets, require_outlet
from common.errors import Missing
from merchants.facts import MerchantFacts, OutletFacts, Permission, Role
from merchants.operations import (
    LastOutlet,
    NameTaken,
    PlaceClosed,
    change_till,
    close_outlet,
    close_till,
    rename_outlet,
    reopen_outlet,
    reopen_till,
)
from merchants.queries import all_outlets, staff, till_list
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.catalogue.queries import fulfilment_queue
from rewards.promotions.queries import live_promotions


@staff_page(Permission.MANAGE_TILLS)
def outlet_list(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    open_tills: dict[UUID, int] = {}
    for till in _tills_at_counters(merchant):
        open_tills[till.outlet_id] = open_tills.get(till.outlet_id, 0) + (till.closed_at is None)
    zones = dict(ZONES)
    rows = [
        {"outlet": one, "zone": zones.get(one.timezone, one.timezone), "tills": open_tills.get(one.id, 0)}
        for one in known_outlets(request)
    ]
    return render(request, "backoffice/settings/outlets.html", {"rows": rows, "may_add": own_outlets(request) is None})


@staff_page(Permission.MANAGE_TILLS)
def outlet_edit(request: StaffRequest, outlet_id: UUID) -> HttpResponse:
    """The outlet's name, who works there, and what closing it would leave."""
    merchant, now = request.staff.merchant, timezone.now()
    outlet = _find_outlet(merchant, outlet_id)
    require_outlet(request, outlet_id)
    form = OutletNameForm(post_data(request), initial={"name": outlet.name})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            with refusable():
                rename_outlet(merchant=merchant, outlet_id=outlet_id, name=name, at=now, actor=actor_of(request))
        except NameTaken:
            form.add_error("name", gettext("You have an outlet of that name. Choose another name."))
        else:
            messages.success(request, gettext("The outlet is called %(name)s now.") % {"name": name})
            return redirect("backoffice:outlets")
    zone = dict(ZONES).get(outlet.timezone, outlet.timezone)
    context = {
        "outlet": outlet,
        "zone": zone,
        "form": form,
        **_people_at(merchant, outlet, request.staff.role),
        **_rests_on(merchant, outlet, now),
    }
    return render(request, "backoffice/settings/outlet_edit.html", context, status=400 if form.errors else 200)


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def outlet_close(request: StaffRequest, outlet_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    require_outlet(request, outlet_id)
    try:
        with refusable():
            close_outlet(merchant=merchant, outlet_id=outlet_id, at=timezone.now(), actor=actor_of(request))
    except LastOutlet:
        messages.error(request, gettext("This is your only open outlet. Add or open another one first."))
        return redirect("backoffice:outlet_edit", outlet_id=outlet_id)
    messages.success(request, gettext("The outlet is closed. Its tills get no answer any more."))
    return redirect("backoffice:outlets")


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def outlet_reopen(request: StaffRequest, outlet_id: UUID) -> HttpResponse:
    require_outlet(request, outlet_id)
    reopen_outlet(merchant=request.staff.merchant, outlet_id=outlet_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The outlet is open. Open its tills and give them new keys."))
    return redirect("backoffice:outlet_edit", outlet_id=outlet_id)


@staff_page(Permission.MANAGE_TILLS)
def till_edit(request: StaffRequest, till_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    till, keys = _find_till(request, till_id)
    choices = [one for one in known_outlets(request) if one.closed_at is None or one.id == till.outlet_id]
    form = TillForm(choices, post_data(request), initial={"name": till.name, "outlet": str(till.outlet_id)})
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                change_till(
                    merchant=merchant,
                    till_id=till_id,
                    name=form.cleaned_data["name"],
                    outlet_id=UUID(form.cleaned_data["outlet"]),
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except NameTaken:
            form.add_error("name", gettext("This outlet has a till of that name. Choose another name."))
        except PlaceClosed:
            form.add_error("outlet", gettext("This outlet was closed meanwhile. Choose an open one."))
        else:
            messages.success(request, gettext("The till is saved."))
            return redirect("backoffice:tills")
    context = {"till": till, "form": form, "keys": sum(key.revoked_at is None for key in keys)}
    return render(request, "backoffice/settings/till_edit.html", context, status=400 if form.errors else 200)


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def till_close(request: StaffRequest, till_id: UUID) -> HttpResponse:
    _find_till(request, till_id)
    close_till(merchant=request.staff.merchant, till_id=till_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The till is closed and gets no answer any more. What it sold stays."))
    return redirect("backoffice:tills")


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def till_reopen(request: StaffRequest, till_id: UUID) -> HttpResponse:
    _find_till(request, till_id)
    try:
        with refusable():
            reopen_till(merchant=request.staff.merchant, till_id=till_id, at=timezone.now(), actor=actor_of(request))
    except PlaceClosed:
        messages.error(request, gettext("Its outlet is closed. Open the outlet first, or move the till."))
    else:
        messages.success(request, gettext("The till is open. Issue its key next."))
    return redirect("backoffice:till_edit", till_id=till_id)


def _tills_at_counters(merchant: MerchantFacts) -> list[Any]:
    """Return the tills that people sell at, without those that files are booked to."""
    return [till for till, _ in till_list(merchant=merchant) if till.kind == "pos"]


def _find_outlet(merchant: MerchantFacts, outlet_id: UUID) -> OutletFacts:
    found = next((one for one in all_outlets(merchant=merchant) if one.id == outlet_id), None)
    if found is None:
        raise Missing("outlet_not_found")
    return found


def _find_till(request: StaffRequest, till_id: UUID) -> tuple[Any, list[Any]]:
    """Return the till that people sell at, with its keys. Raises Missing('till_not_found') and OtherOutlet."""
    for till, keys in till_list(merchant=request.staff.merchant):
        if till.id == till_id and till.kind == "pos":
            require_outlet(request, till.outlet_id)
            return till, list(keys)
    raise Missing("till_not_found")


def _people_at(merchant: MerchantFacts, outlet: OutletFacts, role: Role) -> dict[str, Any]:
    """Return who is tied to the outlet, who to no other, and how many work at all outlets."""
    people = [one for one in staff(merchant=merchant) if one.is_active or one.invited_at]
    return {
        "people": [(one, ROLE_WORDS[one.role]) for one in people if outlet.id in one.outlet_ids],
        "only_here": [one.name for one in people if one.outlet_ids == (outlet.id,)],
        "may_see_staff": may(role, Permission.INVITE_STAFF),
        "everywhere": sum(not one.outlet_ids for one in people),
    }


def _rests_on(merchant: MerchantFacts, outlet: OutletFacts, now: datetime) -> dict[str, Any]:
    """Return what closing the outlet would leave: its open tills, offers only there, gifts that wait to be fetched."""
    here = str(outlet.id)
    offers = live_promotions(merchant=merchant, at=now)
    return {
        "tills": [one.name for one in _tills_at_counters(merchant) if one.outlet_id == outlet.id and not one.closed_at],
        "offers": [one.title for one in offers if one.when.outlets is not None and set(one.when.outlets) == {here}],
        "gifts": fulfilment_queue(merchant=merchant, outlet_id=outlet.id, limit=1).total,
    }
