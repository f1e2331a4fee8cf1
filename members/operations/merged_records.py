"""What a record holds of one member, joined to another's and taken apart: fields, notes, household, tags, referrals."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from common.errors import Refusal
from common.ids import new_id
from common.passed_rows import Passed, pass_rows
from common.secrets import keyed_hash
from members.facts import MemberFacts
from members.models import Member, MemberTag
from members.rules import ATTRIBUTE
from merchants.facts import MerchantFacts

_WITH: Final = {"email": ("email_key",), "birth_date": ("birth_date_changed_on",)}
_UNIQUE: Final = ("phone", "email", "email_key", "external_ref")
_HAS_TAG: Final = (
    "EXISTS (SELECT FROM members_membertag o WHERE o.merchant_id = t.merchant_id AND o.member_id = %(to)s"
    " AND o.tag_id = t.tag_id)"
)


class MergeNotPossible(Refusal):
    """`reason`: "same", "merged", "blocked", "restricted", "requested", "inactive" or "household".

    "requested": a request about the data of one is open. "household": who is merged away holds a shared phone, and
    the survivor has none.
    """

    code = "merge_not_possible"


def _columns_of(fields: Collection[str]) -> list[str]:
    plain = [name for name in fields if not name.startswith(ATTRIBUTE)]
    return [column for name in plain for column in (name, *_WITH.get(name, ()))]


def swap_fields(merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, fields: Collection[str]) -> None:
    """Swap the fields between both rows; what must be unique is emptied on one side first."""
    rows = Member.objects.filter(merchant_id=merchant.id)
    columns = _columns_of(fields)
    names = [name.removeprefix(ATTRIBUTE) for name in fields if name.startswith(ATTRIBUTE)]
    if not columns and not names:
        return
    [ours] = rows.filter(id=survivor_id).values("attributes", *columns)
    [theirs] = rows.filter(id=merged_id).values("attributes", *columns)
    our_own, their_own = dict(ours.pop("attributes")), dict(theirs.pop("attributes"))
    for name in names:
        kept = our_own.pop(name, None)
        if name in their_own:
            our_own[name] = their_own.pop(name)
        if kept is not None:
            their_own[name] = kept
    emptied = {column: None for column in columns if column in _UNIQUE}
    if emptied:
        rows.filter(id=merged_id).update(**emptied)
    rows.filter(id=survivor_id).update(attributes=our_own, **theirs)
    rows.filter(id=merged_id).update(attributes=their_own, **ours)


def mark_of_fields(merchant: MerchantFacts, member_id: UUID, fields: Collection[str]) -> str:
    """Return a keyed mark of the member's values of these fields."""
    row = Member.objects.get(merchant_id=merchant.id, id=member_id)
    known = [[name, getattr(row, name)] for name in sorted(_columns_of(fields))]
    own = [[name, row.attributes.get(name.removeprefix(ATTRIBUTE))] for name in sorted(fields) if ATTRIBUTE in name]
    text = json.dumps([str(member_id), known, own], cls=DjangoJSONEncoder)
    return keyed_hash(merchant.id, text).hex()


def join_texts(merchant: MerchantFacts, survivor: MemberFacts, merged: MemberFacts) -> None:
    """Put the notes of both together, the survivor's first."""
    if merged.notes and merged.notes not in survivor.notes:
        notes = f"{survivor.notes}\n{merged.notes}" if survivor.notes else merged.notes
        Member.objects.filter(merchant_id=merchant.id, id=survivor.id).update(notes=notes)


def part_texts(merchant: MerchantFacts, survivor: MemberFacts, merged: MemberFacts, taken: Sequence[str]) -> None:
    """Take the merged record's notes out again where they still stand at the end."""
    if merged.notes and survivor.notes.endswith(merged.notes):
        notes = survivor.notes.removesuffix(merged.notes).rstrip("\n")
        Member.objects.filter(merchant_id=merchant.id, id=survivor.id).update(notes=notes)


