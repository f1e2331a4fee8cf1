"""Who shares the number of a member."""

from __future__ import annotations

from uuid import UUID

from members.facts import MemberFacts
from members.models import Member
from members.queries.rows import facts_of, with_ladder
from merchants.facts import MerchantFacts


def household_of(*, merchant: MerchantFacts, holder_id: UUID) -> list[MemberFacts]:
    """List those who share the holder's phone, in the order in which they joined; one statement."""
    rows = Member.objects.filter(merchant_id=merchant.id, household_of_id=holder_id, merged_into_id__isnull=True)
    return [facts_of(row) for row in with_ladder(rows, merchant).order_by("id")]
