"""What a member used of promotions with limits, when two records of one person are joined or taken apart."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from common.passed_rows import Passed, pass_rows
from merchants.facts import MerchantFacts
from rewards.promotions.models import PromotionUse

# Counts the tallies of some members again from what was given. A cap that both together passed is what they had.
_TALLY: Final = """
INSERT INTO rewards_pointstally AS t
    (merchant_id, id, member_id, promotion_id, period, starts_on, points_limit, used_points, reserved_points)
SELECT %(merchant)s, uuidv7(), k.member_id, k.promotion_id, w.period, w.starts_on,
       sum(k.points), coalesce(sum(k.points) FILTER (WHERE k.state = 'used'), 0),
       coalesce(sum(k.points) FILTER (WHERE k.state = 'open'), 0)
FROM rewards_pointstake k
CROSS JOIN LATERAL (VALUES ('day', k.day, k.counted_day),
                           ('month', date_trunc('month', k.day)::date, k.counted_month))
     AS w (period, starts_on, counts)
WHERE k.merchant_id = %(merchant)s AND k.member_id = ANY(%(members)s::uuid[]) AND w.counts
GROUP BY k.member_id, k.promotion_id, w.period, w.starts_on
ON CONFLICT (merchant_id, member_id, promotion_id, period, starts_on) DO UPDATE
SET used_points = excluded.used_points, reserved_points = excluded.reserved_points,
    points_limit = greatest(t.points_limit, excluded.used_points + excluded.reserved_points)"""
_NOTHING: Final = """
UPDATE rewards_pointstally SET used_points = 0, reserved_points = 0
WHERE merchant_id = %(merchant)s AND member_id = %(from)s"""


def absorb_member(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> Passed:
    """Give the survivor the merged member's uses and points under caps; return what passed.

    The survivor has at most as many uses left as the limit leaves after those of both (I13).
    """
    return {
        "promotion_uses": _pass_uses(merchant, merged_id, survivor_id, None),
        "points_takes": _pass_takes(merchant, merged_id, survivor_id, None),
    }


def release_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed."""
    _pass_uses(merchant, survivor_id, merged_id, moved.get("promotion_uses", ()))
    _pass_takes(merchant, survivor_id, merged_id, moved.get("points_takes", ()))


def _pass_uses(merchant: MerchantFacts, from_id: UUID, to_id: UUID, ids: Collection[UUID] | None) -> list[UUID]:
    """Pass the uses, each with the lowest number that the receiver has free; beyond the limit it has none."""
    uses = PromotionUse.objects.filter(merchant_id=merchant.id)
    given = uses.filter(member_id=from_id) if ids is None else uses.filter(member_id=from_id, id__in=ids)
    slots: set[tuple[UUID, int]] = set()
    day_slots: set[tuple[UUID, date, int]] = set()
    for use in uses.filter(member_id=to_id):
        slots |= {(use.promotion_id, use.slot)} if use.slot else set()
        day_slots |= {(use.promotion_id, use.day, use.day_slot)} if use.day_slot else set()
    passed = list(given.order_by("used_at", "id"))
    for use in passed:
        use.member_id = to_id
        numbers = range(1, (0 if use.over else use.slot_limit or 0) + 1)
        use.slot = next((n for n in numbers if (use.promotion_id, n) not in slots), None)
        slots |= {(use.promotion_id, use.slot)} if use.slot else set()
        numbers = range(1, (0 if use.over else use.day_slot_limit or 0) + 1)
        use.day_slot = next((n for n in numbers if (use.promotion_id, use.day, n) not in day_slots), None)
        day_slots |= {(use.promotion_id, use.day, use.day_slot)} if use.day_slot else set()
    PromotionUse.objects.bulk_update(passed, ["member_id", "slot", "day_slot"], batch_size=1_000)
    return [use.id for use in passed]


def _pass_takes(merchant: MerchantFacts, from_id: UUID, to_id: UUID, ids: Collection[UUID] | None) -> list[UUID]:
    chosen = None if ids is None else list(ids)
    passed = pass_rows("rewards_pointstake", merchant_id=merchant.id, from_id=from_id, to_id=to_id, ids=chosen)
    if passed:
        with connection.cursor() as cursor:
            cursor.execute(_NOTHING, {"merchant": merchant.id, "from": from_id})
            cursor.execute(_TALLY, {"merchant": merchant.id, "members": [from_id, to_id]})
    return passed
