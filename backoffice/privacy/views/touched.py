"""Whom a breach touched: listed by what the store has, read, handed out as a file, informed by phone or letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.exports import Batch, csv_response
from backoffice.parts import Page, Tab, page_urls
from backoffice.privacy.breach_forms import ToldForm, TouchedForm
from backoffice.privacy.breach_pages import describe_breach, touched_form
from backoffice.privacy.breach_words import REACH_TONES, REACH_WORDS, TOLD_BY_WORDS, TOUCHED_BY_WORDS
from backoffice.privacy.views.breaches import NEEDS, render_breach
from backoffice.slow_pages import slow_page
from backoffice.words import actor_word
from common.errors import Refusal
from common.ids import uuid_or_none
from common.languages import reader_language
from common.quantities import format_instant, format_number
from members.facts import MemberFacts
from members.queries import (
    member_ids_of_numbers,
    members_by_id,
    members_known_at,
    members_today,
    members_viewed_by,
)
from members.rules import show_phone
from merchants.facts import MerchantFacts
from merchants.operations import record_audit
from merchants.queries import ids_named_in_requests
from merchants.tenancy import allow_long_statements, refusable
from people.facts import BreachFacts, Reach, ToldBy, TouchedBy, TouchedFacts
from people.operations import note_told, touch_members, untouch_members
from people.queries import UNREACHED, breach, count_touched, touched_members

PAGE_SIZE: Final = 50
BATCH_ROWS: Final = 2_000
MOST_TOLD: Final = 100_000
LISTING_SECONDS: Final = 60
EVERYONE: Final = ""
TO_TELL: Final = "unreached"


@require_POST
@staff_page(NEEDS)
@slow_page
def breach_touch(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """List members as touched, by the facts that were chosen, in the time of the breach."""
    merchant, now = request.staff.merchant, timezone.now()
    known = breach(merchant=merchant, breach_id=breach_id)
    form = touched_form(merchant, post_data(request))
    if not form.is_valid():
        return render_breach(request, known, touched=form)
    allow_long_statements(LISTING_SECONDS)
    why = TouchedBy(form.cleaned_data["touched_by"])
    found = _find_touched(merchant, known, why, form, now)
    if form.errors:
        return render_breach(request, known, touched=form)
    try:
        with refusable():
            added = touch_members(
                merchant=merchant, breach_id=breach_id, why=why, member_ids=found, actor=actor_of(request), at=now
            )
    except Refusal:
        messages.error(request, gettext("This breach is closed. Nothing was changed."))
    else:
        said = ngettext("%(count)s member added to the list.", "%(count)s members added to the list.", added)
        messages.success(request, said % {"count": format_number(added)})
    return redirect("backoffice:breach", breach_id=breach_id)


def _find_touched(
    merchant: MerchantFacts, known: BreachFacts, why: TouchedBy, form: TouchedForm, now: datetime
) -> Sequence[UUID]:
    """Return the members that the facts name; numbers that no member has become an error of the form."""
    given = form.cleaned_data
    since, until = known.draft.happened_from, known.draft.happened_until or now
    if why is TouchedBy.STAFF:
        return members_viewed_by(merchant=merchant, viewer_id=UUID(given["staff"]), since=since, until=until)
    if why is TouchedBy.TILL:
        named = ids_named_in_requests(merchant=merchant, till_id=UUID(given["till"]), since=since, until=until)
        return members_today(merchant=merchant, member_ids=named)
    if why is TouchedBy.FILE:
        return members_known_at(merchant=merchant, at=datetime.fromisoformat(given["file"]))
    if why is TouchedBy.NUMBERS:
        found = member_ids_of_numbers(merchant=merchant, numbers=given["numbers"])
        unknown = [number for number in given["numbers"] if number not in found]
        if unknown:
            form.add_error("numbers", gettext("No member has the number %(number)s.") % {"number": unknown[0]})
        return list(dict.fromkeys(found.values()))
    return members_known_at(merchant=merchant, at=until)


@require_POST
@staff_page(NEEDS)
def breach_untouch(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Take everyone off the list who has not been written to."""
    try:
        with refusable():
            taken = untouch_members(
                merchant=request.staff.merchant, breach_id=breach_id, actor=actor_of(request), at=timezone.now()
            )
    except Refusal:
        messages.error(request, gettext("This breach is closed. Nothing was changed."))
    else:
        said = ngettext("%(count)s member taken off the list.", "%(count)s members taken off the list.", taken)
        messages.success(request, said % {"count": format_number(taken)})
    return redirect("backoffice:breach", breach_id=breach_id)


def _asked_reaches(asked: str) -> tuple[Reach, ...]:
    if asked == TO_TELL:
        return UNREACHED
    return (Reach(asked),) if asked in set(Reach) else ()


