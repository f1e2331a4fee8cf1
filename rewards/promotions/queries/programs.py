"""The program over time, for anyone who walks a period: every wording, every pause and end, what was used before it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import connection

from merchants.facts import MerchantFacts
from rewards.engine import stored_definition
from rewards.engine.facts import TurnFacts, VersionFacts

_VERSIONS: Final = """
SELECT v.definition::text, v.starts_at, p.needs_coupon
FROM rewards_promotion p
JOIN rewards_promotionversion v ON v.merchant_id = p.merchant_id AND v.promotion_id = p.id
WHERE p.merchant_id = %s AND v.merchant_id = %s AND p.state <> 'draft' AND v.starts_at <= %s
ORDER BY p.id, v.starts_at, v.number
"""


def program_versions(*, merchant: MerchantFacts, until: datetime) -> list[VersionFacts]:
    """Return every wording of published promotions in force at some time up to `until`, each one's in order."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [merchant.id, merchant.id, until])
        rows = cursor.fetchall()
    return [
        VersionFacts(stored_definition(json.loads(text, parse_float=Decimal)), starts_at, needs_coupon)
        for text, starts_at, needs_coupon in rows
    ]


def program_turns(*, merchant: MerchantFacts, until: datetime) -> list[TurnFacts]:
    """Return when promotions were paused, made live again and ended, up to `until`, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT promotion_id::text, starts_at, state FROM rewards_promotionstatuschange "
            "WHERE merchant_id = %s AND starts_at <= %s ORDER BY promotion_id, starts_at, number",
            [merchant.id, until],
        )
        return [TurnFacts(*row) for row in cursor.fetchall()]


def taken_before(*, merchant: MerchantFacts, day: date) -> dict[str, tuple[int, int]]:
    """Return (uses, what they took) of promotions with limits on business days before `day`, by promotion."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT promotion_id::text, count(*) FILTER (WHERE counted), "
            "coalesce(sum(taken) FILTER (WHERE counted), 0) FROM rewards_promotionuse "
            "WHERE merchant_id = %s AND state = 'used' AND day < %s GROUP BY promotion_id",
            [merchant.id, day],
        )
        return {promotion_id: (uses, int(taken)) for promotion_id, uses, taken in cursor.fetchall()}


def uses_before(*, merchant: MerchantFacts, member_ids: Sequence[str], day: date) -> dict[str, dict[str, int]]:
    """Return members' uses of promotions with limits on business days before `day`: member -> promotion -> uses."""
    found: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id::text, promotion_id::text, count(*) FROM rewards_promotionuse "
            "WHERE merchant_id = %s AND member_id = ANY(%s::uuid[]) AND state = 'used' AND NOT over AND day < %s "
            "GROUP BY member_id, promotion_id",
            [merchant.id, list(member_ids), day],
        )
        for member_id, promotion_id, uses in cursor.fetchall():
            found.setdefault(member_id, {})[promotion_id] = uses
    return found
