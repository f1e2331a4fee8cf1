"""Two records of one person become one, in one transaction; within seven days they can be taken apart again.

Every app's own `absorb_member` is called by name, in the house's order of locks: sales, members by id, coupons by id,
redemptions, counters, accounts by id. What an app passed to the survivor it returns; the ids are kept with the merge,
and its `release_member` gives exactly those back.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from campaigns import operations as campaigns
from common.passed_rows import Passed
from ledger import operations as ledger
from members import operations as members
from members.facts import MovedRows
from members.queries import merge_by_id, pair_mark
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from messaging import operations as messaging
from people.operations.breaches import absorb_touched, release_touched
from rewards.catalogue import operations as catalogue
from rewards.coupons import operations as coupons
from rewards.gift_cards import operations as gift_cards
from rewards.promotions import operations as promotions
from rewards.referrals import operations as referrals
from sales import operations as sales


class _Both(TypedDict):
    """What every app's `absorb_member` gets."""

    merchant: MerchantFacts
    survivor_id: UUID
    merged_id: UUID
    at: datetime


class _Back(_Both):
    """What every app's `release_member` gets."""

    moved: Passed
    merged_at: datetime


def merge_members(
    *,
    merchant: MerchantFacts,
    survivor_id: UUID,
    merged_id: UUID,
    chosen: Collection[str] = (),
    seen: str | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Join the merged member's record to the survivor's, with all that hangs on it; return the merge.

    `chosen` are the fields in which the merged record's value wins; `seen` (queries.pair_mark) is what the person saw.
    Raises Missing('member_not_found'), MergeNotPossible, ProfileMoved, PointsOnHold, DebtTooLarge; and
    TemporarilyUnavailable when a sale came in between: ask again.
    """
    members.lock_merging(merchant=merchant)
    locked = sales.lock_sales_of(merchant=merchant, member_id=merged_id)
    survivor, merged = members.lock_pair(merchant=merchant, survivor_id=survivor_id, merged_id=merged_id)
    if seen is not None and seen != pair_mark(merchant=merchant, survivor=survivor, merged=merged):
        raise members.ProfileMoved
    merge_id, passed = members.absorb_member(
        merchant=merchant,
        survivor=survivor,
        merged=merged,
        chosen=chosen,
        actor=actor,
        at=at,
        business_date=merchant.day_of(at),
    )
    both = _Both(merchant=merchant, survivor_id=survivor_id, merged_id=merged_id, at=at)
    coupons.lock_coupons_of(merchant=merchant, member_ids=[survivor_id, merged_id])
    moved: dict[str, Collection[UUID]] = {
        **passed,
        **coupons.absorb_member(**both),
        **catalogue.absorb_member(**both),
        **promotions.absorb_member(**both),
        "accounts": ledger.absorb_member(**both, merge_id=merge_id),
        **gift_cards.absorb_member(**both),
        **referrals.absorb_member(**both),
        **sales.absorb_member(**both, locked=locked),
    }
    places = campaigns.absorb_member(**both)
    moved |= {
        **places,
        **absorb_touched(**both),
        **messaging.absorb_member(**both, staying=places["deliveries_staying"]),
    }
    members.note_moved_rows(merchant=merchant, merge_id=merge_id, passed=_as_passed(moved))
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.merged",
        at=at,
        subject=("member", survivor_id),
        after={"merge": merge_id, "merged": merged.number, "fields": sorted(chosen)},
    )
    return merge_id


def undo_merge(*, merchant: MerchantFacts, merge_id: UUID, actor: Actor, at: datetime) -> UUID:
    """Take the two records apart again, each with what it had; return the member who is on their own again.

    Possible for seven days, as long as nothing new rests on the merge. Raises Missing('merge_not_found'), MergeStands,
    MergedPointsMoved, and Refusal('merged_coupons_used', 'merged_stamps_used', 'merged_rewards_used',
    'merged_sales_returned').
    """
    members.lock_merging(merchant=merchant)
    known = merge_by_id(merchant=merchant, merge_id=merge_id)
    sales.lock_moved_sales(merchant=merchant, moved=known.moved.rows)
    merge, survivor, merged = members.lock_merge(merchant=merchant, merge_id=merge_id, at=at)
    moved = members.release_member(
        merchant=merchant,
        merge=merge,
        survivor=survivor,
        merged=merged,
        actor=actor,
        at=at,
        business_date=merchant.day_of(at),
    )
    both = _Both(merchant=merchant, survivor_id=survivor.id, merged_id=merged.id, at=at)
    back = _Back(**both, moved=moved, merged_at=merge.at)
    coupons.lock_coupons_of(merchant=merchant, member_ids=[survivor.id, merged.id])
    coupons.release_member(**back)
    catalogue.release_member(**back)
    promotions.release_member(**back)
    ledger.release_member(**both, merge_id=merge_id, account_ids=moved.get("accounts", ()))
    gift_cards.release_member(**back)
    referrals.release_member(**back)
    sales.release_member(**back)
    campaigns.release_member(**back)
    release_touched(**back)
    messaging.release_member(**back)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.merge_undone",
        at=at,
        subject=("member", survivor.id),
        after={"merge": merge_id, "merged": merged.number},
    )
    return merged.id


def _as_passed(moved: dict[str, Collection[UUID]]) -> Passed:
    return MovedRows({kind: tuple(ids) for kind, ids in moved.items()}).rows
