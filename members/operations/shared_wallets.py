"""One wallet for a household: what one of them lacks when redeeming is moved to them from the others first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ledger.operations import LockedAccount, move_to_member
from members.facts import MemberFacts
from members.models import Member
from members.operations.households import HouseholdNotPossible, lock_household, lock_wallets
from members.queries.households import wallet_mates
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit


def choose_wallet(*, merchant: MerchantFacts, holder_id: UUID, is_shared: bool, actor: Actor, at: datetime) -> bool:
    """Let all who share the holder's phone redeem from one wallet, or each from their own; return whether it changed.

    What was moved before stays where it is. Raises MemberNotFound, HouseholdNotPossible('shares', 'alone').
    """
    holder, sharers = lock_household(merchant=merchant, holder_id=holder_id)
    if holder.household_of_id is not None:
        raise HouseholdNotPossible(reason="shares")
    if is_shared and not sharers:
        raise HouseholdNotPossible(reason="alone")
    if holder.shares_wallet == is_shared:
        return False
    lock_wallets(merchant=merchant, member_ids=[holder.id, *(one.id for one in sharers)], at=at)
    Member.objects.filter(merchant_id=merchant.id, id=holder.id).update(shares_wallet=is_shared)
    action = "member.wallet_shared" if is_shared else "member.wallet_separated"
    record_audit(merchant=merchant, actor=actor, action=action, at=at, subject=("member", holder.id))
    return True


def move_missing(
    *,
    merchant: MerchantFacts,
    member: MemberFacts,
    accounts: Mapping[UUID, LockedAccount],
    missing: int,
) -> int:
    """Move what the member lacks from those of the household whose accounts are locked; return what was moved.

    Who is in the household is asked once more under the locks: one who left meanwhile gives nothing.
    """
    if missing <= 0:
        return 0
    mates = wallet_mates(merchant=merchant, member=member)
    others = [accounts[mate] for mate in mates if mate in accounts]
    return move_to_member(merchant=merchant, account=accounts[member.id], others=others, amount=missing)
