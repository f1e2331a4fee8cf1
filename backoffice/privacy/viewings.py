"""Noting that a page showed a member to a person of the staff: the member may ask who looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from backoffice.access import StaffRequest, actor_of
from members.facts import ViewedPart
from members.operations import note_viewing
from merchants.facts import Permission
from merchants.rules import may

SHOWN_FOR: Final = timedelta(seconds=60)
"""How long contacts are shown to those who may not always see them."""
_SHOWN: Final = "contacts_shown"


def note_shown(request: StaffRequest, member_id: UUID, *, in_full: bool) -> None:
    """Note that the person at the screen was shown the member, with contacts `in_full` or hidden."""
    now = timezone.now()
    note_viewing(
        merchant=request.staff.merchant,
        member_id=member_id,
        part=ViewedPart.CONTACT if in_full else ViewedPart.PAGE,
        actor=actor_of(request),
        at=now,
        business_date=request.staff.merchant.day_of(now),
    )


def show_contacts(request: StaffRequest, member_id: UUID, now: datetime) -> None:
    """Let this person see the member's contacts for a minute, in this browser."""
    request.session[_SHOWN] = {"member": str(member_id), "until": (now + SHOWN_FOR).isoformat()}


def seconds_shown(request: StaffRequest, member_id: UUID, now: datetime) -> int | None:
    """Return for how many seconds contacts are still shown; None for those who always see them, 0 for hidden ones."""
    if may(request.staff.role, Permission.SEE_CONTACTS):
        return None
    shown = request.session.get(_SHOWN, {})
    if shown.get("member") != str(member_id):
        return 0
    return max(0, round((datetime.fromisoformat(shown["until"]) - now).total_seconds()))
