"""Who looked at what is known of a member."""

from __future__ import annotations

from uuid import UUID

from members.facts import ViewedPart, ViewingFacts
from members.models import Viewing
from merchants.facts import MerchantFacts


def viewings_of_member(*, merchant: MerchantFacts, member_id: UUID) -> list[ViewingFacts]:
    """Return who was shown what of the member on which day, newest first."""
    rows = Viewing.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("-last_at", "-id")
    return [
        ViewingFacts(row.viewer, ViewedPart(row.part), row.viewed_on, row.first_at, row.last_at, row.times)
        for row in rows
    ]
