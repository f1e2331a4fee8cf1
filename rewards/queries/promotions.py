"""Promotions in force, as the engine takes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count

from merchants.facts import MerchantFacts
from rewards.engine import validate_definition
from rewards.facts import Definition, Settings
from rewards.models import Promotion, PromotionUse
from rewards.queries.moments import moments_named_by

_IN_FORCE = """
SELECT DISTINCT ON (p.id) v.id, v.definition::text, p.used_count, p.spent_amount
FROM rewards_promotion p
JOIN rewards_promotionversion v ON v.merchant_id = p.merchant_id AND v.promotion_id = p.id
WHERE p.merchant_id = %s AND v.merchant_id = %s AND p.state = 'live'
  AND (p.needs_coupon = false OR p.id = ANY(%s::uuid[])) AND v.starts_at <= %s
ORDER BY p.id, v.starts_at DESC, v.number DESC
"""


@lru_cache(maxsize=10_000)
def _parsed(version_id: UUID, definition: str) -> Definition:
    """Versions never change, so each is parsed once per process."""
    return validate_definition(json.loads(definition, parse_float=Decimal))


def live_promotions(*, merchant: MerchantFacts, at: datetime, with_coupons: Iterable[UUID] = ()) -> list[Definition]:
    """The version of each live promotion in force at `at`, with its counters.

    Those that act only with a coupon are left out unless named in `with_coupons`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [merchant.id, merchant.id, sorted(with_coupons), at])
        rows = cursor.fetchall()
    return [_with_counters(_parsed(row[0], row[1]), used=row[2], spent=row[3]) for row in rows]


def _with_counters(definition: Definition, *, used: int, spent: int) -> Definition:
    usage, budget = definition.usage, definition.budget
    if usage.limit is not None:
        usage = replace(usage, used=used)
    if budget is not None:
        budget = replace(budget, used=spent)
    if usage is definition.usage and budget is definition.budget:
        return definition
    return replace(definition, usage=usage, budget=budget)


def engine_settings(merchant: MerchantFacts, promotions: Iterable[Definition]) -> Settings:
    """The merchant's own way of rounding and stacking, and the days of the moments that these promotions name.

    One statement when a promotion names a moment, none otherwise.
    """
    chosen: dict[str, Any] = {
        name: merchant.engine[name]
        for name in ("groups", "money_rounding", "round_at", "remainder")
        if name in merchant.engine
    }
    moments = moments_named_by(merchant=merchant, promotions=promotions)
    return Settings(currency_digits=merchant.currency_digits, moments=moments, **chosen)


def uses_of_member(*, merchant: MerchantFacts, member_id: UUID, promotion_ids: Sequence[str]) -> dict[str, int]:
    """Uses so far, by promotion id, of promotions that limit uses per member."""
    rows = (
        PromotionUse.objects.filter(merchant_id=merchant.id, member_id=member_id, promotion_id__in=list(promotion_ids))
        .values_list("promotion_id")
        .annotate(uses=Count("id"))
    )
    return {str(promotion_id): uses for promotion_id, uses in rows}


def programme_rules(*, merchant: MerchantFacts, at: datetime) -> tuple[list[Definition], list[Definition]]:
    """(earning rules, redemption rules) in force, by priority then id."""
    in_force = sorted(live_promotions(merchant=merchant, at=at), key=lambda d: (d.priority, d.id))
    earning = [d for d in in_force if d.kind in {"earn", "earn_multiplier", "earn_bonus"}]
    return earning, [d for d in in_force if d.kind == "redeem_points"]


def promotion_titles(*, merchant: MerchantFacts, promotion_ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = Promotion.objects.filter(merchant_id=merchant.id, id__in=list(promotion_ids))
    return dict(rows.values_list("id", "title"))


def point_value(*, merchant: MerchantFacts, points: int, at: datetime) -> int | None:
    """What points are worth as payment today, in money, by the first redemption rule; None when there is none."""
    _, redemption = programme_rules(merchant=merchant, at=at)
    for rule in redemption:
        value = rule.source.get("value_per_point")
        if value is not None:
            return int(Decimal(str(value)) * points)
    return None
