"""A household: people who share one phone number, which is that of its holder. Each has an account of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from common.errors import Refusal
from members.facts import MemberFacts
from members.models import Member
from members.operations.cards import require_card_in_force
from members.operations.purchases import lock_member
from merchants.facts import MerchantFacts

MOST_IN_HOUSEHOLD: Final = 8
"""Beside the holder; more than a family under one roof is a person who collects what joining brings."""


class HouseholdNotPossible(Refusal):
    """`reason`: "no_phone" (the holder has none to share), "shares" (they share another's) or "full"."""

    code = "household_not_possible"


def lock_holder(*, merchant: MerchantFacts, till_id: UUID, member_id: UUID, at: datetime) -> MemberFacts:
    """Lock the member whose phone one more person may share; this till knows them by more than a waiting card.

    While the row is locked no one becomes a holder and a sharer at once, and no household grows past its limit.
    Raises MemberNotFound, CardNotConfirmed, Refusal('member_blocked'), HouseholdNotPossible.
    """
    holder = lock_member(merchant=merchant, member_id=member_id)
    require_card_in_force(merchant=merchant, till_id=till_id, member_id=holder.id, identifier=None, at=at)
    if holder.is_blocked:
        raise Refusal("member_blocked")
    if holder.household_of_id is not None:
        raise HouseholdNotPossible(reason="shares")
    if holder.phone is None:
        raise HouseholdNotPossible(reason="no_phone")
    sharing = Member.objects.filter(merchant_id=merchant.id, household_of_id=holder.id, merged_into_id__isnull=True)
    if sharing.count() >= MOST_IN_HOUSEHOLD:
        raise HouseholdNotPossible(reason="full")
    return holder
