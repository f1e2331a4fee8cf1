"""Joining two records of one person in this app: who they are, what they said, their tags, tier and household."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from common.errors import Missing, Refusal
from common.ids import new_id
from common.passed_rows import Passed, pass_rows
from members.facts import DataRequestState, MemberFacts, MemberStatus, MovedRows
from members.models import DataRequest, Member, MemberMerge, NotSamePerson
from members.operations.cards import renew_card_after_undo
from members.operations.guardians import pass_guardians, return_guardians
from members.operations.merged_records import (
    MergeNotPossible,
    join_households,
    join_referrals,
    join_tags,
    join_texts,
    mark_of_fields,
    part_households,
    part_tags,
    part_texts,
    swap_fields,
)
from members.operations.merged_standings import join_tiers, part_tiers, restore_consents, take_newer_consents
from members.queries.rows import facts_of, with_ladder
from members.rules import UNDO_DAYS, can_be_undone, merge_problem, taken_fields
from merchants.facts import Actor, MerchantFacts


class MergeStands(Refusal):
    """The merge can no longer be undone; `reason`: "too_late", "undone", "merged_again", "erased", "fields_edited".

    Or the survivor is no active member now ("inactive"), whose data is only kept ("restricted"), or a request about it
    is open ("requested").
    """

    code = "merge_stands"


def lock_merging(*, merchant: MerchantFacts) -> None:
    """Let one merge of a merchant go on at a time, before any row is locked.

    Who waits for a record while it is merged away holds it, and asks for the survivor next. So merges lock records that
    are merged away before their survivors, and no two of them may change who is whose survivor meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"merging {merchant.id}"])


def _has_open_request(merchant: MerchantFacts, member_ids: Sequence[UUID]) -> bool:
    """Return whether a request about the data of one of them waits for its answer."""
    rows = DataRequest.objects.filter(merchant_id=merchant.id, member_id__in=member_ids)
    return rows.filter(state=DataRequestState.OPEN.value).exists()


def lock_pair(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID) -> tuple[MemberFacts, MemberFacts]:
    """Lock both rows by id and return them. Raises Missing('member_not_found'), MergeNotPossible."""
    if survivor_id == merged_id:
        raise MergeNotPossible(reason="same")
    both = Member.objects.filter(merchant_id=merchant.id, id__in=[survivor_id, merged_id], erased_at__isnull=True)
    both = both.order_by("id")
    if both.filter(merged_into_id__isnull=False).exists():
        raise MergeNotPossible(reason="merged")
    _lock_records(merchant, merged_into=merged_id)
    found = {row.id: facts_of(row) for row in with_ladder(both, merchant).select_for_update(of=("self",))}
    if len(found) < 2:
        raise Missing("member_not_found")
    problem = merge_problem(found[survivor_id], found[merged_id])
    if problem is None and _has_open_request(merchant, [survivor_id, merged_id]):
        problem = "requested"
    if problem is not None:
        raise MergeNotPossible(reason=problem)
    return found[survivor_id], found[merged_id]


def absorb_member(
    *,
    merchant: MerchantFacts,
    survivor: MemberFacts,
    merged: MemberFacts,
    chosen: Collection[str],
    actor: Actor,
    at: datetime,
    business_date: date,
) -> tuple[UUID, Passed]:
    """Join the merged record to the survivor's; return the merge and what passed. Both rows are locked.

    `chosen` are the fields in which the merged record's value wins; both rows swap them, so that what did not win is
    still found by a till. The newest word about a consent counts. Raises MergeNotPossible.
    """
    taken = taken_fields(survivor, merged, chosen)
    households = join_households(merchant, survivor, merged, taken)
    before = Member.objects.filter(merchant_id=merchant.id, merged_into_id=merged.id)
    merged_before = list(before.order_by("id").values_list("id", flat=True))
    before.update(merged_into_id=survivor.id)
    merge = MemberMerge.objects.create(
        merchant_id=merchant.id,
        id=new_id(),
        survivor_id=survivor.id,
        merged_id=merged.id,
        at=at,
        actor_id=actor.user_id,
        actor_label=actor.label,
        taken=list(taken),
        moved=MovedRows().to_json(),
        tier_before_id=survivor.tier.id if survivor.tier else None,
    )
    Member.objects.filter(merchant_id=merchant.id, id=merged.id).update(
        status=MemberStatus.MERGED.value, merged_into_id=survivor.id
    )
    swap_fields(merchant, survivor.id, merged.id, taken)
    passed = {
        **households,
        "merged_before": merged_before,
        **pass_guardians(merchant=merchant, from_id=merged.id, to_id=survivor.id),
        **join_tags(merchant, survivor.id, merged.id),
        **join_referrals(merchant, survivor, merged),
    }
    join_texts(merchant, survivor, merged)
    join_tiers(merchant, survivor, merged, actor=actor, at=at, business_date=business_date)
    take_newer_consents(merchant, survivor.id, merged.id, actor=actor, at=at)
    merge.fields_mark = mark_of_fields(merchant, survivor.id, taken)
    merge.save(update_fields=["fields_mark"])
    return merge.id, passed


