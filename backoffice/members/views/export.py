"""Members as a file: this view of the list, or the ticked rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.exporting import csv_response
from backoffice.members.views.filters import Asked, asked_of, query_of
from backoffice.members.views.listing import rows_of
from backoffice.slow_pages import slow_page
from backoffice.words import SEGMENT_WORDS
from common.languages import reader_language
from common.quantities import format_instant
from members.facts import MemberFacts
from members.queries import count_members, members_page
from members.rules import mask_email, mask_phone, show_phone
from merchants.facts import MerchantFacts, Permission
from merchants.operations import record_audit
from merchants.rules import may

BATCH: Final = 2_000


@staff_page(Permission.SEE_MEMBERS)
@slow_page
def members_export(request: StaffRequest) -> HttpResponseBase:
    """This view as a file."""
    asked = asked_of(request.staff.merchant, request.GET)
    if asked.is_unclear:
        return redirect(f"{reverse('backoffice:members')}?{query_of(request.GET)}")
    return export(request, asked)


def export(request: StaffRequest, asked: Asked) -> HttpResponseBase:
    """Contacts in full only for who may see them; that it was taken out, and how much, is in the audit trail."""
    merchant, now = request.staff.merchant, timezone.now()
    if not may(request.staff.role, Permission.EXPORT):
        return render(request, "backoffice/no_permission.html", status=403)
    in_full, language = may(request.staff.role, Permission.SEE_CONTACTS), reader_language()
    count = count_members(merchant=merchant, filters=asked.filters)
    # Names and numbers that somebody searched for stay out of the trail.
    kept = [word for name, word in asked.words.items() if name != "q"]
    record_audit(
        merchant=merchant,
        actor=actor_of(request),
        action="members.exported",
        at=now,
        subject=("members", None),
        after={"count": count, "filters": kept, "contacts": in_full},
    )

    def batch(after: str | None) -> tuple[list[list[Any]], str | None]:
        found = members_page(
            merchant=merchant, filters=asked.filters, after=after, limit=BATCH, sort=asked.sort, counted=False
        )
        return _cells(merchant, found.members, in_full=in_full), found.next_after

    head = [
        [merchant.name, gettext("Members")],
        [gettext("Made"), format_instant(now, merchant.timezone, language)],
        [gettext("Filters"), *(asked.words.values() or [gettext("none")])],
        [gettext("Members"), count],
        _columns(merchant),
    ]
    name = f"members-{now:%Y-%m-%d}.csv"
    return csv_response(filename=name, head=head, merchant_id=merchant.id, batch=batch, language=language)


def _columns(merchant: MerchantFacts) -> list[str]:
    return [
        gettext("Member number"),
        gettext("Name"),
        gettext("Mobile number"),
        gettext("E-mail"),
        gettext("Segment"),
        gettext("Tier"),
        gettext("Balance (%(unit)s)") % {"unit": merchant.points_name},
        gettext("Net spend, all time (%(unit)s)") % {"unit": merchant.currency},
        gettext("Purchases"),
        gettext("Last purchase"),
        gettext("Member since"),
        gettext("Offers by e-mail"),
    ]


def _cells(merchant: MerchantFacts, found: Sequence[MemberFacts], *, in_full: bool) -> list[list[Any]]:
    """One row per member; days as ISO dates and money in the smallest unit's whole number, for a machine to read."""
    rows = {row.id: row for row in rows_of(merchant, found)}
    phone, email = (show_phone, str) if in_full else (mask_phone, mask_email)
    return [
        [
            m.number,
            m.name,
            phone(m.phone) if m.phone else "",
            email(m.email) if m.email else "",
            str(SEGMENT_WORDS.get(m.segment or "", "")),
            m.tier.name if m.tier else "",
            rows[m.id].points,
            m.spend_amount,
            m.purchase_count,
            rows[m.id].last_on or "",
            m.joined_on,
            gettext("yes") if m.promo_email else gettext("no"),
        ]
        for m in found
    ]
