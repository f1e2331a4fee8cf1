"""The ladder as its page shows it: what levels give, who holds them, who is close to the next, who moved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from members.facts import ShiftedMember, ShownTierMove, TierMonth, TierSize
from members.models import Tier, TierProgram
from merchants.facts import MerchantFacts

_FIGURE: Final = """
    CASE n.measure WHEN 'spend' THEN m.tier_spend_amount WHEN 'points' THEN m.tier_points ELSE m.tier_visits END"""
# Nine tenths without a fraction; who has all of it moves with the next purchase or night.
_IS_NEAR: Final = f"({_FIGURE}) * 10 >= n.threshold * 9 AND ({_FIGURE}) < n.threshold"
_NEXT: Final = """
    LATERAL (SELECT x.id, x.measure, x.threshold FROM members_tier x
             WHERE x.merchant_id = %(merchant)s AND x.rank > t.rank ORDER BY x.rank LIMIT 1) n"""
_SIZES: Final = f"""
    SELECT t.id, count(m.id), count(m.id) FILTER (WHERE {_IS_NEAR} AND m.restricted_at IS NULL)
    FROM members_tier t
    LEFT JOIN {_NEXT} ON true
    LEFT JOIN members_member m ON m.merchant_id = %(merchant)s AND m.tier_id = t.id AND m.merged_into_id IS NULL
    WHERE t.merchant_id = %(merchant)s
    GROUP BY t.id, t.rank ORDER BY t.rank"""  # noqa: S608 - our own parts of a statement
_NEAR: Final = f"""
    SELECT m.id, t.id, n.id, {_FIGURE}
    FROM members_tier t
    JOIN {_NEXT} ON true
    JOIN members_member m ON m.merchant_id = %(merchant)s AND m.tier_id = t.id AND m.merged_into_id IS NULL
    WHERE t.merchant_id = %(merchant)s AND t.code = %(code)s AND {_IS_NEAR}
      AND m.restricted_at IS NULL
      AND (%(after_id)s::uuid IS NULL OR (n.threshold - ({_FIGURE}), m.id) > (%(after_missing)s, %(after_id)s))
    ORDER BY n.threshold - ({_FIGURE}), m.id LIMIT %(limit)s"""  # noqa: S608 - our own parts of a statement
_EVER_HELD: Final = """
    SELECT t.id FROM members_tier t
    WHERE t.merchant_id = %(merchant)s AND (
        EXISTS (SELECT FROM members_member m WHERE m.merchant_id = %(merchant)s AND m.tier_id = t.id)
        OR EXISTS (SELECT FROM members_tiermove v WHERE v.merchant_id = %(merchant)s
                   AND (v.to_tier_id = t.id OR v.from_tier_id = t.id)))"""
_MONTHS: Final = """
    SELECT date_trunc('month', v.business_date)::date, count(*) FILTER (WHERE b.rank > a.rank),
           count(*) FILTER (WHERE b.rank < a.rank)
    FROM members_tiermove v
    JOIN members_tier a ON a.merchant_id = %(merchant)s AND a.id = v.from_tier_id
    JOIN members_tier b ON b.merchant_id = %(merchant)s AND b.id = v.to_tier_id
    WHERE v.merchant_id = %(merchant)s AND v.business_date >= %(since)s
    GROUP BY 1 ORDER BY 1"""
_MOVES: Final = """
    SELECT v.id, v.member_id, v.business_date, v.from_tier_id, v.to_tier_id
    FROM members_tiermove v
    JOIN members_tier a ON a.merchant_id = %(merchant)s AND a.id = v.from_tier_id
    JOIN members_tier b ON b.merchant_id = %(merchant)s AND b.id = v.to_tier_id
    WHERE v.merchant_id = %(merchant)s AND v.business_date >= %(first)s AND v.business_date < %(end)s
      AND CASE WHEN %(is_up)s THEN b.rank > a.rank ELSE b.rank < a.rank END
      AND (%(before)s::uuid IS NULL OR v.id < %(before)s)
    ORDER BY v.id DESC LIMIT %(limit)s"""


def perks_of_tier(*, merchant: MerchantFacts, tier_id: UUID) -> tuple[str, ...]:
    """Return the store's own words for what the level gives."""
    found = Tier.objects.filter(merchant_id=merchant.id, id=tier_id).values_list("perks", flat=True).first()
    return tuple(found or ())


def perks_by_tier(*, merchant: MerchantFacts) -> Mapping[UUID, tuple[str, ...]]:
    """Return the store's own words for what each level gives."""
    rows = Tier.objects.filter(merchant_id=merchant.id).order_by("rank")
    return {tier_id: tuple(perks) for tier_id, perks in rows.values_list("id", "perks")}


def ladder_mark(*, merchant: MerchantFacts) -> str:
    """Return a short mark of the whole ladder, for a form to carry: changes that it did not see are not overwritten."""
    held = TierProgram.objects.filter(merchant_id=merchant.id).values_list("window_days", "down_policy", "keep_days")
    levels = Tier.objects.filter(merchant_id=merchant.id).order_by("rank")
    shown = [list(held), list(levels.values_list("id", "name", "rank", "measure", "threshold", "perks"))]
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()[:16]


def tiers_ever_held(*, merchant: MerchantFacts) -> set[UUID]:
    """Return the levels that some member holds or ever held: they stay, because members' histories name them."""
    with connection.cursor() as cursor:
        cursor.execute(_EVER_HELD, {"merchant": merchant.id})
        return {row[0] for row in cursor.fetchall()}


def tier_sizes(*, merchant: MerchantFacts) -> dict[UUID, TierSize]:
    """Return how many hold each level and how many are close to the next, by level; as the members' rows say now."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, {"merchant": merchant.id})
        return {row[0]: TierSize(*row) for row in cursor.fetchall()}


def members_near_next(
    *, merchant: MerchantFacts, tier_code: str, after: tuple[int, UUID] | None, limit: int
) -> list[ShiftedMember]:
    """Return who is close to the level above this one, those who miss least first.

    `after` is (what is missing, id) of the last row shown. An unknown code or the highest level has none.
    """
    missing, member_id = after or (0, None)
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "code": tier_code,
        "after_missing": missing,
        "after_id": member_id,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, values)
        return [ShiftedMember(*row) for row in cursor.fetchall()]


def tier_months(*, merchant: MerchantFacts, since: date) -> list[TierMonth]:
    """Return moves up and down by month of their business day, from the day `since` on; months without any are absent.

    Up and down go by the order that the levels have now.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, {"merchant": merchant.id, "since": since})
        return [TierMonth(*row) for row in cursor.fetchall()]


def tier_moves_between(
    *, merchant: MerchantFacts, first: date, end: date, is_up: bool, before: UUID | None, limit: int
) -> list[ShownTierMove]:
    """Return moves up, or down, on the business days from `first` to before `end`, newest first."""
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "first": first,
        "end": end,
        "is_up": is_up,
        "before": before,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, values)
        return [ShownTierMove(*row) for row in cursor.fetchall()]