def _lock_records(merchant: MerchantFacts, *, merged_into: UUID) -> None:
    """Lock what was merged into the record before: it changes its survivor."""
    rows = Member.objects.filter(merchant_id=merchant.id, merged_into_id=merged_into).order_by("id")
    list(rows.select_for_update(of=("self",)).values_list("id", flat=True))


def note_moved_rows(*, merchant: MerchantFacts, merge_id: UUID, passed: Passed) -> None:
    """Keep which rows passed with the merge, for the way back."""
    moved = MovedRows({kind: tuple(ids) for kind, ids in passed.items() if ids})
    MemberMerge.objects.filter(merchant_id=merchant.id, id=merge_id).update(moved=moved.to_json())


def lock_merge(
    *, merchant: MerchantFacts, merge_id: UUID, at: datetime
) -> tuple[MemberMerge, MemberFacts, MemberFacts]:
    """Lock both records of a merge, the merged one first; return it with the survivor and the merged record.

    Raises Missing('merge_not_found'), MergeStands.
    """
    found = MemberMerge.objects.filter(merchant_id=merchant.id, id=merge_id).first()
    if found is None:
        raise Missing("merge_not_found")
    before = MovedRows.from_json(found.moved).rows.get("merged_before", ())
    rows = Member.objects.filter(merchant_id=merchant.id)
    list(rows.filter(id__in=before).order_by("id").select_for_update(of=("self",)).values_list("id", flat=True))
    locked = {
        row.id: row
        for member_id in (found.merged_id, found.survivor_id)
        for row in with_ladder(rows.filter(id=member_id), merchant).select_for_update(of=("self",))
    }
    merge = MemberMerge.objects.get(merchant_id=merchant.id, id=merge_id)
    if merge.undone_at is not None:
        raise MergeStands(reason="undone")
    if not can_be_undone(merge.at, at):
        raise MergeStands(reason="too_late", days=UNDO_DAYS.days)
    survivor = locked[merge.survivor_id]
    if survivor.merged_into_id is not None:
        raise MergeStands(reason="merged_again")
    if survivor.erased_at is not None:
        raise MergeStands(reason="erased")
    if survivor.status != MemberStatus.ACTIVE.value:
        raise MergeStands(reason="inactive")
    if survivor.restricted_at is not None:
        raise MergeStands(reason="restricted")
    if _has_open_request(merchant, [merge.survivor_id]):
        raise MergeStands(reason="requested")
    if merge.fields_mark != mark_of_fields(merchant, merge.survivor_id, merge.taken):
        raise MergeStands(reason="fields_edited")
    return merge, facts_of(locked[merge.survivor_id]), facts_of(locked[merge.merged_id])


def release_member(
    *,
    merchant: MerchantFacts,
    merge: MemberMerge,
    survivor: MemberFacts,
    merged: MemberFacts,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> Passed:
    """Take the two records apart again, each as it was; return what had passed. Locked by `lock_merge`."""
    moved = MovedRows.from_json(merge.moved).rows
    MemberMerge.objects.filter(merchant_id=merchant.id, id=merge.id).update(undone_at=at, undone_by=actor.label)
    rows = Member.objects.filter(merchant_id=merchant.id)
    rows.filter(id__in=[survivor.id, merged.id]).update(household_of_id=None)
    swap_fields(merchant, survivor.id, merged.id, merge.taken)
    rows.filter(id=merged.id).update(status=MemberStatus.ACTIVE.value, merged_into_id=None)
    rows.filter(id__in=list(moved.get("merged_before", ()))).update(merged_into_id=merged.id)
    part_households(merchant, survivor.id, merged.id, moved)
    return_guardians(merchant=merchant, from_id=survivor.id, to_id=merged.id, moved=moved)
    part_tags(merchant, survivor.id, merged.id, moved, at)
    pass_rows(
        "members_member",
        merchant_id=merchant.id,
        from_id=survivor.id,
        to_id=merged.id,
        column="referred_by_id",
        ids=list(moved.get("brought", ())),
    )
    rows.filter(id=survivor.id, referred_by_id__in=list(moved.get("brought_by", ()))).update(referred_by_id=None)
    part_texts(merchant, survivor, merged, merge.taken)
    part_tiers(merchant, merge, survivor, merged, actor=actor, at=at, business_date=business_date)
    restore_consents(merchant, survivor.id, merge, actor=actor, at=at)
    renew_card_after_undo(merchant=merchant, member_id=merged.id, at=at, actor=actor)
    return moved


def say_not_same(*, merchant: MerchantFacts, first_id: UUID, second_id: UUID, actor: Actor, at: datetime) -> None:
    """Note that a pair is two people, so that it is not offered again. Raises Missing('member_not_found')."""
    smaller, larger = sorted((first_id, second_id))
    known = Member.objects.filter(merchant_id=merchant.id, id__in=[smaller, larger]).count()
    if known < 2:
        raise Missing("member_not_found")
    row = NotSamePerson(
        merchant_id=merchant.id, id=new_id(), first_id=smaller, second_id=larger, said_at=at, said_by=actor.label
    )
    NotSamePerson.objects.bulk_create([row], ignore_conflicts=True)
