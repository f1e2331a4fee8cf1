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
from backoffice.settings.forms.tills import OutletNameForm, TillForm
from common.errors import Missing
from merchants.facts import MerchantFacts, OutletFacts, Permission
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
from merchants.queries import all_outlets, till_list
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
        for one in all_outlets(merchant=merchant)
    ]
    return render(request, "backoffice/settings/outlets.html", {"rows": rows})


@staff_page(Permission.MANAGE_TILLS)
def outlet_edit(request: StaffRequest, outlet_id: UUID) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    outlet = _find_outlet(merchant, outlet_id)
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
    context = {"outlet": outlet, "zone": zone, "form": form, **_rests_on(merchant, outlet, now)}
    return render(request, "backoffice/settings/outlet_edit.html", context, status=400 if form.errors else 200)


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def outlet_close(request: StaffRequest, outlet_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
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
    reopen_outlet(merchant=request.staff.merchant, outlet_id=outlet_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The outlet is open. Open its tills and give them new keys."))
    return redirect("backoffice:outlet_edit", outlet_id=outlet_id)


@staff_page(Permission.MANAGE_TILLS)
def till_edit(request: StaffRequest, till_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    till, keys = _find_till(merchant, till_id)
    choices = [one for one in all_outlets(merchant=merchant) if one.closed_at is None or one.id == till.outlet_id]
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
    _find_till(request.staff.merchant, till_id)
    close_till(merchant=request.staff.merchant, till_id=till_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The till is closed and gets no answer any more. What it sold stays."))
    return redirect("backoffice:tills")


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def till_reopen(request: StaffRequest, till_id: UUID) -> HttpResponse:
    _find_till(request.staff.merchant, till_id)
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


def _find_till(merchant: MerchantFacts, till_id: UUID) -> tuple[Any, list[Any]]:
    """Return the till that people sell at, with its keys. Raises Missing('till_not_found')."""
    for till, keys in till_list(merchant=merchant):
        if till.id == till_id and till.kind == "pos":
            return till, list(keys)
    raise Missing("till_not_found")


def _rests_on(merchant: MerchantFacts, outlet: OutletFacts, now: datetime) -> dict[str, Any]:
    """Return what closing the outlet would leave: its open tills, offers only there, gifts that wait to be fetched."""
    here = str(outlet.id)
    offers = live_promotions(merchant=merchant, at=now)
    return {
        "tills": [one.name for one in _tills_at_counters(merchant) if one.outlet_id == outlet.id and not one.closed_at],
        "offers": [one.title for one in offers if one.when.outlets is not None and set(one.when.outlets) == {here}],
        "gifts": fulfilment_queue(merchant=merchant, outlet_id=outlet.id, limit=1).total,
    }
