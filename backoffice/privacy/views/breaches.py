"""The breach desk: a breach recorded, its letters, the authority, and its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.parts import Page, page_urls
from backoffice.privacy.breach_forms import AuthorityForm, BreachForm, LettersForm, TouchedForm
from backoffice.privacy.breach_pages import describe_breach, touched_form
from backoffice.privacy.breach_words import NOT_DONE_WORDS, REACH_WORDS
from backoffice.sent_texts import read_instant_and_id
from backoffice.slow_pages import slow_page
from common.errors import Refusal
from common.quantities import format_number
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tenancy import allow_long_statements, refusable
from people.facts import BreachFacts, Reach
from people.operations import (
    BreachNotDone,
    LetterEmpty,
    NoOneToWriteTo,
    change_breach,
    close_breach,
    note_authority_told,
    record_breach,
    send_letters,
    write_letters,
)
from people.queries import UNREACHED, breach, breaches, count_breaches, count_touched, sizes_of_breaches
from people.wording import MEASURE_WORDS

PAGE_SIZE: Final = 50
NEEDS: Final = Permission.SEE_CONTACTS
"""Owners and managers: the desk lists people with their contacts."""
DECIDES: Final = Permission.MANAGE_STAFF
"""The owner alone sends the letters, and closes a breach."""
SENDING_SECONDS: Final = 60


@staff_page(NEEDS)
def breach_list(request: StaffRequest) -> HttpResponse:
    """Show the breaches, the one known last at the top."""
    merchant, now = request.staff.merchant, timezone.now()
    passed = request.GET.getlist("after")
    after = read_instant_and_id(passed[-1]) if passed else None
    found = breaches(merchant=merchant, after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, f"{last.draft.known_at.isoformat()}~{last.id}" if last else None)
    sizes = sizes_of_breaches(merchant=merchant, breach_ids=[one.id for one in shown])
    total, _ = count_breaches(merchant=merchant)
    rows = [describe_breach(one, now, size=sizes.get(one.id, 0)) for one in shown]
    context = {"page": Page(rows=rows, total=total, newer_url=newer_url, older_url=older_url)}
    return render(request, "backoffice/privacy/breaches.html", context)


@staff_page(NEEDS)
def breach_new(request: StaffRequest) -> HttpResponse:
    """Record a breach."""
    merchant, now = request.staff.merchant, timezone.now()
    form = BreachForm(post_data(request), merchant=merchant, now=now)
    if request.method == "POST" and form.is_valid():
        with refusable():
            recorded = record_breach(merchant=merchant, draft=form.draft(), actor=actor_of(request), at=now)
        messages.success(request, gettext("The breach is recorded. List whom it touched, then send the letters."))
        return redirect("backoffice:breach", breach_id=recorded.id)
    context = {"form": form, "row": None}
    return render(request, "backoffice/privacy/breach_edit.html", context, status=400 if form.errors else 200)


@staff_page(NEEDS)
def breach_edit(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Correct what is known, as long as no letter has left."""
    merchant, now = request.staff.merchant, timezone.now()
    known = breach(merchant=merchant, breach_id=breach_id)
    form = BreachForm(post_data(request), merchant=merchant, now=now, known=known.draft)
    if not known.is_open:
        messages.info(request, gettext("The letters have left: what happened changes no more."))
        return redirect("backoffice:breach", breach_id=breach_id)
    if request.method == "POST" and form.is_valid():
        change = _take_step(
            lambda: change_breach(
                merchant=merchant, breach_id=breach_id, draft=form.draft(), actor=actor_of(request), at=now
            )
        )
        _show_result(request, change, gettext("Saved. The letters were made again from it."))
        return redirect("backoffice:breach", breach_id=breach_id)
    context = {"form": form, "row": describe_breach(known, now)}
    return render(request, "backoffice/privacy/breach_edit.html", context, status=400 if form.errors else 200)


