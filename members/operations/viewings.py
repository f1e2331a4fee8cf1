"""Noting who looked at what is known of a member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from members.facts import ViewedPart
from merchants.facts import Actor, MerchantFacts

_NOTE: Final = """
    INSERT INTO members_viewing AS v
        (merchant_id, id, member_id, viewer_id, viewer, part, viewed_on, first_at, last_at, times)
    SELECT %(merchant)s, uuidv7(), m.id, %(viewer_id)s, %(viewer)s, %(part)s, %(on)s, %(at)s, %(at)s, 1
    FROM unnest(%(members)s::uuid[]) AS m(id) ORDER BY m.id
    ON CONFLICT (merchant_id, member_id, viewed_on, viewer_id, part)
    DO UPDATE SET times = v.times + 1, last_at = greatest(v.last_at, EXCLUDED.last_at)"""


def note_viewing(
    *, merchant: MerchantFacts, member_id: UUID, part: ViewedPart, actor: Actor, at: datetime, business_date: date
) -> None:
    """Note that a person of the staff was shown a part of what is known of a member; one statement."""
    note_viewings(merchant=merchant, member_ids=[member_id], part=part, actor=actor, at=at, business_date=business_date)


def note_viewings(
    *,
    merchant: MerchantFacts,
    member_ids: Sequence[UUID],
    part: ViewedPart,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> None:
    """Note the same of many members, each named once; one statement, in the order of their ids."""
    given: dict[str, Any] = {
        "merchant": merchant.id,
        "members": list(member_ids),
        "viewer_id": actor.user_id,
        "viewer": actor.label,
        "part": part.value,
        "on": business_date,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, given)
