"""The queue of requests about members' data: written down, carried out, closed with what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.consent_words import METHOD_WORDS
from backoffice.jobs.requests import ask_for_job
from backoffice.parts import Page, Tab, page_urls
from backoffice.privacy.forms import CloseRequestForm, DataRequestForm
from backoffice.privacy.words import (
    ASKER_WORDS,
    DONE_WORDS,
    GROUND_WORDS,
    IDENTITY_WORDS,
    REQUEST_HELP,
    REQUEST_WORDS,
    time_left,
)
from backoffice.sent_texts import read_instant_and_id, without_nul
from backoffice.words import actor_word
from common.errors import BadInput, Refusal
from common.form_errors import add_errors
from common.quantities import format_number
from ledger.operations import StillHeld
from members.facts import DataRequestFacts, DataRequestKind, MemberFacts, RefusalGround, WhatWasDone
from members.operations import (
    DataRequestClosed,
    DataRequestOpen,
    ErasureWaits,
    carry_out_data_request,
    close_data_request,
    lift_restriction,
    record_data_request,
    refuse_data_request,
)
from members.queries import (
    closed_data_requests,
    count_data_requests,
    data_request,
    member,
    members_by_id,
    open_data_requests,
)
from merchants.facts import Permission
from merchants.rules import may
from merchants.tenancy import allow_long_statements, refusable
from people.facts import PERSON_FILE, PersonFileJob
from people.operations import ERASED_AFTER, erase_member, note_kept
from people.queries import count_breaches

PAGE_SIZE: Final = 50
SOON: Final = timedelta(hours=24)
"""From here on a request's deadline is marked."""
FILE_NEEDS: Final = (Permission.SEE_CONTACTS, Permission.EXPORT)
"""Rights without which no one makes or takes the file of a member's data."""
ERASE_NEEDS: Final = Permission.APPROVE_ADJUSTMENTS
"""Erasing forfeits a balance: for those who may approve that points are taken."""
ERASING_SECONDS: Final = 60
CARRIED_OUT: Final = frozenset({DataRequestKind.WITHDRAWAL, DataRequestKind.RESTRICTION})
"""What a button does and closes at once."""


@dataclass(frozen=True)
class RequestRow:
    """A request as its line or page shows it. `tone`: how pressing the deadline is."""

    one: DataRequestFacts
    member: MemberFacts | None
    kind: Promise
    asker: Promise
    method: Promise
    identity: Promise
    verified_by: str
    left: str
    tone: str
    outcome: str
    closed_by: str


@staff_page(Permission.EDIT_MEMBERS)
def data_requests(request: StaffRequest) -> HttpResponse:
    """Show requests that wait, the one due first at the top, or those that are over."""
    merchant, now = request.staff.merchant, timezone.now()
    is_open = request.GET.get("tab") != "closed"
    passed = request.GET.getlist("after")
    after = read_instant_and_id(passed[-1]) if passed else None
    listed = open_data_requests if is_open else closed_data_requests
    found = listed(merchant=merchant, after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    next_after = _mark_of(shown[-1]) if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, next_after)
    people = members_by_id(merchant=merchant, member_ids=sorted({one.member_id for one in shown}))
    waiting, over = (count_data_requests(merchant=merchant, is_open=state) for state in (True, False))
    address = reverse("backoffice:data_requests")
    sees_breaches = may(request.staff.role, Permission.SEE_CONTACTS)
    context = {
        "sees_breaches": sees_breaches,
        "open_breaches": count_breaches(merchant=merchant)[1] if sees_breaches else 0,
        "is_open": is_open,
        "tabs": [
            Tab(gettext("Open"), address, is_open, format_number(waiting) if waiting else ""),
            Tab(gettext("Closed"), f"{address}?tab=closed", not is_open, format_number(over) if over else ""),
        ],
        "page": Page(
            rows=[describe_request(one, people, now) for one in shown],
            total=waiting if is_open else over,
            newer_url=newer_url,
            older_url=older_url,
        ),
    }
    return render(request, "backoffice/privacy/requests.html", context)


def _mark_of(one: DataRequestFacts) -> str:
    return f"{(one.closed_at or one.due_at).isoformat()}~{one.id}"


def describe_request(one: DataRequestFacts, people: Mapping[UUID, MemberFacts], now: datetime) -> RequestRow:
    """Return the request in words."""
    late = one.is_open and one.due_at <= now
    soon = one.is_open and one.due_at - now < SOON
    if one.is_open:
        outcome = ""
    elif one.done:
        outcome = str(DONE_WORDS[one.done])
    else:
        outcome = gettext("Refused: %(why)s") % {"why": GROUND_WORDS[one.ground]}
    return RequestRow(
        one=one,
        member=people.get(one.member_id),
        kind=REQUEST_WORDS[one.kind],
        asker=ASKER_WORDS[one.asker],
        method=METHOD_WORDS[one.method],
        identity=IDENTITY_WORDS[one.identity],
        verified_by=actor_word(one.recorded_by),
        left=time_left(one.due_at, now) if one.is_open else "",
        tone="bad" if late else "attention" if soon else "outline",
        outcome=outcome,
        closed_by=actor_word(one.closed_by) if one.closed_by else "",
    )


