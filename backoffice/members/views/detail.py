"""Members: one person's whole story, joining by hand, points moved by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, post_data, staff_page
from backoffice.audit_words import LANGUAGE_WORDS
from backoffice.members.attribute_fields import values_shown
from backoffice.members.forms import NewMemberForm
from backoffice.members.views.tabs import MemberTab, load_coupons, load_points, load_purchases, read_tab, tabs_of
from backoffice.privacy.children import child_context, say_consent_not_taken
from backoffice.privacy.viewings import note_shown, seconds_shown
from backoffice.privacy.views.requests import describe_request
from backoffice.privacy.words import REQUEST_WORDS
from backoffice.program.approvals import movements_in_words
from backoffice.timelines import member_story
from backoffice.words import actor_word
from backoffice.workplaces import own_outlets
from common.errors import BadInput
from common.form_errors import add_errors
from enrolment.operations import enrol_member
from ledger.facts import ASKED_KINDS, Unit
from ledger.queries import balance
from members.facts import EnrolDraft, MemberFacts, MemberSource
from members.operations import MemberExists
from members.queries import (
    attributes,
    cards,
    data_requests_of_member,
    erased_since,
    household_of,
    member,
    merges_of,
    tags_of_member,
)
from members.queries import tags as known_tags
from members.rules import can_be_undone, is_child
from merchants.facts import AuditFacts, MerchantFacts, Permission
from merchants.queries import audit_entries, open_approvals_about, outlet_by_id
from merchants.rules import may
from merchants.tenancy import refusable
from segments.queries import reason, standing_of

SHOWN_EVENTS: Final = 30


@staff_page(Permission.SEE_MEMBERS)
def member_detail(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Show who the member is and where they stand, and one tab below it."""
    merchant, now = request.staff.merchant, timezone.now()
    erased_at = erased_since(merchant=merchant, member_id=member_id)
    if erased_at is not None:
        return _show_erased(request, member_id, erased_at)
    found = member(merchant=merchant, member_id=member_id)
    tab = read_tab(request.GET.get("tab", ""))
    shown_for = seconds_shown(request, found.id, now)
    sees_contacts = shown_for != 0
    note_shown(request, found.id, in_full=sees_contacts)
    today = merchant.day_of(now)
    loaders = {
        MemberTab.ACTIVITY: _load_activity,
        MemberTab.PURCHASES: load_purchases,
        MemberTab.POINTS: load_points,
        MemberTab.COUPONS: load_coupons,
        MemberTab.DATA: _load_data,
    }
    context = {
        "member": found,
        "tab": tab.value,
        "tabs": tabs_of(tab),
        **_load_head(request, found, now),
        "sees_contacts": sees_contacts,
        "shown_for": shown_for,
        "may_reveal": not sees_contacts and may(request.staff.role, Permission.EDIT_MEMBERS),
        "points": balance(merchant=merchant, owner_id=found.id, unit=Unit.POINTS, business_date=today),
        **loaders[tab](request, found, now),
    }
    return render(request, f"backoffice/members/tabs/{tab.value}.html", context)


