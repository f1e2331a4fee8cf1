"""Who shares the number of a member."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, Q

from members.facts import MemberFacts, MemberStatus
from members.models import Member
from members.queries.rows import facts_of, with_ladder
from merchants.facts import MerchantFacts


def household_of(*, merchant: MerchantFacts, holder_id: UUID) -> list[MemberFacts]:
    """List those who share the holder's phone, in the order in which they joined; one statement."""
    rows = Member.objects.filter(merchant_id=merchant.id, household_of_id=holder_id, merged_into_id__isnull=True)
    return [facts_of(row) for row in with_ladder(rows, merchant).order_by("id")]


def wallet_mates(*, merchant: MerchantFacts, member: MemberFacts) -> list[UUID]:
    """Return whose points and wallet money the member may redeem beside their own, by id.

    None outside of a household with one wallet, and then no statement for who neither shares nor lets share. Blocked
    members, and those whose data is only kept, neither give nor take.
    """
    holder_id = member.household_of_id or (member.id if member.shares_wallet else None)
    if holder_id is None or member.is_blocked or member.is_restricted:
        return []
    every = Member.objects.filter(merchant_id=merchant.id, merged_into_id__isnull=True)
    rows = every.filter(
        Q(id=holder_id) | Q(household_of_id=holder_id),
        Exists(every.filter(id=holder_id, shares_wallet=True)),
        restricted_at__isnull=True,
        status=MemberStatus.ACTIVE.value,
    )
    return list(rows.exclude(id=member.id).order_by("id").values_list("id", flat=True))
