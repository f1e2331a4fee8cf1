"""The calendar of moments: when each comes, how sure that is, what hangs on it, and the merchant's own days."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.moments.forms import MomentDatesForm, MomentForm
from common.errors import BadInput, Missing
from common.form_errors import add_errors
from common.languages import reader_language
from common.quantities import MONTHS, format_day
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.engine.facts import Surroundings
from rewards.engine.linter import lint
from rewards.moments.facts import Certainty, Occurrence, OwnCalendar, Repeat, Rhythm
from rewards.moments.operations import add_moment, change_moment, reset_moment_dates, set_moment_dates
from rewards.moments.queries import own_calendar
from rewards.moments.rules import STANDARD, is_standard, occurrences, rhythm_of, window
from rewards.moments.wording import CERTAINTY_WORDS, moment_name, rhythm_text
from rewards.promotions.operations import MomentInUse, remove_moment
from rewards.promotions.queries import PromotionSummary, engine_settings, promotion_summaries
from rewards.promotions.wording import finding_message

YEARS_SHOWN = 11
MEETINGS = frozenset({"adds_up", "shares_units", "points_add_up", "never_after_exclusive", "sometimes_after_exclusive"})
BADGE_TONES = {Certainty.OFFICIAL: "good", Certainty.ESTIMATED: "attention", Certainty.CHANGED: "info"}


@dataclass(frozen=True)
class Coming:
    """One coming of a moment as shown: its days in words, how sure they are, where they are changed."""

    code: str
    name: str
    year: int
    number: int
    days: str
    certainty: str
    tone: str
    changed: bool
    past: bool
    url: str


@dataclass(frozen=True)
class MomentRow:
    code: str
    name: str
    url: str
    rhythm: str
    next: Coming | None
    promotions: Sequence[PromotionSummary]


@dataclass
class Month:
    """A month as a small calendar: weeks of (day or 0, titles of the moments on it), and what comes in it."""

    title: str
    weeks: list[list[tuple[int, str]]] = field(default_factory=list)
    comings: list[Coming] = field(default_factory=list)


@staff_page(Permission.SEE_OFFERS)
def moment_list(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    today = merchant.day_of(timezone.now())
    own, wordings = own_calendar(merchant=merchant), promotion_summaries(merchant=merchant)
    codes = [*STANDARD, *(moment.code for moment in own.moments if not is_standard(moment.code))]
    hanging = {code: [w for w in wordings if w.definition.when.moment == code] for code in codes}
    ahead = {code: _occurrences_ahead(code, own, today) for code in codes}
    rows = [
        MomentRow(
            code=code,
            name=moment_name(code, own),
            url=reverse("backoffice:moment", args=[code]),
            rhythm=rhythm_text(rhythm_of(code, own), reader_language()),
            next=_coming_row(ahead[code][0], own, today) if ahead[code] else None,
            promotions=hanging[code],
        )
        for code in codes
    ]
    birthdays = [w for w in wordings if w.definition.when.birthday_window_days is not None]
    yearly = gettext("Each member's own; 29 February is kept on the 28th")
    rows.append(MomentRow(code="", name=gettext("Birthday"), url="", rhythm=yearly, next=None, promotions=birthdays))
    return render(
        request,
        "backoffice/moments/list.html",
        {
            "months": _make_months(ahead, own, today),
            "rows": rows,
            "meetings": _find_meetings(merchant, wordings, own, today),
            "weekdays": _weekday_names(),
            "may_edit": may(request.staff.role, Permission.EDIT_OFFERS),
        },
    )


@staff_page(Permission.SEE_OFFERS)
def moment_detail(request: StaffRequest, code: str) -> HttpResponse:
    merchant = request.staff.merchant
    today = merchant.day_of(timezone.now())
    own = own_calendar(merchant=merchant)
    rhythm = _find_rhythm(code, own)
    shown = occurrences(code, _years_to_show(rhythm, today), own)
    hanging = [w for w in promotion_summaries(merchant=merchant) if w.definition.when.moment == code]
    return render(
        request,
        "backoffice/moments/detail.html",
        {
            "code": code,
            "name": moment_name(code, own),
            "rhythm": rhythm_text(rhythm, reader_language()),
            "comings": [_coming_row(o, own, today) for o in shown],
            "next_url": _next_dated(code, rhythm, shown, today),
            "promotions": [(w, _next_days(w, shown, today)) for w in hanging],
            "is_own": not is_standard(code),
            "has_own_rhythm": any(moment.code == code for moment in own.moments),
            "may_change_rhythm": rhythm is not None and (not is_standard(code) or rhythm.repeats is Repeat.MONTHLY),
            "may_edit": may(request.staff.role, Permission.EDIT_OFFERS),
        },
    )


@staff_page(Permission.EDIT_OFFERS)
def moment_new(request: StaffRequest) -> HttpResponse:
    form = MomentForm(reader_language(), post_data(request), initial={"repeats": "yearly", "days": 1})
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                code = add_moment(
                    merchant=request.staff.merchant,
                    name=form.cleaned_data["name"],
                    rhythm=form.rhythm,
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except BadInput as bad:
            add_errors(form, bad)
        else:
            messages.success(request, gettext("The moment is in your calendar. Promotions can be bound to it now."))
            return redirect("backoffice:moment", code=code)
    return render(
        request, "backoffice/moments/new.html", {"form": form, "code": ""}, status=400 if form.errors else 200
    )


@staff_page(Permission.EDIT_OFFERS)
def moment_rhythm(request: StaffRequest, code: str) -> HttpResponse:
    """Name and rhythm of an own moment; the rhythm of payday."""
    merchant = request.staff.merchant
    own = own_calendar(merchant=merchant)
    rhythm = _find_rhythm(code, own)
    standard = is_standard(code)
    if rhythm is None or (standard and rhythm.repeats is not Repeat.MONTHLY):
        raise Missing("moment_not_found")
    initial = {
        "name": moment_name(code, own),
        "repeats": rhythm.repeats.value,
        "month": rhythm.month,
        "first_day": rhythm.first_day,
        "last_day": rhythm.last_day,
        "days": rhythm.days,
    }
    form = MomentForm(reader_language(), post_data(request), initial=initial, standard=standard)
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                change_moment(
                    merchant=merchant,
                    code=code,
                    name=form.cleaned_data.get("name", ""),
                    rhythm=form.rhythm,
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except BadInput as bad:
            add_errors(form, bad)
        else:
            messages.success(request, gettext("Changed. Promotions bound to it follow from now on."))
            return redirect("backoffice:moment", code=code)
    return render(
        request,
        "backoffice/moments/new.html",
        {"form": form, "code": code, "name": moment_name(code, own)},
        status=400 if form.errors else 200,
    )


@staff_page(Permission.EDIT_OFFERS)
def moment_dates(request: StaffRequest, code: str, year: int, number: int) -> HttpResponse:
    """Change the days for one coming: the official day may differ, or the shop celebrates longer."""
    merchant = request.staff.merchant
    own = own_calendar(merchant=merchant)
    rhythm = _find_rhythm(code, own)
    known = next((o for o in occurrences(code, [year], own) if o.number == number), None)
    if known is None and not (rhythm and rhythm.repeats is Repeat.DATED):
        raise Missing("moment_not_found")
    initial = {"first_on": known.first_on, "last_on": known.last_on} if known else {}
    form = MomentDatesForm(post_data(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data
        try:
            with refusable():
                set_moment_dates(
                    merchant=merchant,
                    code=code,
                    year=year if known else days["first_on"].year,
                    number=number if known else _next_number(code, days["first_on"].year, own),
                    first_on=days["first_on"],
                    last_on=days["last_on"],
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except BadInput as bad:
            add_errors(form, bad)
        else:
            messages.success(request, gettext("The days are changed. Promotions bound to this moment follow."))
            return redirect("backoffice:moment", code=code)
    return render(
        request,
        "backoffice/moments/dates.html",
        {
            "form": form,
            "code": code,
            "name": moment_name(code, own),
            "coming": _coming_row(known, own, merchant.day_of(timezone.now())) if known else None,
        },
        status=400 if form.errors else 200,
    )


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def moment_reset(request: StaffRequest, code: str, year: int, number: int) -> HttpResponse:
    reset_moment_dates(
        merchant=request.staff.merchant, code=code, year=year, number=number, at=timezone.now(), actor=actor_of(request)
    )
    messages.success(request, gettext("The days of the calendar count again."))
    return redirect("backoffice:moment", code=code)


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def moment_remove(request: StaffRequest, code: str) -> HttpResponse:
    """Remove an own moment, or give payday its usual days back."""
    try:
        with refusable():
            remove_moment(merchant=request.staff.merchant, code=code, at=timezone.now(), actor=actor_of(request))
    except MomentInUse as used:
        titles = used.facts["promotions"]
        text = ngettext(
            "A promotion hangs on it: %(names)s. End it or bind it to another moment first.",
            "Promotions hang on it: %(names)s. End them or bind them to another moment first.",
            len(titles),
        )
        messages.error(request, text % {"names": ", ".join(titles)})
        return redirect("backoffice:moment", code=code)
    if is_standard(code):
        messages.success(request, gettext("The usual days count again."))
        return redirect("backoffice:moment", code=code)
    messages.success(request, gettext("The moment is removed."))
    return redirect("backoffice:moments")


# --- values ------------------------------------------------------------------------------------------------------


def _find_rhythm(code: str, own: OwnCalendar) -> Rhythm | None:
    try:
        return rhythm_of(code, own)
    except KeyError:
        raise Missing("moment_not_found") from None


def _years_to_show(rhythm: Rhythm | None, today: date) -> range:
    """Return the years to show: feasts for ten years ahead; monthly moments for this year and the next."""
    monthly = rhythm is not None and rhythm.repeats in (Repeat.MONTHLY, Repeat.DOUBLE)
    return range(today.year, today.year + (2 if monthly else YEARS_SHOWN))


def _occurrences_ahead(code: str, own: OwnCalendar, today: date) -> list[Occurrence]:
    return [o for o in occurrences(code, range(today.year - 1, today.year + 3), own) if o.last_on >= today]


def _coming_row(found: Occurrence, own: OwnCalendar, today: date) -> Coming:
    return Coming(
        code=found.moment,
        name=moment_name(found.moment, own),
        year=found.year,
        number=found.number,
        days=span_text(found.first_on, found.last_on, reader_language()),
        certainty=str(CERTAINTY_WORDS[found.certainty]),
        tone=BADGE_TONES.get(found.certainty, ""),
        changed=any((d.moment, d.year, d.number) == (found.moment, found.year, found.number) for d in own.dates),
        past=found.last_on < today,
        url=reverse("backoffice:moment_dates", args=[found.moment, found.year, found.number]),
    )


def span_text(first: date, last: date, language: str) -> str:
    """Write '10–11 Mar 2027', '25 Dec 2026 – 1 Jan 2027', '12 Dec 2026'."""
    if first == last:
        return format_day(first, language)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{format_day(last, language)}"
    return f"{format_day(first, language)} – {format_day(last, language)}"


def _next_dated(code: str, rhythm: Rhythm | None, shown: Sequence[Occurrence], today: date) -> str:
    """Return where the next days of a moment without a rhythm are written down."""
    if rhythm is None or rhythm.repeats is not Repeat.DATED:
        return ""
    number = max((o.number for o in shown if o.year == today.year), default=0) + 1
    return reverse("backoffice:moment_dates", args=[code, today.year, number])


def _next_number(code: str, year: int, own: OwnCalendar) -> int:
    return max((o.number for o in occurrences(code, [year], own)), default=0) + 1


def _next_days(wording: PromotionSummary, shown: Iterable[Occurrence], today: date) -> str:
    """Return the days on which the promotion runs next."""
    when = wording.definition.when
    for found in shown:
        first, last = window(
            found.first_on, found.last_on, days_before=when.moment_days_before, days_after=when.moment_days_after
        )
        if last >= today:
            return span_text(first, last, reader_language())
    return "–"


def _weekday_names() -> list[str]:
    """Return the weekdays, Monday first."""
    names = {
        "id": ["Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"],
        "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    }
    return names["id" if reader_language() == "id" else "en"]


def _make_months(ahead: dict[str, list[Occurrence]], own: OwnCalendar, today: date) -> list[Month]:
    """Return twelve months from this one on."""
    found = sorted((o for listed in ahead.values() for o in listed), key=lambda o: (o.first_on, o.moment))
    months = []
    for n in range(12):
        year, month = divmod(today.year * 12 + today.month - 1 + n, 12)
        months.append(_make_month(year, month + 1, found, own, today))
    return months


def _make_month(year: int, month: int, found: Sequence[Occurrence], own: OwnCalendar, today: date) -> Month:
    names = MONTHS["id" if reader_language() == "id" else "en"]
    first, last = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    here = [o for o in found if o.first_on <= last and o.last_on >= first]
    weeks = [
        [(day, _titles_on(date(year, month, day), here, own) if day else "") for day in week]
        for week in calendar.Calendar().monthdayscalendar(year, month)
    ]
    begins = [_coming_row(o, own, today) for o in here if o.first_on >= first or month == today.month]
    return Month(f"{names[month - 1]} {year}", weeks, begins)


def _titles_on(day: date, here: Sequence[Occurrence], own: OwnCalendar) -> str:
    return ", ".join(moment_name(o.moment, own) for o in here if o.first_on <= day <= o.last_on)


def _find_meetings(
    merchant: MerchantFacts, wordings: Sequence[PromotionSummary], own: OwnCalendar, today: date
) -> list[tuple[PromotionSummary, str]]:
    """Find promotions of moments that would act on the same purchase as a later one of a moment."""
    bound = [w for w in wordings if w.definition.when.moment is not None and w.state == "live"]
    settings = engine_settings(merchant, [w.definition for w in bound])
    found = []
    for n, wording in enumerate(bound):
        later = [w.definition for w in bound[n + 1 :]]
        for finding in lint(wording.definition, later, surroundings=Surroundings(), settings=settings, first_day=today):
            if finding.code in MEETINGS:
                text = finding_message(finding, currency=merchant.currency, language=reader_language(), calendar=own)
                found.append((wording, text))
    return found
