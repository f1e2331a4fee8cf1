"""The audit trail: who did what, to what, why and what it changed; narrowed, paged by key, and as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.audit_words import (
    ACTION_WORDS,
    SUBJECT_WORDS,
    action_word,
    changes_in_words,
    ids_in,
    reason_word,
    subject_word,
)
from backoffice.exporting import csv_response
from backoffice.parts import Page, filter_chips, page_urls
from backoffice.sent_texts import read_instant_and_id
from backoffice.settings.forms.audit import AuditDaysForm
from backoffice.slow_pages import slow_page
from common.languages import reader_language
from common.quantities import format_day, format_instant
from members.queries import members_by_id
from merchants.facts import SYSTEM, AuditFacts, AuditFilter, MerchantFacts, Permission, StaffFacts
from merchants.operations import record_audit
from merchants.queries import audit_count, audit_kinds, audit_trail, staff
from merchants.rules import may
from rewards.promotions.queries import promotion_titles

PAGE_SIZE: Final = 50
COUNT_LIMIT: Final = 10_000
BATCH: Final = 500

At = tuple[datetime, UUID]


@staff_page(Permission.SEE_AUDIT)
def audit(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    people, days = staff(merchant=merchant), AuditDaysForm(request.GET)
    filters = _read_filter(request, people, days)
    found = audit_trail(
        merchant=merchant, filters=filters, after=read_instant_and_id(request.GET.get("after", "")), limit=PAGE_SIZE + 1
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, _write_cursor(shown[-1]) if len(found) > PAGE_SIZE else None)
    done, kinds = audit_kinds(merchant=merchant)
    total = audit_count(merchant=merchant, filters=filters, most=COUNT_LIMIT)
    page = Page(_entry_rows(request, shown, people), min(total, COUNT_LIMIT), total > COUNT_LIMIT, newer_url, older_url)
    return render(
        request,
        "backoffice/settings/audit.html",
        {
            "page": page,
            "chips": filter_chips(request.GET, _chip_words(filters, people, days)),
            "days": days,
            "actions": sorted(((code, action_word(code)) for code in done), key=lambda one: one[1]),
            "subjects": _subject_choices(kinds),
            "people": [(str(one.user_id), one.name) for one in people],
            "system": SYSTEM.label,
            "chosen": request.GET,
            "may_export": may(request.staff.role, Permission.EXPORT),
        },
    )


@staff_page(Permission.SEE_AUDIT)
@slow_page
def audit_export(request: StaffRequest) -> HttpResponse | StreamingHttpResponse:
    """The trail as it is narrowed now, oldest page last; that it was taken out is itself in the trail."""
    merchant, now = request.staff.merchant, timezone.now()
    if not may(request.staff.role, Permission.EXPORT):
        return render(request, "backoffice/no_permission.html", status=403)
    people, days = staff(merchant=merchant), AuditDaysForm(request.GET)
    if not days.is_valid():
        return redirect(f"{reverse('backoffice:audit')}?{request.GET.urlencode()}")
    filters = _read_filter(request, people, days)
    chosen = list(_chip_words(filters, people, days).values())
    language = reader_language()
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="audit.exported",
        at=now,
        subject=("merchant", merchant.id),
        after={"filters": chosen},
    )

    def batch(after: At | None) -> tuple[list[list[str]], At | None]:
        found = audit_trail(merchant=merchant, filters=filters, after=after, limit=BATCH)
        last = (found[-1].at, found[-1].id) if len(found) == BATCH and found[-1].id else None
        names = _load_names(merchant, found, people)
        return [_entry_cells(merchant, entry, language, names) for entry in found], last

    head = [
        [merchant.name, gettext("Audit trail")],
        [gettext("Made"), format_instant(now, merchant.timezone, language)],
        [gettext("Filters"), *(chosen or [gettext("none")])],
        [
            gettext("Time (%(zone)s)") % {"zone": merchant.timezone},
            gettext("Who"),
            gettext("Signed in as"),
            gettext("User id"),
            gettext("What"),
            gettext("Of"),
            gettext("Id"),
            gettext("Before"),
            gettext("After"),
            gettext("Reason"),
        ],
    ]
    day = now.strftime("%Y-%m-%d")
    return csv_response(filename=f"audit-{day}.csv", head=head, merchant_id=merchant.id, batch=batch, language=language)


def _entry_cells(merchant: MerchantFacts, entry: AuditFacts, language: str, names: Mapping[UUID, str]) -> list[str]:
    changes = changes_in_words(entry, merchant, names)
    return [
        format_instant(entry.at, merchant.timezone, language, with_zone=False),
        _actor_name(entry, names),
        _actor_address(entry),
        str(entry.actor_id or ""),
        action_word(entry.action),
        subject_word(entry.subject_kind),
        str(entry.subject_id or ""),
        "; ".join(f"{name}: {before}" for name, before, _ in changes if before),
        "; ".join(f"{name}: {after}" for name, _, after in changes if after),
        reason_word(entry.reason),
    ]


def _entry_rows(request: StaffRequest, entries: list[AuditFacts], people: list[StaffFacts]) -> list[dict[str, Any]]:
    merchant = request.staff.merchant
    names = _load_names(merchant, entries, people)
    addresses: dict[UUID | None, str] = {one.user_id: one.email for one in people}
    return [
        {
            "entry": entry,
            "action": action_word(entry.action),
            "subject": subject_word(entry.subject_kind),
            "name": _subject_name(entry, names),
            "url": _record_url(request, entry),
            "who": _actor_name(entry, names),
            "then": "" if entry.actor_label == addresses.get(entry.actor_id) else _actor_address(entry),
            "changes": changes_in_words(entry, merchant, names),
            "reason": reason_word(entry.reason),
        }
        for entry in entries
    ]


def _load_names(merchant: MerchantFacts, entries: list[AuditFacts], people: list[StaffFacts]) -> dict[UUID, str]:
    """What the records of these entries are called: people, members and promotions; two statements at most."""
    ids = {one.subject_id for one in entries if one.subject_id}.union(*(ids_in(one) for one in entries))
    names = {one.user_id: one.name for one in people}
    if any(one.subject_kind in ("member", "transfer") for one in entries):
        found = members_by_id(merchant=merchant, member_ids=sorted(ids - names.keys()))
        names |= {member_id: one.display_name for member_id, one in found.items()}
    promotions = {one.subject_id for one in entries if one.subject_kind == "promotion" and one.subject_id}
    if promotions:
        names |= promotion_titles(merchant=merchant, promotion_ids=sorted(promotions))
    return names


def _subject_name(entry: AuditFacts, names: Mapping[UUID, str]) -> str:
    """What the record is called now, else as the entry itself calls it."""
    told = {**(entry.before or {}), **(entry.after or {})}
    own = next((str(told[key]) for key in ("name", "title", "tag") if told.get(key)), "")
    return names.get(entry.subject_id, own) if entry.subject_id else own


def _actor_name(entry: AuditFacts, names: Mapping[UUID, str]) -> str:
    if entry.actor_id is None:
        return gettext("Till") if entry.actor_label == "till" else gettext("System")
    return names.get(entry.actor_id, entry.actor_label)


def _actor_address(entry: AuditFacts) -> str:
    """The account of that time: in the file always, on the page where the person signs in with another one today."""
    return entry.actor_label if entry.actor_id else ""


def _record_url(request: StaffRequest, entry: AuditFacts) -> str:
    """The record's page, where it has one and the role opens it."""
    pages = {
        "member": ("backoffice:member", Permission.SEE_MEMBERS),
        "campaign": ("backoffice:campaign", Permission.SEE_CAMPAIGNS),
        "coupon_batch": ("backoffice:coupon_batch", Permission.SEE_OFFERS),
        "promotion": ("backoffice:promotion", Permission.SEE_OFFERS),
        "gift_card": ("backoffice:gift_card", Permission.SEE_FIGURES),
        "reward": ("backoffice:reward", Permission.SEE_FIGURES),
        "referral": ("backoffice:referral", Permission.SEE_MEMBERS),
        "job": ("backoffice:job", Permission.SEE_FIGURES),
        "user": ("backoffice:staff_edit", Permission.MANAGE_STAFF),
    }
    name, right = pages.get(entry.subject_kind, ("", Permission.SEE_AUDIT))
    if not name or entry.subject_id is None or not may(request.staff.role, right):
        return ""
    return reverse(name, args=[entry.subject_id])


