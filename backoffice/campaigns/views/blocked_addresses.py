"""Addresses that get no mail any more: how many for which reason, looking one up, blocking and unblocking one."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.campaigns.forms import AddressForm, UnblockForm
from backoffice.parts import Page, Tab, page_urls, url_with
from backoffice.sent_texts import read_instant_and_id
from backoffice.words import SUPPRESSION_WARNINGS, SUPPRESSION_WORDS
from common.errors import BadInput
from common.quantities import format_number
from merchants.facts import Permission
from merchants.rules import may
from merchants.tenancy import refusable
from messaging.facts import SuppressionReason
from messaging.operations import lift_suppression, suppress_address
from messaging.queries import count_suppressed, find_suppression, suppressed_addresses, suppression

PAGE_SIZE: Final = 50


@staff_page(Permission.SEE_CAMPAIGNS)
def blocked_addresses(request: StaffRequest) -> HttpResponse:
    return _show_list(request, AddressForm())


@require_POST
@staff_page(Permission.EDIT_CAMPAIGNS)
def find_or_block(request: StaffRequest) -> HttpResponse:
    """Open the address if it is blocked; if not, show the list with a button that blocks it."""
    merchant = request.staff.merchant
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _show_list(request, form)
    email = form.cleaned_data["email"]
    try:
        found = find_suppression(merchant=merchant, email=email)
        if found is None and request.POST.get("do") == "block":
            with refusable():
                suppress_address(
                    merchant=merchant,
                    email=email,
                    reason=SuppressionReason.BY_HAND,
                    at=timezone.now(),
                    actor=actor_of(request),
                )
            messages.success(request, gettext("The address is blocked. It gets nothing any more."))
            return redirect("backoffice:blocked_addresses")
    except BadInput as bad:
        form.add_error("email", bad.errors[0].message)
        return _show_list(request, form)
    if found is not None:
        return redirect("backoffice:blocked_address", suppression_id=found.id)
    return _show_list(request, form, is_free=True)


def _show_list(request: StaffRequest, form: AddressForm, *, is_free: bool = False) -> HttpResponse:
    """Show the list; `is_free`: the address in the form was looked up and is not blocked."""
    merchant = request.staff.merchant
    counts = count_suppressed(merchant=merchant)
    chosen = next((reason for reason in SuppressionReason if reason.value == request.GET.get("reason")), None)
    passed = request.GET.getlist("after")
    found = suppressed_addresses(
        merchant=merchant,
        reasons=(chosen,) if chosen else (),
        after=read_instant_and_id(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    last = f"{shown[-1].at.isoformat()}~{shown[-1].id}" if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, last)
    total = counts.get(chosen, 0) if chosen else sum(counts.values())
    return render(
        request,
        "backoffice/campaigns/blocked_addresses.html",
        {
            "form": form,
            "is_free": is_free,
            "tabs": _reason_tabs(request, counts, chosen),
            "page": Page(rows=shown, total=total, newer_url=newer_url, older_url=older_url),
            "words": SUPPRESSION_WORDS,
            "may_edit": may(request.staff.role, Permission.EDIT_CAMPAIGNS),
        },
        status=400 if form.errors else 200,
    )


def _reason_tabs(
    request: StaffRequest, counts: dict[SuppressionReason, int], chosen: SuppressionReason | None
) -> list[Tab]:
    """Return a tab for all addresses and one for each reason that blocks at least one."""
    base = {} if request.method == "POST" else request.GET
    everything = Tab(
        gettext("All"), url_with(base, reason=None), current=chosen is None, count=format_number(sum(counts.values()))
    )
    return [
        everything,
        *(
            Tab(
                str(SUPPRESSION_WORDS[reason]),
                url_with(base, reason=reason.value),
                current=chosen is reason,
                count=format_number(counts.get(reason, 0)),
            )
            for reason in SuppressionReason
            if reason in counts or reason is chosen
        ),
    ]


@staff_page(Permission.EDIT_CAMPAIGNS)
def blocked_address(request: StaffRequest, suppression_id: UUID) -> HttpResponse:
    """Show why one address is blocked, and unblock it with a reason that goes into the audit trail."""
    merchant = request.staff.merchant
    found = suppression(merchant=merchant, suppression_id=suppression_id)
    form = UnblockForm(post_data(request))
    if request.method == "POST" and form.is_valid():
        lift_suppression(
            merchant=merchant,
            suppression_id=found.id,
            at=timezone.now(),
            actor=actor_of(request),
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, gettext("The address is free again. Whoever agreed to it is written to."))
        return redirect("backoffice:blocked_addresses")
    return render(
        request,
        "backoffice/campaigns/blocked_address.html",
        {
            "found": found,
            "form": form,
            "word": SUPPRESSION_WORDS[found.reason],
            "warning": SUPPRESSION_WARNINGS[found.reason],
        },
        status=400 if form.errors else 200,
    )