@staff_page(NEEDS)
def breach_page(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Show a breach: whom it touched, the letters, the authority, and what is left to do."""
    return render_breach(request, breach(merchant=request.staff.merchant, breach_id=breach_id))


def render_breach(
    request: StaffRequest,
    known: BreachFacts,
    *,
    touched: TouchedForm | None = None,
    authority: AuthorityForm | None = None,
) -> HttpResponse:
    """Show the breach, with a form that was refused if there is one."""
    merchant, now = request.staff.merchant, timezone.now()
    counts = count_touched(merchant=merchant, breach_id=known.id)
    size = sum(counts.values())
    context: dict[str, Any] = {
        "row": describe_breach(known, now, size=size),
        "reaches": [(reach.value, REACH_WORDS[reach.value], counts[reach]) for reach in Reach if reach in counts],
        "waiting": counts.get(Reach.WAITING, 0),
        "unreached": sum(counts.get(reach, 0) for reach in UNREACHED),
        "measures": [MEASURE_WORDS[one] for one in known.draft.measures],
        "letters": list(known.letters.items()),
        "touched_form": touched or touched_form(merchant, None),
        "authority_form": authority or AuthorityForm(None, merchant=merchant, now=now, breach=known),
        "may_decide": may(request.staff.role, DECIDES),
    }
    context["banner_kind"] = context["row"].tone if context["row"].tone != "outline" else "info"
    refused = any(form is not None and form.errors for form in (touched, authority))
    return render(request, "backoffice/privacy/breach.html", context, status=400 if refused else 200)


@staff_page(NEEDS)
def breach_letters(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Edit the letters before they leave; afterwards they are only read."""
    merchant, now = request.staff.merchant, timezone.now()
    known = breach(merchant=merchant, breach_id=breach_id)
    form = LettersForm(post_data(request) if known.is_open else None, letters=known.letters)
    if form.is_bound and form.is_valid():
        written = _take_step(
            lambda: write_letters(
                merchant=merchant, breach_id=breach_id, letters=form.letters(), actor=actor_of(request), at=now
            )
        )
        _show_result(request, written, gettext("The letters are saved."))
        return redirect("backoffice:breach", breach_id=breach_id)
    context = {"form": form, "row": describe_breach(known, now), "letters": list(known.letters.items())}
    return render(request, "backoffice/privacy/breach_letters.html", context, status=400 if form.errors else 200)


@require_POST
@staff_page(DECIDES)
@slow_page
def breach_send(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Send the letters to everyone listed who has not been written to; `again`: and whose mail did not arrive."""
    merchant = request.staff.merchant
    allow_long_statements(SENDING_SECONDS)
    try:
        with refusable():
            mailed, others = send_letters(
                merchant=merchant,
                breach_id=breach_id,
                actor=actor_of(request),
                at=timezone.now(),
                again=request.POST.get("again") == "yes",
            )
    except NoOneToWriteTo:
        messages.info(request, gettext("No one on the list can be written to who was not already."))
    except LetterEmpty:
        messages.error(request, gettext("A letter is empty. Nothing was sent."))
    except Refusal:
        messages.error(request, gettext("This breach is closed. Nothing was changed."))
    else:
        messages.success(request, _say_sent(mailed, others))
    return redirect("backoffice:breach", breach_id=breach_id)


def _say_sent(mailed: int, others: int) -> str:
    sent = ngettext("%(count)s e-mail is on its way.", "%(count)s e-mails are on their way.", mailed)
    said = sent % {"count": format_number(mailed)}
    if others:
        left = ngettext(
            "%(count)s member has no usable address: phone or write.",
            "%(count)s members have no usable address: phone or write.",
            others,
        )
        said = f"{said} {left % {'count': format_number(others)}}"
    return said


@staff_page(NEEDS)
def breach_authority(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Show the letter to the authority, to print or to save as PDF; in Indonesian."""
    merchant, now = request.staff.merchant, timezone.now()
    known = breach(merchant=merchant, breach_id=breach_id)
    size = sum(count_touched(merchant=merchant, breach_id=breach_id).values())
    context = {
        "row": describe_breach(known, now, size=size),
        "measures": [MEASURE_WORDS[one] for one in known.draft.measures],
        "letter": known.letters["id"],
        "now": now,
        "store": merchant,
    }
    return render(request, "backoffice/privacy/breach_authority.html", context)


@require_POST
@staff_page(NEEDS)
def breach_authority_told(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Note that the authority was informed."""
    merchant, now = request.staff.merchant, timezone.now()
    known = breach(merchant=merchant, breach_id=breach_id)
    form = AuthorityForm(post_data(request), merchant=merchant, now=now, breach=known)
    if not form.is_valid():
        return render_breach(request, known, authority=form)
    noted = _take_step(
        lambda: note_authority_told(
            merchant=merchant,
            breach_id=breach_id,
            told_at=form.told_at,
            note=form.cleaned_data["note"],
            actor=actor_of(request),
            at=now,
        )
    )
    _show_result(request, noted, gettext("Noted."))
    return redirect("backoffice:breach", breach_id=breach_id)


@require_POST
@staff_page(DECIDES)
def breach_close(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Close the breach; from now on nothing of it changes."""
    merchant: MerchantFacts = request.staff.merchant
    try:
        with refusable():
            close_breach(merchant=merchant, breach_id=breach_id, actor=actor_of(request), at=timezone.now())
    except BreachNotDone as missing:
        messages.error(request, str(NOT_DONE_WORDS[missing.facts["why"]]))
    except Refusal:
        messages.error(request, gettext("This breach is closed. Nothing was changed."))
    else:
        messages.success(request, gettext("The breach is closed."))
    return redirect("backoffice:breach", breach_id=breach_id)


def _take_step(step: Callable[[], object]) -> bool:
    """Take a step; return False when the breach has moved on and it was refused."""
    try:
        with refusable():
            step()
    except Refusal:
        return False
    return True


def _show_result(request: StaffRequest, is_done: bool, done: str) -> None:
    if is_done:
        messages.success(request, done)
    else:
        messages.error(request, gettext("The letters have left, or the breach is closed. Nothing was changed."))