def _read_filter(request: StaffRequest, people: list[StaffFacts], days: AuditDaysForm) -> AuditFilter:
    """Return what the address asks for; what it cannot mean does not narrow, and a day has its note at the box."""
    merchant, asked = request.staff.merchant, request.GET
    actor = asked.get("who", "")
    known = {str(one.user_id) for one in people} | {SYSTEM.label}
    since, until = days.since, days.until
    return AuditFilter(
        action=asked.get("action", "") if asked.get("action", "") in ACTION_WORDS else "",
        actor=actor if actor in known else "",
        subject_kind=asked.get("of", "") if asked.get("of", "") in SUBJECT_WORDS else "",
        since=merchant.bounds_of(since)[0] if since else None,
        until=merchant.bounds_of(until)[1] if until else None,
    )


def _chip_words(filters: AuditFilter, people: list[StaffFacts], days: AuditDaysForm) -> dict[str, str]:
    """Return the filters in force in words, by the parameter that holds them."""
    words, language = {}, reader_language()
    if filters.action:
        words["action"] = gettext("What: %(name)s") % {"name": action_word(filters.action)}
    if filters.actor:
        names = {str(one.user_id): one.name for one in people}
        words["who"] = gettext("Who: %(name)s") % {"name": names.get(filters.actor, gettext("System"))}
    if filters.subject_kind:
        words["of"] = gettext("Of: %(name)s") % {"name": subject_word(filters.subject_kind)}
    if days.since:
        words["from"] = gettext("From %(time)s") % {"time": format_day(days.since, language)}
    if days.until:
        words["to"] = gettext("Until %(time)s") % {"time": format_day(days.until, language)}
    return words


def _subject_choices(kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Kinds of records that the trail speaks of, by their word; two kinds that share a word stand once."""
    first: dict[str, str] = {}
    for kind in kinds:
        first.setdefault(subject_word(kind), kind)
    return sorted((kind, word) for word, kind in first.items())


def _write_cursor(entry: AuditFacts) -> str:
    return f"{entry.at.isoformat()}~{entry.id}"