def _load_head(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return what every tab says above it: what waits for someone, who blocked the member, what this role may do."""
    merchant = request.staff.merchant
    block_entry = _block_entry(merchant, found)
    asked = open_approvals_about(merchant=merchant, kinds=ASKED_KINDS, owner_id=found.id, now=now)
    return {
        "block_entry": block_entry,
        "blocked_by": actor_word(block_entry.actor_label) if block_entry else "",
        "asked_movements": movements_in_words(merchant, asked),
        "waiting_cards": sum(card.is_waiting for card in cards(merchant=merchant, member_id=found.id)),
        "may_edit": may(request.staff.role, Permission.EDIT_MEMBERS),
        "may_adjust": may(request.staff.role, Permission.ADJUST_POINTS),
    }


def _load_activity(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return the latest of everything, and beside it the person: segment, contact, own fields, tags."""
    merchant = request.staff.merchant
    tier_entry = _tier_entry(merchant, found, merchant.day_of(now))
    return {
        **child_context(request, found, now),
        "story": member_story(merchant=merchant, member=found, length=SHOWN_EVENTS, outlet_ids=own_outlets(request)),
        "tier_entry": tier_entry,
        "tier_by": actor_word(tier_entry.actor_label) if tier_entry else "",
        "standing": standing_of(merchant=merchant, member_id=found.id),
        "reason": _segment_reason(merchant, found, now),
        "tags": tags_of_member(merchant=merchant, member_id=found.id),
        "known_tags": known_tags(merchant=merchant) if may(request.staff.role, Permission.EDIT_MEMBERS) else [],
        "own_values": values_shown(attributes(merchant=merchant), found.attributes),
        "holder": member(merchant=merchant, member_id=found.household_of_id) if found.household_of_id else None,
        "household": household_of(merchant=merchant, holder_id=found.id) if found.phone else [],
        "language": LANGUAGE_WORDS[found.language],
        "outlet": outlet_by_id(merchant=merchant, outlet_id=found.outlet_id).name if found.outlet_id else "",
    }


def _load_data(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return what the member asked about their data, and which records were merged into this one."""
    return {**_data_requests(request, found, now), **_merged_records(request, found, now)}


def _show_erased(request: StaffRequest, member_id: UUID, erased_at: datetime) -> HttpResponse:
    """Show that there was a member: receipts lead here still."""
    found = member(merchant=request.staff.merchant, member_id=member_id, even_erased=True)
    context = {"member": found, "erased_at": erased_at, **_data_requests(request, found, timezone.now())}
    return render(request, "backoffice/members/erased.html", context)


def _data_requests(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return what the member asked about their data, for those who may serve it."""
    if not may(request.staff.role, Permission.EDIT_MEMBERS):
        return {}
    asked = data_requests_of_member(merchant=request.staff.merchant, member_id=found.id)
    return {
        "data_requests": [describe_request(one, {found.id: found}, now) for one in asked],
        "request_kinds": list(REQUEST_WORDS.items()),
    }


def _merged_records(request: StaffRequest, found: MemberFacts, now: datetime) -> dict[str, Any]:
    """Return the records that were merged into the member's, for those who may undo it."""
    if not may(request.staff.role, Permission.EDIT_MEMBERS):
        return {}
    joined = merges_of(merchant=request.staff.merchant, member_id=found.id)
    return {
        "merges": [
            {
                "one": one,
                "who": actor_word(one.actor_label),
                "dialog": f"undo-{one.id}",
                "can_be_undone": one.survivor_id == found.id and can_be_undone(one.at, now),
            }
            for one in joined
        ]
    }


def _block_entry(merchant: MerchantFacts, found: MemberFacts) -> AuditFacts | None:
    """Return who blocked the member, when and why; None where they are not blocked."""
    if not found.is_blocked:
        return None
    entries = audit_entries(merchant=merchant, subject_kind="member", subject_id=found.id, action="member.blocked")
    return entries[0] if entries else None


def _tier_entry(merchant: MerchantFacts, found: MemberFacts, today: date) -> AuditFacts | None:
    """Return who set the tier by hand and why, while no night may take it away; None otherwise."""
    if found.tier_protected_until is None or found.tier_protected_until < today:
        return None
    entries = audit_entries(merchant=merchant, subject_kind="member", subject_id=found.id, action="member.tier_set")
    return entries[0] if entries else None


def _segment_reason(merchant: MerchantFacts, found: MemberFacts, now: datetime) -> str:
    """Why the member is in that segment; who bought since the last night is in none yet."""
    if found.is_restricted:
        return gettext("The data is only kept, so this member is in no segment.")
    if found.segment is None and is_child(found.birth_date, zone=merchant.timezone, at=now):
        return gettext("Under 18, so this member is in no segment.")
    if found.segment is None and found.purchase_count:
        return gettext("Has bought since the last night; the next night puts this member into a segment.")
    return reason(merchant=merchant, member_id=found.id)


@staff_page(Permission.EDIT_MEMBERS)
def member_new(request: StaffRequest) -> HttpResponse:
    form = NewMemberForm(post_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                joined = enrol_member(
                    merchant=request.staff.merchant,
                    draft=EnrolDraft(
                        name=form.cleaned_data["name"],
                        phone=form.cleaned_data["phone"] or None,
                        email=form.cleaned_data["email"] or None,
                        birth_date=form.cleaned_data["birth_date"],
                        promo_consent=form.cleaned_data["promo_consent"],
                        source=MemberSource.STAFF,
                    ),
                    at=timezone.now(),
                )
        except MemberExists as known:
            messages.info(request, gettext("This person is a member already: here they are."))
            return redirect("backoffice:member", member_id=known.facts["member_id"])
        except BadInput as bad:
            add_errors(form, bad)
        else:
            messages.success(request, gettext("%(name)s is a member now.") % {"name": joined.display_name})
            say_consent_not_taken(request, joined, wanted=form.cleaned_data["promo_consent"])
            return redirect("backoffice:member", member_id=joined.id)
    return render(request, "backoffice/members/new.html", {"form": form}, status=400 if form.errors else 200)