def join_households(
    merchant: MerchantFacts, survivor: MemberFacts, merged: MemberFacts, taken: Collection[str]
) -> dict[str, list[UUID]]:
    """Let who shares the merged member's phone share the survivor's; return what it was like before."""
    rows = Member.objects.filter(merchant_id=merchant.id)
    sharing = rows.filter(household_of_id=merged.id, merged_into_id__isnull=True).exclude(id=survivor.id)
    ids = list(sharing.order_by("id").values_list("id", flat=True))
    has_phone = survivor.phone is not None or "phone" in taken
    if ids and not has_phone:
        raise MergeNotPossible(reason="household")
    holder_id = survivor.household_of_id if survivor.household_of_id != merged.id else None
    if not has_phone and holder_id is None and merged.household_of_id != survivor.id:
        holder_id = merged.household_of_id
    has_own = rows.filter(household_of_id=survivor.id, merged_into_id__isnull=True).exclude(id=merged.id).exists()
    takes_choice = merged.shares_wallet and has_phone and not has_own
    rows.filter(id=merged.id).update(household_of_id=None, shares_wallet=False)
    rows.filter(id=survivor.id).update(
        household_of_id=None if has_phone else holder_id, shares_wallet=takes_choice or survivor.shares_wallet
    )
    sharing.update(household_of_id=survivor.id)
    return {
        "sharing": ids,
        "wallet": [merged.id] if merged.shares_wallet else [],
        "wallet_passed": [survivor.id] if takes_choice and not survivor.shares_wallet else [],
        "survivor_holder": [survivor.household_of_id] if survivor.household_of_id else [],
        "merged_holder": [merged.household_of_id] if merged.household_of_id else [],
    }


def part_households(merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed) -> None:
    rows = Member.objects.filter(merchant_id=merchant.id)
    rows.filter(id__in=list(moved.get("sharing", ())), household_of_id=survivor_id).update(household_of_id=merged_id)
    rows.filter(id__in=list(moved.get("wallet", ()))).update(shares_wallet=True)
    rows.filter(id__in=list(moved.get("wallet_passed", ()))).update(shares_wallet=False)
    for member_id, kind in ((survivor_id, "survivor_holder"), (merged_id, "merged_holder")):
        for holder_id in moved.get(kind, ()):
            rows.filter(id=member_id, phone__isnull=True).update(household_of_id=holder_id)


def join_tags(merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID) -> dict[str, list[UUID]]:
    """Give the survivor the tags; those that both have are dropped with the merged record."""
    passed = pass_rows(
        "members_membertag", merchant_id=merchant.id, from_id=merged_id, to_id=survivor_id, unless=_HAS_TAG
    )
    both = MemberTag.objects.filter(merchant_id=merchant.id, member_id=merged_id)
    dropped = list(both.order_by("id").values_list("tag_id", flat=True))
    both.delete()
    return {"tags": passed, "tags_dropped": dropped}


def part_tags(merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, at: datetime) -> None:
    pass_rows(
        "members_membertag",
        merchant_id=merchant.id,
        from_id=survivor_id,
        to_id=merged_id,
        ids=list(moved.get("tags", ())),
    )
    rows = [
        MemberTag(
            merchant_id=merchant.id, id=new_id(), tag_id=tag_id, member_id=merged_id, batch_id=new_id(), added_at=at
        )
        for tag_id in moved.get("tags_dropped", ())
    ]
    MemberTag.objects.bulk_create(rows, ignore_conflicts=True)


def join_referrals(merchant: MerchantFacts, survivor: MemberFacts, merged: MemberFacts) -> dict[str, list[UUID]]:
    """Pass whom the merged member brought, and who brought them unless someone brought the survivor."""
    brought = pass_rows(
        "members_member",
        merchant_id=merchant.id,
        from_id=merged.id,
        to_id=survivor.id,
        column="referred_by_id",
        unless="t.id = %(to)s",
    )
    by = merged.referred_by_id
    if survivor.referred_by_id is not None or by in (None, survivor.id):
        return {"brought": brought}
    Member.objects.filter(merchant_id=merchant.id, id=survivor.id).update(referred_by_id=by)
    return {"brought": brought, "brought_by": [by] if by else []}
