"""Members as they stood when a replay of past sales begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from members.facts import MoveByHand, PastMember
from merchants.facts import MerchantFacts

# The tier at an instant: where the last move before it led, else where the first one after it began, else today's.
_AS_OF: Final = """
    SELECT m.id::text, CASE WHEN NOT alone.is_left THEN m.birth_date END, m.referred_by_id IS NOT NULL,
           CASE WHEN NOT alone.is_left THEN m.segment END, m.name, m.number,
           CASE WHEN before.id IS NOT NULL THEN before.to_tier_id
                WHEN later.id IS NOT NULL THEN later.from_tier_id ELSE m.tier_id END,
           coalesce(before.business_date, m.joined_on), m.tier_protected_until
    FROM members_member AS m
    CROSS JOIN LATERAL (
        SELECT m.restricted_at IS NOT NULL
            OR coalesce(m.birth_date + interval '18 years' > %(today)s, false) AS is_left) AS alone
    LEFT JOIN LATERAL (
        SELECT move.id, move.to_tier_id, move.business_date FROM members_tiermove AS move
        WHERE move.merchant_id = %(merchant)s AND move.member_id = m.id AND move.at < %(at)s
        ORDER BY move.at DESC, move.id DESC LIMIT 1) AS before ON true
    LEFT JOIN LATERAL (
        SELECT move.id, move.from_tier_id FROM members_tiermove AS move
        WHERE move.merchant_id = %(merchant)s AND move.member_id = m.id AND move.at >= %(at)s
        ORDER BY move.at, move.id LIMIT 1) AS later ON true
    WHERE m.merchant_id = %(merchant)s AND m.id = ANY(%(members)s::uuid[])
    ORDER BY m.id"""
_BY_HAND: Final = """
    SELECT member_id::text, at, business_date, to_tier_id FROM members_tiermove
    WHERE merchant_id = %(merchant)s AND member_id = ANY(%(members)s::uuid[]) AND at >= %(at)s
      AND cause NOT IN ('purchase', 'night')
    ORDER BY at, id"""


def members_as_of(*, merchant: MerchantFacts, member_ids: Sequence[str], at: datetime) -> list[PastMember]:
    """Return members as they were at `at`, in two statements; merged members answer as themselves.

    Of children, and of those whose data is only kept, neither birthday nor segment is said: they count as at the till
    today.
    """
    today = merchant.day_of(timezone.now())
    values: dict[str, Any] = {"merchant": merchant.id, "members": list(member_ids), "at": at, "today": today}
    by_hand: dict[str, list[MoveByHand]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_HAND, values)
        for member_id, moved_at, on, tier_id in cursor.fetchall():
            by_hand.setdefault(member_id, []).append(MoveByHand(moved_at, on, tier_id))
        cursor.execute(_AS_OF, values)
        rows = cursor.fetchall()
    return [PastMember._make((*row, tuple(by_hand.get(row[0], ())))) for row in rows]
