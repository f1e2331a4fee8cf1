"""Tags given to many members at once, and taken back as one action."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from common.errors import BadInput, FieldError, Missing
from common.ids import new_id
from common.text import caseless_line, is_printable
from members.models import MemberTag, Tag
from members.operations.purchases import lock_member
from members.queries.lists import MemberFilter, narrowed_members
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

LONGEST_TAG = 40


def read_tag(name: str) -> str:
    """Return the tag as it is kept. Raises BadInput (/tag)."""
    written = caseless_line(name)
    if not written or len(written) > LONGEST_TAG or not is_printable(written):
        raise BadInput([FieldError("/tag", "tag_malformed", "A tag has 1 to 40 letters, digits or signs.")])
    return written


def tag_members(
    *,
    merchant: MerchantFacts,
    name: str,
    filters: MemberFilter,
    at: datetime,
    actor: Actor,
    batch_id: UUID | None = None,
) -> tuple[UUID, int]:
    """Give everyone who fits the tag, in one statement; members who have it already keep it as it is.

    Return the action's id, by which it can be taken back, and how many got the tag. Raises BadInput (/tag).
    """
    written = read_tag(name)
    tag, _ = Tag.objects.get_or_create(merchant_id=merchant.id, name=written, defaults={"created_at": at})
    batch_id = batch_id or new_id()
    chosen, values = narrowed_members(merchant, filters).order_by().values("merchant_id", "id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {MemberTag._meta.db_table} (merchant_id, id, tag_id, member_id, batch_id, added_at) "  # noqa: S608
            f"SELECT fits.merchant_id, uuidv7(), %s, fits.id, %s, %s FROM ({chosen}) AS fits "
            "ON CONFLICT (merchant_id, tag_id, member_id) DO NOTHING",
            [tag.id, batch_id, at, *values],
        )
        count = cursor.rowcount
    if not count:
        return batch_id, 0
    record_audit(
        merchant=merchant,
        actor=actor,
        action="members.tagged",
        at=at,
        subject=("members", batch_id),
        after={"tag": written, "count": count},
    )
    return batch_id, count


def tag_member(*, merchant: MerchantFacts, member_id: UUID, name: str, at: datetime, actor: Actor) -> bool:
    """Give one member a tag; return whether they had it not. Raises MemberNotFound, BadInput (/tag)."""
    written = read_tag(name)
    member = lock_member(merchant=merchant, member_id=member_id)
    tag, _ = Tag.objects.get_or_create(merchant_id=merchant.id, name=written, defaults={"created_at": at})
    _, given = MemberTag.objects.get_or_create(
        merchant_id=merchant.id,
        tag_id=tag.id,
        member_id=member.id,
        defaults={"batch_id": new_id(), "added_at": at},
    )
    if given:
        record_audit(
            merchant=merchant,
            actor=actor,
            action="member.tagged",
            at=at,
            subject=("member", member.id),
            after={"tag": written},
        )
    return given


def untag_member(*, merchant: MerchantFacts, member_id: UUID, tag_id: UUID, at: datetime, actor: Actor) -> bool:
    """Take a tag from one member; return whether they had it. Raises MemberNotFound."""
    member = lock_member(merchant=merchant, member_id=member_id)
    given = MemberTag.objects.filter(merchant_id=merchant.id, member_id=member.id, tag_id=tag_id)
    name = given.values_list("tag__name", flat=True).first()
    count, _ = given.delete()
    if count:
        record_audit(
            merchant=merchant,
            actor=actor,
            action="member.untagged",
            at=at,
            subject=("member", member.id),
            before={"tag": name},
        )
    return bool(count)


def untag_members(*, merchant: MerchantFacts, tag_id: UUID, filters: MemberFilter, at: datetime, actor: Actor) -> int:
    """Take the tag from everyone who fits and has it; return how many. Raises Missing('tag_not_found')."""
    tag = Tag.objects.filter(merchant_id=merchant.id, id=tag_id).first()
    if tag is None:
        raise Missing("tag_not_found")
    chosen = narrowed_members(merchant, filters).order_by().values("id")
    count, _ = MemberTag.objects.filter(merchant_id=merchant.id, tag_id=tag_id, member_id__in=chosen).delete()
    if count:
        record_audit(
            merchant=merchant,
            actor=actor,
            action="members.untagged",
            at=at,
            subject=("members", tag_id),
            before={"tag": tag.name, "count": count},
        )
    return count


def untag_batch(*, merchant: MerchantFacts, batch_id: UUID, at: datetime, actor: Actor) -> int:
    """Take back exactly what one action gave. Raises Missing('tagging_not_found')."""
    given = MemberTag.objects.filter(merchant_id=merchant.id, batch_id=batch_id)
    name = given.order_by("id").values_list("tag__name", flat=True).first()
    count, _ = given.delete()
    if not count:
        raise Missing("tagging_not_found")
    record_audit(
        merchant=merchant,
        actor=actor,
        action="members.untagged",
        at=at,
        subject=("members", batch_id),
        before={"tag": name, "count": count},
    )
    return count
