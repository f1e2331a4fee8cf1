"""Merges, and pairs of members who may be one person."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from common.errors import Missing
from members.facts import DuplicatePair, MatchReason, MergeFacts, MovedRows
from members.models import Member, MemberMerge
from members.queries.lookups import members_by_id
from members.rules import UNDO_DAYS
from merchants.facts import MerchantFacts

PAIRS_PER_PAGE: Final = 20
MOST_OF_ONE_KEY: Final = 10
"""What more members share than this is a shop's own telephone or tablet, not a person."""


def merge_by_id(*, merchant: MerchantFacts, merge_id: UUID) -> MergeFacts:
    """Return the merge. Raises Missing('merge_not_found')."""
    row = MemberMerge.objects.select_related("merged").filter(merchant_id=merchant.id, id=merge_id).first()
    if row is None:
        raise Missing("merge_not_found")
    return _merge_facts(row)


def merges_of(*, merchant: MerchantFacts, member_id: UUID) -> list[MergeFacts]:
    """Return the records that were joined to the member's and still are, newest first."""
    joined = Member.objects.filter(merchant_id=merchant.id, merged_into_id=member_id)
    rows = MemberMerge.objects.select_related("merged").filter(
        merchant_id=merchant.id, undone_at__isnull=True, merged_id__in=joined.values("id")
    )
    return [_merge_facts(row) for row in rows.order_by("-at", "-id")]


def recent_merges(*, merchant: MerchantFacts, now: datetime) -> list[MergeFacts]:
    """Return the merges of the days in which one can be undone, newest first, at most a page of them."""
    rows = MemberMerge.objects.select_related("merged").filter(merchant_id=merchant.id, undone_at__isnull=True)
    return [_merge_facts(row) for row in rows.filter(at__gt=now - UNDO_DAYS).order_by("-at", "-id")[:PAIRS_PER_PAGE]]


def _merge_facts(row: MemberMerge) -> MergeFacts:
    return MergeFacts(
        id=row.id,
        survivor_id=row.survivor_id,
        merged_id=row.merged_id,
        merged_number=row.merged.number,
        at=row.at,
        actor_label=row.actor_label,
        taken=tuple(row.taken),
        moved=MovedRows.from_json(row.moved),
        undone_at=row.undone_at,
    )


# What two records have in common, each with its own index (members/migrations/sql/0002_merges.up.sql).
_PHONE: Final = "right({row}.phone, 9)"
_EMAIL: Final = (
    "CASE WHEN {row}.email_key LIKE '%%+%%@%%' THEN replace("
    "split_part({row}.email_key, '+', 1) || '@' || split_part({row}.email_key, '@', 2), '.', '')"
    " ELSE replace({row}.email_key, '.', '') END"
)
_BIRTHDAY: Final = "lower({row}.name) || ({row}.birth_date - DATE '1900-01-01')"
_DEVICE: Final = "{row}.joined_device_hash"
_ALIVE: Final = "{row}.merchant_id = %(merchant)s AND {row}.status = 'active'"
_KEYS: Final = {
    MatchReason.PHONE: (_PHONE, "{row}.phone IS NOT NULL"),
    MatchReason.EMAIL: (_EMAIL, "{row}.email_key IS NOT NULL"),
    MatchReason.BIRTHDAY: (_BIRTHDAY, "{row}.birth_date IS NOT NULL AND {row}.name <> ''"),
    MatchReason.DEVICE: (_DEVICE, "{row}.joined_device_hash IS NOT NULL"),
}


def _pairs_of(reason: MatchReason) -> str:
    """Return the SQL of the pairs that share a key: the keys that occur more than once, then who has them."""
    key, known = _KEYS[reason]
    first, second, row = ({"row": alias} for alias in ("a", "b", "k"))
    return f"""
        SELECT a.id AS first_id, b.id AS second_id, '{reason.value}' AS reason
        FROM (SELECT {key.format(**row)} AS shared FROM members_member k
              WHERE {_ALIVE.format(**row)} AND {known.format(**row)}
              GROUP BY 1 HAVING count(*) BETWEEN 2 AND {MOST_OF_ONE_KEY}) twice
        JOIN members_member a ON {_ALIVE.format(**first)} AND {known.format(**first)}
         AND {key.format(**first)} = twice.shared
        JOIN members_member b ON {_ALIVE.format(**second)} AND {known.format(**second)}
         AND {key.format(**second)} = twice.shared AND b.id > a.id"""  # noqa: S608 - our own words


# A customer number of another system that is a telephone number.
_NUMBER_AS_PHONE: Final = rf"""
        SELECT least(a.id, b.id), greatest(a.id, b.id), '{MatchReason.PHONE.value}'
        FROM members_member a
        JOIN members_member b ON {_ALIVE.format(row="b")} AND b.phone IS NOT NULL AND b.id <> a.id
         AND {_PHONE.format(row="b")} = right(a.external_ref, 9)
        WHERE {_ALIVE.format(row="a")} AND a.external_ref ~ '^[+]?[0-9]{{9,15}}$'"""  # noqa: S608 - our own words

_PAIRS: Final = f"""
    SELECT p.first_id, p.second_id, array_agg(DISTINCT p.reason) AS reasons
    FROM ({" UNION ALL ".join([*map(_pairs_of, MatchReason), _NUMBER_AS_PHONE])}) p
    WHERE (%(first)s::uuid IS NULL OR (p.first_id, p.second_id) > (%(first)s::uuid, %(second)s::uuid))
      AND NOT EXISTS (
        SELECT FROM members_notsameperson n
        WHERE n.merchant_id = %(merchant)s AND n.first_id = p.first_id AND n.second_id = p.second_id)
    GROUP BY p.first_id, p.second_id ORDER BY p.first_id, p.second_id LIMIT %(limit)s"""  # noqa: S608 - our own words


def duplicate_pairs(
    *, merchant: MerchantFacts, after: tuple[UUID, UUID] | None = None, limit: int = PAIRS_PER_PAGE
) -> list[DuplicatePair]:
    """List pairs that may be one person, those staff said are two left out; `after` is the pair before.

    Two statements, however many members there are.
    """
    first, second = after or (None, None)
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"merchant": merchant.id, "first": first, "second": second, "limit": limit})
        found = cursor.fetchall()
    people = members_by_id(merchant=merchant, member_ids=sorted({one for row in found for one in row[:2]}))
    return [
        DuplicatePair(people[a], people[b], tuple(reason for reason in MatchReason if reason.value in reasons))
        for a, b, reasons in found
    ]


_REASONS: Final = " UNION ALL ".join(
    f"""
    SELECT '{reason.value}' FROM members_member a
    JOIN members_member b ON b.merchant_id = %(merchant)s AND b.id = %(second)s
     AND {key.format(row="b")} = {key.format(row="a")} AND {known.format(row="b")}
    WHERE a.merchant_id = %(merchant)s AND a.id = %(first)s AND {known.format(row="a")}"""  # noqa: S608 - our own words
    for reason, (key, known) in _KEYS.items()
)


def reasons_of_pair(*, merchant: MerchantFacts, first_id: UUID, second_id: UUID) -> tuple[MatchReason, ...]:
    """Return what two members have in common; empty when nothing does."""
    both = Member.objects.filter(merchant_id=merchant.id, id__in=[first_id, second_id]).values_list("id", flat=True)
    if len(both) < 2:
        return ()
    smaller, larger = sorted((first_id, second_id))
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, {"merchant": merchant.id, "first": smaller, "second": larger})
        found = {row[0] for row in cursor.fetchall()}
    return tuple(reason for reason in MatchReason if reason.value in found)
