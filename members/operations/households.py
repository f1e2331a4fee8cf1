"""A household: people who share one phone number, which is that of its holder. Each has an account of their own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from common.errors import Refusal
from ledger.facts import Unit
from ledger.operations import lock_accounts
from members.facts import MemberFacts
from members.models import FormerContact, Member
from members.operations.cards import end_cards_of_given_up_contact, require_card_in_force
from members.operations.purchases import lock_member, lock_members
from members.queries.likeness import contact_hash
from members.queries.rows import MemberNotFound
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

MOST_IN_HOUSEHOLD: Final = 8
"""Beside the holder; more than a family under one roof is a person who collects what joining brings."""


class HouseholdNotPossible(Refusal):
    """`reason`: why the phone of the one cannot be shared by the other.

    "no_phone" (the holder has none to share), "shares" (they share another's), "full", "has_phone" (who would share
    has a number of their own), "holds" (others share that one's), "no_contact" (who leaves could no longer be found),
    "not_together" (the two share no phone), "alone" (no one shares it, so there is no wallet to share).
    """

    code = "household_not_possible"


def lock_holder(*, merchant: MerchantFacts, till_id: UUID, member_id: UUID, at: datetime) -> MemberFacts:
    """Lock the member whose phone one more person may share; this till knows them by more than a waiting card.

    While the row is locked no one becomes a holder and a sharer at once, and no household grows past its limit.
    Raises MemberNotFound, CardNotConfirmed, Refusal('member_blocked'), HouseholdNotPossible.
    """
    holder = lock_member(merchant=merchant, member_id=member_id)
    require_card_in_force(merchant=merchant, till_id=till_id, member_id=holder.id, identifier=None, at=at)
    _refuse_full_household(merchant, holder)
    return holder


def lock_holder_for_staff(*, merchant: MerchantFacts, member_id: UUID) -> MemberFacts:
    """Lock the member whose phone staff let one more person share; raises as `lock_holder`, whatever the card."""
    holder = lock_member(merchant=merchant, member_id=member_id)
    _refuse_full_household(merchant, holder)
    return holder


def lock_household(*, merchant: MerchantFacts, holder_id: UUID) -> tuple[MemberFacts, list[MemberFacts]]:
    """Lock the holder with everyone who shares the phone, in the order of their ids. Raises MemberNotFound."""
    sharing = Member.objects.filter(merchant_id=merchant.id, household_of_id=holder_id, merged_into_id__isnull=True)
    locked = lock_members(merchant=merchant, member_ids=[holder_id, *sharing.values_list("id", flat=True)])
    if holder_id not in locked:
        raise MemberNotFound
    return locked[holder_id], [one for one in locked.values() if one.household_of_id == holder_id]


def lock_wallets(*, merchant: MerchantFacts, member_ids: Collection[UUID], at: datetime) -> None:
    """Lock these members' accounts: who redeems from them now ends first, or sees what is changed next."""
    today = merchant.day_of(at)
    for unit in Unit:
        lock_accounts(merchant=merchant, owner_ids=member_ids, unit=unit, business_date=today, at=at, read_lots=False)


def join_household(
    *, merchant: MerchantFacts, holder_id: UUID, member_id: UUID, actor: Actor, at: datetime
) -> MemberFacts:
    """Let a member without a number of their own share the holder's; return the holder.

    Raises MemberNotFound, Refusal('member_blocked'), HouseholdNotPossible.
    """
    holder, sharer = _lock_two(merchant, holder_id, member_id)
    _refuse_full_household(merchant, holder)
    if sharer.phone is not None:
        raise HouseholdNotPossible(reason="has_phone")
    if sharer.id == holder.id or sharer.household_of_id is not None:
        raise HouseholdNotPossible(reason="shares")
    Member.objects.filter(merchant_id=merchant.id, id=sharer.id).update(household_of_id=holder.id)
    _record_household_audit(merchant, actor, "member.household_joined", sharer.id, at)
    return holder


def leave_household(*, merchant: MerchantFacts, member_id: UUID, actor: Actor, at: datetime) -> bool:
    """Let a member share the holder's phone no longer; return False when they shared none.

    Raises MemberNotFound, HouseholdNotPossible when nothing is left by which they could be found.
    """
    sharer = lock_member(merchant=merchant, member_id=member_id)
    if sharer.household_of_id is None:
        return False
    if sharer.email is None and sharer.external_ref is None:
        raise HouseholdNotPossible(reason="no_contact")
    lock_wallets(merchant=merchant, member_ids=[sharer.id], at=at)
    Member.objects.filter(merchant_id=merchant.id, id=sharer.id).update(household_of_id=None)
    _record_household_audit(merchant, actor, "member.household_left", sharer.id, at)
    return True


def hand_over_phone(*, merchant: MerchantFacts, holder_id: UUID, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Make one who shares the phone its holder; everyone else shares it with them, the one who held it too.

    Raises MemberNotFound, Refusal('member_blocked'), HouseholdNotPossible.
    """
    holder, heir = _lock_two(merchant, holder_id, member_id)
    if holder.is_blocked or heir.is_blocked:
        raise Refusal("member_blocked")
    if heir.household_of_id != holder.id or holder.phone is None:
        raise HouseholdNotPossible(reason="not_together")
    rows = Member.objects.filter(merchant_id=merchant.id)
    rows.filter(id=heir.id).update(household_of_id=None)
    rows.filter(id=holder.id).update(phone=None, household_of_id=heir.id, shares_wallet=False)
    rows.filter(id=heir.id).update(phone=holder.phone, shares_wallet=holder.shares_wallet)
    rows.filter(household_of_id=holder.id).update(household_of_id=heir.id)
    FormerContact.objects.create(
        merchant_id=merchant.id,
        member_id=holder.id,
        kind="phone",
        contact_hash=contact_hash(merchant_id=merchant.id, kind="phone", contact=holder.phone),
        given_up_at=at,
    )
    end_cards_of_given_up_contact(merchant=merchant, member_id=holder.id, at=at)
    _record_household_audit(merchant, actor, "member.phone_handed_over", heir.id, at)


def _lock_two(merchant: MerchantFacts, first_id: UUID, second_id: UUID) -> tuple[MemberFacts, MemberFacts]:
    locked = lock_members(merchant=merchant, member_ids=[first_id, second_id])
    if len(locked) < len({first_id, second_id}):
        raise MemberNotFound
    return locked[first_id], locked[second_id]


def _refuse_full_household(merchant: MerchantFacts, holder: MemberFacts) -> None:
    if holder.is_blocked:
        raise Refusal("member_blocked")
    if holder.household_of_id is not None:
        raise HouseholdNotPossible(reason="shares")
    if holder.phone is None:
        raise HouseholdNotPossible(reason="no_phone")
    sharing = Member.objects.filter(merchant_id=merchant.id, household_of_id=holder.id, merged_into_id__isnull=True)
    if sharing.count() >= MOST_IN_HOUSEHOLD:
        raise HouseholdNotPossible(reason="full")


def _record_household_audit(merchant: MerchantFacts, actor: Actor, action: str, member_id: UUID, at: datetime) -> None:
    record_audit(merchant=merchant, actor=actor, action=action, at=at, subject=("member", member_id))