@staff_page(Permission.EDIT_MEMBERS)
def data_request_new(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Write down what a member asks for."""
    merchant, now = request.staff.merchant, timezone.now()
    found = member(merchant=merchant, member_id=member_id)
    form = DataRequestForm(post_data(request), today=merchant.day_of(now), kind=request.GET.get("kind", ""))
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                asked = record_data_request(
                    merchant=merchant,
                    member_id=found.id,
                    draft=form.draft(),
                    actor=actor_of(request),
                    at=now,
                    business_date=merchant.day_of(now),
                )
        except DataRequestOpen as known:
            messages.info(request, gettext("The member has asked for this already: here is the request."))
            return redirect("backoffice:data_request", request_id=known.facts["request_id"])
        except BadInput as bad:
            add_errors(form, bad)
        else:
            messages.success(request, gettext("The request is recorded. Its deadline runs."))
            return redirect("backoffice:data_request", request_id=asked.id)
    context = {
        "form": form,
        "member": found,
        "help": [(word, REQUEST_HELP[kind]) for kind, word in REQUEST_WORDS.items()],
    }
    return render(request, "backoffice/privacy/request_new.html", context, status=400 if form.errors else 200)


@staff_page(Permission.EDIT_MEMBERS)
def data_request_page(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Show one request, what is to do, and the form that closes it."""
    asked = data_request(merchant=request.staff.merchant, request_id=request_id)
    return _render_request(request, asked, CloseRequestForm(None, asked))


def _render_request(request: StaffRequest, asked: DataRequestFacts, form: CloseRequestForm) -> HttpResponse:
    people = members_by_id(merchant=request.staff.merchant, member_ids=[asked.member_id])
    context: dict[str, Any] = {
        "row": describe_request(asked, people, timezone.now()),
        "help": REQUEST_HELP[asked.kind],
        "form": form,
        "is_carried_out": asked.kind in CARRIED_OUT,
        "erased_after": asked.recorded_at + ERASED_AFTER,
        "may_erase": may(request.staff.role, ERASE_NEEDS),
        "may_make_file": all(may(request.staff.role, right) for right in FILE_NEEDS),
    }
    return render(request, "backoffice/privacy/request.html", context, status=400 if form.errors else 200)


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def data_request_close(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Close the request with what staff did, or refuse it on a ground of the law."""
    asked = data_request(merchant=request.staff.merchant, request_id=request_id)
    form = CloseRequestForm(without_nul(request.POST), asked)
    if not form.is_valid():
        return _render_request(request, asked, form)
    outcome, note = form.cleaned_data["outcome"], form.cleaned_data["note"]
    by: dict[str, Any] = {
        "merchant": request.staff.merchant,
        "request_id": asked.id,
        "note": note,
        "actor": actor_of(request),
        "at": timezone.now(),
    }
    try:
        with refusable():
            if outcome.startswith("refused:"):
                refuse_data_request(ground=RefusalGround(outcome.removeprefix("refused:")), **by)
            else:
                close_data_request(done=WhatWasDone(outcome), **by)
    except DataRequestClosed:
        messages.error(request, gettext("This request has been closed already. Nothing was changed."))
    else:
        if asked.kind is DataRequestKind.ERASURE:
            note_kept(merchant_id=request.staff.merchant.id, member_id=asked.member_id, at=by["at"])
        messages.success(request, gettext("The request is closed."))
    return redirect("backoffice:data_request", request_id=asked.id)


@require_POST
@staff_page(Permission.SEE_CONTACTS)
def person_file(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Ask for the file of all that the store knows of the member; go to the job that makes it."""
    asked = data_request(merchant=request.staff.merchant, request_id=request_id)
    return ask_for_job(
        request,
        kind=PERSON_FILE,
        parameters=PersonFileJob(asked.member_id).to_json(),
        needs=FILE_NEEDS,
        action="member.data_exported",
        audit_details={"request": asked.id},
    )


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def data_request_carry_out(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Do what is asked and close the request with it."""
    try:
        with refusable():
            carry_out_data_request(
                merchant=request.staff.merchant, request_id=request_id, actor=actor_of(request), at=timezone.now()
            )
    except Refusal:
        messages.error(request, gettext("This request has been closed already. Nothing was changed."))
    else:
        messages.success(request, gettext("Done, and the request is closed."))
    return redirect("backoffice:data_request", request_id=request_id)


@require_POST
@staff_page(ERASE_NEEDS)
def person_erase(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Erase the member now, for those who typed the member number; the night would do it after a week."""
    merchant = request.staff.merchant
    asked = data_request(merchant=merchant, request_id=request_id)
    found = member(merchant=merchant, member_id=asked.member_id, even_erased=True)
    if without_nul(request.POST).get("typed_name", "") != found.number:
        messages.error(request, gettext("Type the member number to confirm. Nothing was erased."))
        return redirect("backoffice:data_request", request_id=asked.id)
    allow_long_statements(ERASING_SECONDS)
    try:
        with refusable():
            erase_member(merchant=merchant, request_id=asked.id, actor=actor_of(request), at=timezone.now())
    except StillHeld:
        messages.error(request, gettext("A till has set points of this member aside. Try again in ten minutes."))
    except Refusal:
        messages.error(request, gettext("This request has been closed already. Nothing was changed."))
    else:
        messages.success(request, gettext("The member is erased."))
    return redirect("backoffice:data_request", request_id=asked.id)


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def member_unrestrict(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Work with the member's data again."""
    try:
        with refusable():
            lift_restriction(
                merchant=request.staff.merchant,
                member_id=member_id,
                actor=actor_of(request),
                reason=without_nul(request.POST).get("reason", "")[:300],
                at=timezone.now(),
            )
    except ErasureWaits:
        messages.error(request, gettext("The member asked to be erased. Close that request first."))
    except Refusal:
        messages.error(request, gettext("Write the reason. Nothing was changed."))
    else:
        messages.success(request, gettext("The data is used as before."))
    return redirect("backoffice:member", member_id=member_id)
