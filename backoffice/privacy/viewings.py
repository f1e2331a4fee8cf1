"""Noting that a page showed a member to a person of the staff: the member may ask who looked."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from backoffice.access import StaffRequest, actor_of
from members.facts import ViewedPart
from members.operations import note_viewing


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
