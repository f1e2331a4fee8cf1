"""Breaches of personal data: the list, one of them, whom it touched and how far telling them is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from common.errors import Missing
from merchants.facts import MerchantFacts
from people.facts import (
    BreachCause,
    BreachData,
    BreachDraft,
    BreachFacts,
    BreachMeasure,
    BreachState,
    Letter,
    Reach,
    TouchedBy,
    TouchedFacts,
)
from people.models import Breach, TouchedMember

UNREACHED: Final = (Reach.FAILED, Reach.TO_TELL)
"""Who is still to be informed by phone or letter."""


class BreachNotFound(Missing):
    """This merchant has no such breach."""

    code = "breach_not_found"


# A member who is erased, or whose record is another's today, is informed by no one.
_REACH: Final = """CASE
    WHEN t.told_at IS NOT NULL THEN 'told'
    WHEN o.state = 'accepted' THEN 'mailed'
    WHEN o.state = 'uncertain' THEN 'uncertain'
    WHEN coalesce(s.status, 'merged') IN ('erased', 'merged') THEN 'gone'
    WHEN t.channel = '' THEN 'waiting'
    WHEN t.channel = 'other' THEN 'to_tell'
    WHEN o.state IN ('queued', 'sending', 'deferred') THEN 'on_its_way'
    ELSE 'failed' END"""
_TOUCHED: Final = f"""
    SELECT t.id, t.member_id, t.why, {_REACH} AS reach, coalesce(t.told_at, o.sent_at) AS reach_at,
           t.told_by, t.told_by_staff
    FROM people_touchedmember t
    LEFT JOIN messaging_outcome o ON o.merchant_id = %(merchant)s AND o.message_id = t.message_id
    LEFT JOIN members_standing s ON s.merchant_id = %(merchant)s AND s.member_id = t.member_id
    WHERE t.merchant_id = %(merchant)s"""  # noqa: S608 - constants
_OF_BREACH: Final = f"""
    SELECT * FROM ({_TOUCHED} AND t.breach_id = %(breach)s) AS told
    WHERE (%(reaches)s::text[] IS NULL OR reach = ANY(%(reaches)s::text[]))
      AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
    ORDER BY id LIMIT %(limit)s"""  # noqa: S608 - constants
_COUNTS: Final = f"""
    SELECT reach, count(*) FROM ({_TOUCHED} AND t.breach_id = %(breach)s) AS told GROUP BY reach"""  # noqa: S608
_OF_MEMBER: Final = f"{_TOUCHED} AND t.member_id = %(member)s ORDER BY t.id"


def breach(*, merchant: MerchantFacts, breach_id: UUID) -> BreachFacts:
    """Return the breach. Raises BreachNotFound."""
    row = Breach.objects.filter(merchant_id=merchant.id, id=breach_id).first()
    if row is None:
        raise BreachNotFound
    return breach_facts(row)


def breaches(
    *, merchant: MerchantFacts, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[BreachFacts]:
    """Return the breaches, the one known last first; continued after the (known_at, id) of the last one."""
    rows = Breach.objects.filter(merchant_id=merchant.id)
    if after is not None:
        rows = rows.filter(Q(known_at__lt=after[0]) | Q(known_at=after[0], id__lt=after[1]))
    return [breach_facts(row) for row in rows.order_by("-known_at", "-id")[:limit]]


def count_breaches(*, merchant: MerchantFacts) -> tuple[int, int]:
    """Return how many breaches there are, and how many of them are not closed."""
    rows = Breach.objects.filter(merchant_id=merchant.id)
    found = rows.aggregate(every=Count("id"), waiting=Count("id", filter=~Q(state=BreachState.CLOSED.value)))
    return found["every"], found["waiting"]


def breaches_by_id(*, merchant: MerchantFacts, breach_ids: Collection[UUID]) -> dict[UUID, BreachFacts]:
    """Return breaches by id."""
    rows = Breach.objects.filter(merchant_id=merchant.id, id__in=list(breach_ids)).order_by("id")
    return {row.id: breach_facts(row) for row in rows}


def sizes_of_breaches(*, merchant: MerchantFacts, breach_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many members each breach touched; one without any is left out."""
    rows = TouchedMember.objects.filter(merchant_id=merchant.id, breach_id__in=list(breach_ids))
    return dict(
        rows.values("breach_id").annotate(size=Count("id")).order_by("breach_id").values_list("breach_id", "size")
    )


def touched_members(
    *,
    merchant: MerchantFacts,
    breach_id: UUID,
    reaches: Collection[Reach] = (),
    after: UUID | None = None,
    limit: int = 50,
) -> list[TouchedFacts]:
    """Return whom the breach touched, in the order they were listed, behind `after`; only those `reaches` if given."""
    given = {
        "merchant": merchant.id,
        "breach": breach_id,
        "reaches": [one.value for one in reaches] or None,
        "after": after,
        "limit": limit,
    }
    return [_touched_facts(row) for row in _read_rows(_OF_BREACH, given)]


def count_touched(*, merchant: MerchantFacts, breach_id: UUID) -> dict[Reach, int]:
    """Return how many members are informed how far; a state that no one is in is left out."""
    return {Reach(reach): size for reach, size in _read_rows(_COUNTS, {"merchant": merchant.id, "breach": breach_id})}


def breaches_of_member(*, merchant: MerchantFacts, member_id: UUID) -> list[tuple[BreachFacts, TouchedFacts]]:
    """Return the breaches whose letters have left that touched the member, and how the member was informed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.breach_id, told.* FROM ({_OF_MEMBER}) AS told "  # noqa: S608 - constants
            "JOIN people_touchedmember t ON t.merchant_id = %(merchant)s AND t.id = told.id ORDER BY told.id",
            {"merchant": merchant.id, "member": member_id},
        )
        found = cursor.fetchall()
    known = breaches_by_id(merchant=merchant, breach_ids={row[0] for row in found})
    return [(known[row[0]], _touched_facts(row[1:])) for row in found if known[row[0]].sent_at is not None]


def breach_facts(row: Breach) -> BreachFacts:
    """Return the facts of a row."""
    return BreachFacts(
        id=row.id,
        state=BreachState(row.state),
        draft=BreachDraft(
            cause=BreachCause(row.cause),
            happened_from=row.happened_from,
            happened_until=row.happened_until,
            known_at=row.known_at,
            data=tuple(BreachData(one) for one in row.data),
            measures=tuple(BreachMeasure(one) for one in row.measures),
            details=row.details,
            measures_note=row.measures_note,
            contact=row.contact,
            reported_by=row.reported_by,
        ),
        due_at=row.due_at,
        letters={
            "id": Letter(row.subject_indonesian, row.text_indonesian),
            "en": Letter(row.subject_english, row.text_english),
        },
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        sent_at=row.sent_at,
        sent_by=row.sent_by,
        authority_told_at=row.authority_told_at,
        authority_note=row.authority_note,
        authority_by=row.authority_by,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )


def _touched_facts(row: tuple[Any, ...]) -> TouchedFacts:
    row_id, member_id, why, reach, reach_at, told_by, told_by_staff = row
    return TouchedFacts(row_id, member_id, TouchedBy(why), Reach(reach), reach_at, told_by, told_by_staff)


def _read_rows(statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
