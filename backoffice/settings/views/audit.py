"""The audit trail: who did what, to what, why and what it changed; narrowed, paged by key, and as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.audit_words import action_word, changes_in_words, reason_word, subject_word
from backoffice.exports import csv_response
from backoffice.jobs.requests import LONG_FILE, ask_for_job, file_question
from backoffice.no_permission import refuse_for_role
from backoffice.parts import Page, filter_chips, page_urls
from backoffice.sent_texts import read_instant_and_id
from backoffice.settings.audit_address import (
    AskedAudit,
    actor_address,
    actor_name,
    load_names,
    query_of,
    read_audit_address,
    write_cursor,
)
from backoffice.settings.audit_export import (
    AUDIT_EXPORT,
    MOST_ENTRIES,
    AuditExport,
    entry_batches,
    file_name,
    head_rows,
)
from backoffice.slow_pages import slow_page
from common.languages import reader_language
from merchants.facts import SYSTEM, AuditFacts, Permission, StaffFacts
from merchants.operations import record_audit
from merchants.queries import audit_count, audit_kinds, audit_trail
from merchants.rules import may

PAGE_SIZE: Final = 50
COUNT_LIMIT: Final = 10_000


@staff_page(Permission.SEE_AUDIT)
def audit(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    asked = read_audit_address(merchant, request.GET)
    people, filters = asked.people, asked.filters
    found = audit_trail(
        merchant=merchant, filters=filters, after=read_instant_and_id(request.GET.get("after", "")), limit=PAGE_SIZE + 1
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, write_cursor(shown[-1]) if len(found) > PAGE_SIZE else None)
    done, kinds = audit_kinds(merchant=merchant)
    total = audit_count(merchant=merchant, filters=filters, most=COUNT_LIMIT)
    page = Page(_entry_rows(request, shown, people), min(total, COUNT_LIMIT), total > COUNT_LIMIT, newer_url, older_url)
    return render(
        request,
        "backoffice/settings/audit.html",
        {
            "page": page,
            "chips": filter_chips(request.GET, asked.words),
            "days": asked.days,
            "actions": sorted(((code, action_word(code)) for code in done), key=lambda one: one[1]),
            "subjects": _subject_choices(kinds),
            "people": [*((one.user_id, one.name) for one in people), (SYSTEM.label, gettext("System"))],
            "chosen": request.GET,
            "may_export": may(request.staff.role, Permission.EXPORT),
        },
    )


@staff_page(Permission.SEE_AUDIT)
@slow_page
def audit_export(request: StaffRequest) -> HttpResponseBase:
    """The trail as it is narrowed now, oldest page last; that it was taken out is itself in the trail."""
    merchant, now, language = request.staff.merchant, timezone.now(), reader_language()
    if not may(request.staff.role, Permission.EXPORT):
        return refuse_for_role(request, Permission.EXPORT)
    asked = read_audit_address(merchant, request.GET)
    if not asked.days.is_valid():
        return redirect(f"{reverse('backoffice:audit')}?{request.GET.urlencode()}")
    if audit_count(merchant=merchant, filters=asked.filters, most=LONG_FILE) > LONG_FILE:
        return _export_later(request, asked)
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="audit.exported",
        at=now,
        subject=("merchant", merchant.id),
        after={"filters": list(asked.words.values())},
    )
    return csv_response(
        filename=file_name(now),
        head=head_rows(merchant, asked, now, language),
        merchant_id=merchant.id,
        batch=entry_batches(merchant, asked, language),
        language=language,
    )


def _export_later(request: StaffRequest, asked: AskedAudit) -> HttpResponse:
    if request.method != "POST":
        count = audit_count(merchant=request.staff.merchant, filters=asked.filters, most=MOST_ENTRIES)
        return file_question(request, gettext("Export of the audit trail"), count, reverse("backoffice:audit"))
    return ask_for_job(
        request,
        kind=AUDIT_EXPORT,
        parameters=AuditExport(query_of(request.GET)).to_json(),
        needs=(Permission.SEE_AUDIT, Permission.EXPORT),
        action="audit.exported",
        audit_details={"filters": list(asked.words.values())},
    )


def _entry_rows(request: StaffRequest, entries: list[AuditFacts], people: list[StaffFacts]) -> list[dict[str, Any]]:
    merchant = request.staff.merchant
    names = load_names(merchant, entries, people)
    addresses: dict[UUID | None, str] = {one.user_id: one.email for one in people}
    return [
        {
            "entry": entry,
            "action": action_word(entry.action),
            "subject": subject_word(entry.subject_kind),
            "name": _subject_name(entry, names),
            "url": _record_url(request, entry),
            "who": actor_name(entry, names),
            "approver": names.get(entry.approver_id, "") if entry.approver_id else "",
            "then": "" if entry.actor_label == addresses.get(entry.actor_id) else actor_address(entry),
            "changes": changes_in_words(entry, merchant, names),
            "reason": reason_word(entry.reason),
        }
        for entry in entries
    ]


def _subject_name(entry: AuditFacts, names: Mapping[UUID, str]) -> str:
    """What the record is called now, else as the entry itself calls it."""
    told = {**(entry.before or {}), **(entry.after or {})}
    own = next((str(told[key]) for key in ("name", "title", "tag") if told.get(key)), "")
    return names.get(entry.subject_id, own) if entry.subject_id else own


def _record_url(request: StaffRequest, entry: AuditFacts) -> str:
    """The record's page, where it has one and the role opens it."""
    pages = {
        "member": ("backoffice:member", Permission.SEE_MEMBERS),
        "campaign": ("backoffice:campaign", Permission.SEE_CAMPAIGNS),
        "coupon_batch": ("backoffice:coupon_batch", Permission.SEE_OFFERS),
        "promotion": ("backoffice:promotion", Permission.SEE_OFFERS),
        "gift_card": ("backoffice:gift_card", Permission.LOOK_UP_CODES),
        "product": ("backoffice:product", Permission.SEE_PRODUCTS),
        "reward": ("backoffice:reward", Permission.SEE_FIGURES),
        "referral": ("backoffice:referral", Permission.SEE_MEMBERS),
        "job": ("backoffice:job", Permission.SEE_JOBS),
        "user": ("backoffice:staff_edit", Permission.INVITE_STAFF),
    }
    name, right = pages.get(entry.subject_kind, ("", Permission.SEE_AUDIT))
    if not name or entry.subject_id is None or not may(request.staff.role, right):
        return ""
    return reverse(name, args=[entry.subject_id])


def _subject_choices(kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Kinds of records that the trail speaks of, by their word; two kinds that share a word stand once."""
    first: dict[str, str] = {}
    for kind in kinds:
        first.setdefault(subject_word(kind), kind)
    return sorted((kind, word) for word, kind in first.items())
