"""Tills and keys: what is connected, a new key shown once, a lost one revoked at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.sent_forms import mark_carried_out
from backoffice.settings.forms.tills import TILL_SCOPES_AT_FIRST, KeyForm, OutletForm, TillForm
from backoffice.settings.till_keys import till_card
from backoffice.workplaces import known_outlets, require_all_outlets, require_outlet, works_at
from common.errors import Missing
from common.links import public_url
from members.queries import name_searches_by_till
from merchants.facts import Permission
from merchants.operations import NameTaken, PlaceClosed, add_outlet, add_till, issue_till_key, revoke_till_key
from merchants.queries import latest_by_subject, missing_numbers_by_till, till_list
from merchants.tenancy import refusable

ALARM_SHOWN_FOR: Final = timedelta(days=7)
SEARCHES_SHOWN_FOR: Final = 7
"""Business days, today included."""


@staff_page(Permission.MANAGE_TILLS)
def tills(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    now = timezone.now()
    closed, doubled = (
        latest_by_subject(merchant=merchant, action=action, since=now - ALARM_SHOWN_FOR)
        for action in ("till.look_ups_closed", "till.number_conflict")
    )
    missing = missing_numbers_by_till(merchant=merchant, now=now)
    today = merchant.day_of(now)
    searched = name_searches_by_till(merchant=merchant, since=today - timedelta(days=SEARCHES_SHOWN_FOR - 1))
    rows = [
        {
            **till_card(till, keys),
            "look_ups_closed_at": closed.get(till.id),
            "numbers_doubled_at": doubled.get(till.id),
            "missing_numbers": missing.get(till.id, 0),
            "name_searches": searched.get(till.id, (0, 0)),
        }
        for till, keys in till_list(merchant=merchant)
        if till.kind == "pos" and works_at(request, till.outlet_id)
    ]
    return render(request, "backoffice/settings/tills.html", {"tills": rows, "outlets": known_outlets(request)})


@staff_page(Permission.MANAGE_TILLS)
def till_new(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    form = TillForm([one for one in known_outlets(request) if one.closed_at is None], post_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                add_till(
                    merchant=merchant,
                    outlet_id=UUID(form.cleaned_data["outlet"]),
                    name=form.cleaned_data["name"],
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except NameTaken:
            form.add_error("name", gettext("This outlet has a till of that name. Choose another name."))
        except PlaceClosed:
            form.add_error("outlet", gettext("This outlet was closed meanwhile. Choose an open one."))
        else:
            messages.success(request, gettext("The till is there. Issue its key next."))
            return redirect("backoffice:tills")
    return render(request, "backoffice/settings/till_new.html", {"form": form}, status=400 if form.errors else 200)


@staff_page(Permission.MANAGE_TILLS)
def outlet_new(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    require_all_outlets(request)
    form = OutletForm(post_data(request), initial={"timezone": merchant.timezone})
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                add_outlet(
                    merchant=merchant,
                    name=form.cleaned_data["name"],
                    timezone=form.cleaned_data["timezone"],
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except NameTaken:
            form.add_error("name", gettext("You have an outlet of that name. Choose another name."))
        else:
            messages.success(request, gettext("The outlet is there. Add its till next."))
            return redirect("backoffice:tills")
    return render(request, "backoffice/settings/outlet_new.html", {"form": form}, status=400 if form.errors else 200)


@staff_page(Permission.MANAGE_TILLS)
def key_new(request: StaffRequest, till_id: UUID) -> HttpResponse:
    """The key is in the answer to this one request and nowhere else; the page must not be stored."""
    merchant = request.staff.merchant
    found = next((till for till, _ in till_list(merchant=merchant) if till.id == till_id), None)
    if found is None:
        raise Missing("till_not_found")
    require_outlet(request, found.outlet_id)
    if found.closed_at is not None:
        messages.error(request, gettext("This till is closed. Open it first."))
        return redirect("backoffice:till_edit", till_id=till_id)
    form = KeyForm(post_data(request), initial={"scopes": TILL_SCOPES_AT_FIRST})
    secret = ""
    if request.method == "POST" and form.is_valid():
        secret = issue_till_key(
            merchant=merchant,
            till_id=till_id,
            at=timezone.now(),
            actor=actor_of(request),
            scopes=form.cleaned_data["scopes"],
        )
    response = render(
        request,
        "backoffice/settings/key_new.html",
        {"form": form, "till": found.name, "secret": secret, "api_base": public_url("/api/pos/v1/")},
        status=400 if form.errors else 200,
    )
    response["Cache-Control"] = "no-store"
    if secret:
        mark_carried_out(response, reverse("backoffice:tills"))
    return response


@require_POST
@staff_page(Permission.MANAGE_TILLS)
def key_revoke(request: StaffRequest, key_id: UUID) -> HttpResponse:
    for till, keys in till_list(merchant=request.staff.merchant):
        if any(key.id == key_id for key in keys):
            require_outlet(request, till.outlet_id)
    revoke_till_key(merchant=request.staff.merchant, key_id=key_id, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("The key is revoked. A till that still uses it gets no answer from now on."))
    return redirect("backoffice:tills")