@staff_page(NEEDS)
def breach_members(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Show whom the breach touched, and how far telling each is."""
    merchant, now = request.staff.merchant, timezone.now()
    known = breach(merchant=merchant, breach_id=breach_id)
    asked = request.GET.get("state", EVERYONE)
    passed = request.GET.getlist("after")
    found = touched_members(
        merchant=merchant,
        breach_id=breach_id,
        reaches=_asked_reaches(asked),
        after=uuid_or_none(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, str(shown[-1].id) if len(found) > PAGE_SIZE else None)
    counts = count_touched(merchant=merchant, breach_id=breach_id)
    people = members_by_id(merchant=merchant, member_ids=[one.member_id for one in shown])
    reaches = _asked_reaches(asked)
    total = sum(size for reach, size in counts.items() if not reaches or reach in reaches)
    unreached = sum(counts.get(reach, 0) for reach in UNREACHED)
    address = reverse("backoffice:breach_members", args=[breach_id])
    tabs = [
        Tab(gettext("All"), address, not reaches, format_number(sum(counts.values()))),
        Tab(gettext("To phone or write to"), f"{address}?state={TO_TELL}", asked == TO_TELL, format_number(unreached)),
    ]
    context = {
        "row": describe_breach(known, now),
        "tabs": tabs,
        "page": Page(
            rows=[_describe_touched(one, people.get(one.member_id)) for one in shown],
            total=total,
            newer_url=newer_url,
            older_url=older_url,
        ),
        "asked": asked,
        "unreached": unreached,
        "told_form": ToldForm(),
        "may_tell": known.sent_at is not None and not known.is_closed,
    }
    return render(request, "backoffice/privacy/breach_members.html", context)


def _describe_touched(one: TouchedFacts, found: MemberFacts | None) -> dict[str, Any]:
    is_told = one.reach is Reach.TOLD
    return {
        "one": one,
        "member": found,
        "why": TOUCHED_BY_WORDS[one.why],
        "reach": TOLD_BY_WORDS[one.told_by] if is_told else REACH_WORDS[one.reach],
        "tone": REACH_TONES.get(one.reach, "outline"),
        "by": actor_word(one.told_by_staff) if is_told else "",
        "can_be_told": one.reach in (*UNREACHED, Reach.UNCERTAIN),
    }


@require_POST
@staff_page(NEEDS)
def breach_told(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Note that one person, or everyone whom no e-mail reached, was informed another way."""
    merchant, now = request.staff.merchant, timezone.now()
    form = ToldForm(post_data(request))
    back = f"{reverse('backoffice:breach_members', args=[breach_id])}?state={TO_TELL}"
    if not form.is_valid():
        messages.error(request, gettext("Choose how. Nothing was changed."))
        return redirect(back)
    one = uuid_or_none(request.POST.get("touched", ""))
    ids = [one] if one else _unreached_ids(merchant, breach_id)
    try:
        with refusable():
            told = note_told(
                merchant=merchant,
                breach_id=breach_id,
                touched_ids=ids,
                told_by=ToldBy(form.cleaned_data["told_by"]),
                actor=actor_of(request),
                at=now,
            )
    except Refusal:
        messages.error(request, gettext("This breach is closed. Nothing was changed."))
    else:
        said = ngettext("%(count)s member is noted as told.", "%(count)s members are noted as told.", told)
        messages.success(request, said % {"count": format_number(told)})
    return redirect(back)


def _unreached_ids(merchant: MerchantFacts, breach_id: UUID) -> list[UUID]:
    found = touched_members(merchant=merchant, breach_id=breach_id, reaches=UNREACHED, limit=MOST_TOLD)
    return [one.id for one in found]


@staff_page(NEEDS)
@slow_page
def breach_members_file(request: StaffRequest, breach_id: UUID) -> HttpResponseBase:
    """Send the list as a file: everyone with how and when they were informed, or those to phone or write to."""
    merchant, now = request.staff.merchant, timezone.now()
    known = breach(merchant=merchant, breach_id=breach_id)
    asked = request.GET.get("state", EVERYONE)
    language = reader_language()
    counts, reaches = count_touched(merchant=merchant, breach_id=breach_id), _asked_reaches(asked)
    count = sum(size for reach, size in counts.items() if not reaches or reach in reaches)
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="breach.members_exported",
        at=now,
        subject=("breach", known.id),
        after={"count": count},
    )
    head: list[list[Any]] = [
        [merchant.name, gettext("Breach of personal data")],
        [gettext("Made"), format_instant(now, merchant.timezone, language)],
        [gettext("Members"), count],
        [
            gettext("Member number"),
            gettext("Name"),
            gettext("Mobile number"),
            gettext("E-mail"),
            gettext("Area"),
            gettext("State"),
            gettext("Since"),
        ],
    ]
    return csv_response(
        filename=f"breach-{known.draft.known_at:%Y-%m-%d}.csv",
        head=head,
        merchant_id=merchant.id,
        batch=_batches_of(merchant, known.id, reaches, language),
        language=language,
    )


def _batches_of(merchant: MerchantFacts, breach_id: UUID, reaches: Sequence[Reach], language: str) -> Batch:
    def batch(after: UUID | None) -> tuple[list[list[Any]], UUID | None]:
        found = touched_members(merchant=merchant, breach_id=breach_id, reaches=reaches, after=after, limit=BATCH_ROWS)
        people = members_by_id(merchant=merchant, member_ids=[one.member_id for one in found])
        cells = [_cells_of(merchant, one, people.get(one.member_id), language) for one in found]
        return cells, found[-1].id if len(found) == BATCH_ROWS else None

    return batch


def _cells_of(merchant: MerchantFacts, one: TouchedFacts, found: MemberFacts | None, language: str) -> list[Any]:
    state = TOLD_BY_WORDS[one.told_by] if one.reach is Reach.TOLD else REACH_WORDS[one.reach]
    return [
        found.number if found else "",
        found.name if found else "",
        show_phone(found.phone) if found and found.phone else "",
        (found.email or "") if found else "",
        found.area if found else "",
        str(state),
        format_instant(one.reach_at, merchant.timezone, language) if one.reach_at else "",
    ]
