"""Promotions in force, as the engine takes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from merchants.facts import BillChoices, GoodsNames, MerchantFacts
from rewards.engine import fields, name_key, point_rate, stored_definition
from rewards.engine.facts import PROGRAM, BillRules, Definition, Filter, PointsCap, Settings
from rewards.engine.points_caps import read_points_cap
from rewards.moments.queries import moments_named_by
from rewards.promotions.models import Promotion, PromotionStatusChange, PromotionVersion

# One look into an index per promotion: as fast on a merchant's first day, without statistics, as later on.
_IN_FORCE: Final = """
SELECT p.id::text, v.id::text, p.used_count, p.spent_amount, p.reserved_count,
       CASE WHEN %(now)s > %(at)s THEN (
           SELECT later.id::text FROM rewards_promotionversion later
           WHERE later.merchant_id = %(merchant)s AND later.promotion_id = p.id
             AND later.starts_at > %(at)s AND later.starts_at <= %(now)s
           ORDER BY later.starts_at DESC, later.number DESC LIMIT 1) END
FROM rewards_promotion p
CROSS JOIN LATERAL (
    SELECT id FROM rewards_promotionversion
    WHERE merchant_id = %(merchant)s AND promotion_id = p.id AND starts_at <= %(at)s
    ORDER BY starts_at DESC, number DESC LIMIT 1) v
WHERE p.merchant_id = %(merchant)s AND p.state <> 'draft' {of_kind}
  AND (p.needs_coupon = false OR p.id = ANY(%(with_coupons)s::uuid[]))
  AND coalesce((
      SELECT turn.state FROM rewards_promotionstatuschange turn
      WHERE turn.merchant_id = %(merchant)s AND turn.promotion_id = p.id AND turn.starts_at <= %(at)s
      ORDER BY (turn.state = 'ended') DESC, turn.starts_at DESC, turn.number DESC LIMIT 1), 'live') = 'live'
ORDER BY p.id
"""
_WORDINGS: Final = """
SELECT id::text, number, definition::text FROM rewards_promotionversion
WHERE merchant_id = %s AND id = ANY(%s::uuid[])
"""
# What is still held; a lapsed reservation counts for nothing, whether anybody has tidied it up or not.
_HELD: Final = """
SELECT promotion_id::text, count(*) FILTER (WHERE counted), coalesce(sum(spend) FILTER (WHERE counted), 0),
       count(*) FILTER (WHERE counted_today AND day = %(day)s)
FROM rewards_promotionuse
WHERE merchant_id = %(merchant)s AND promotion_id = ANY(%(ids)s::uuid[]) AND state = 'open' AND reserved_until > %(now)s
GROUP BY promotion_id
"""
_DAYS: Final = """
SELECT promotion_id::text, used_count FROM rewards_promotionday
WHERE merchant_id = %s AND promotion_id = ANY(%s::uuid[]) AND day = %s
"""
KEPT_WORDINGS: Final = 10_000
_parsed: dict[str, Definition] = {}
"""Versions never change, so each is read and parsed once per process."""


@dataclass(frozen=True)
class Taken:
    """What counts against a promotion's limits now: uses ever, money ever, uses on the business day asked for."""

    uses: int
    spent: int
    today: int


def live_promotions(
    *,
    merchant: MerchantFacts,
    at: datetime,
    with_coupons: Iterable[UUID] = (),
    now: datetime | None = None,
    day: date | None = None,
    kind: str | None = None,
) -> list[Definition]:
    """Return the version of each promotion in force at `at`, with its counters; by id.

    Those that act only with a coupon are left out unless named in `with_coupons`. Limits in all and budgets are those
    of `now` (by default `at`) whatever time a till claims for its sale; those per day are those of `at`, counted on the
    business day `day`. `kind`: only promotions of that kind.
    """
    now = now or at
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "at": at,
        "now": now,
        "with_coupons": sorted(with_coupons),
        "kind": kind,
    }
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE.format(of_kind="" if kind is None else "AND p.kind = %(kind)s"), values)
        rows = cursor.fetchall()
    wordings = _load_definitions(merchant, [row[1] for row in rows] + [row[5] for row in rows if row[5]])
    definitions = {row[0]: _with_limits_of(wordings[row[1]], wordings.get(row[5])) for row in rows}
    held = {row[0] for row in rows if row[4]}
    taken = {row[0]: Taken(uses=row[2], spent=row[3], today=0) for row in rows if _is_counted(definitions[row[0]])}
    taken = _with_held_and_days(merchant, taken, definitions, held=held, now=now, day=day)
    return [_with_counters(definitions[row[0]], taken.get(row[0])) for row in rows]


def offers_in_force(*, merchant: MerchantFacts, promotion_ids: Iterable[UUID], at: datetime) -> dict[UUID, Definition]:
    """Return the wordings in force of these promotions, coupons' offers too, without their counters.

    Those not in force are left out. Two statements at most.
    """
    ids = sorted(set(promotion_ids))
    if not ids:
        return {}
    values: dict[str, Any] = {"merchant": merchant.id, "at": at, "now": at, "with_coupons": ids}
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE.format(of_kind="AND p.id = ANY(%(with_coupons)s::uuid[])"), values)
        rows = cursor.fetchall()
    wordings = _load_definitions(merchant, [row[1] for row in rows])
    return {UUID(row[0]): wordings[row[1]] for row in rows}


def _load_definitions(merchant: MerchantFacts, version_ids: Sequence[str]) -> dict[str, Definition]:
    kept = {version_id: _parsed.get(version_id) for version_id in version_ids}
    found = {version_id: definition for version_id, definition in kept.items() if definition is not None}
    unknown = [version_id for version_id in kept if version_id not in found]
    if not unknown:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_WORDINGS, [merchant.id, unknown])
        for version_id, number, text in cursor.fetchall():
            definition = stored_definition(json.loads(text, parse_float=Decimal))
            found[version_id] = _parsed[version_id] = replace(definition, version=number)
    while len(_parsed) > KEPT_WORDINGS:
        _parsed.pop(next(iter(_parsed)), None)
    return found


def _with_limits_of(definition: Definition, later: Definition | None) -> Definition:
    """Return the wording with the limit in all and the budget of a later one; a day keeps the limits it had."""
    if later is None:
        return definition
    was = definition.usage
    usage = replace(later.usage, per_day_limit=was.per_day_limit, per_member_day_limit=was.per_member_day_limit)
    return replace(definition, usage=usage, budget=later.budget)


def _is_counted(definition: Definition) -> bool:
    usage = definition.usage
    return usage.limit is not None or usage.per_day_limit is not None or definition.budget is not None


def _with_held_and_days(
    merchant: MerchantFacts,
    taken: dict[str, Taken],
    definitions: Mapping[str, Definition],
    *,
    held: Collection[str],
    now: datetime,
    day: date | None,
) -> dict[str, Taken]:
    daily = [i for i in taken if definitions[i].usage.per_day_limit is not None]
    asked = [i for i in taken if i in held]
    with connection.cursor() as cursor:
        if daily and day is not None:
            cursor.execute(_DAYS, [merchant.id, daily, day])
            taken |= {i: replace(taken[i], today=used) for i, used in cursor.fetchall()}
        if asked:
            cursor.execute(_HELD, {"merchant": merchant.id, "ids": asked, "now": now, "day": day})
            for i, uses, spent, today in cursor.fetchall():
                was = taken[i]
                taken[i] = Taken(uses=was.uses + uses, spent=was.spent + int(spent), today=was.today + today)
    return taken


def _with_counters(definition: Definition, taken: Taken | None) -> Definition:
    if taken is None:
        return definition
    budget = definition.budget
    return replace(
        definition,
        usage=replace(definition.usage, used=taken.uses, used_today=taken.today),
        budget=replace(budget, used=taken.spent) if budget else None,
    )


def engine_settings(merchant: MerchantFacts, promotions: Iterable[Definition]) -> Settings:
    """Return the merchant's rounding and stacking, goods that take no part, and the days of the moments named.

    One statement when a promotion names a moment, none otherwise.
    """
    excluded = merchant.excluded_goods
    return Settings(
        groups={name_key(name): mode for name, mode in merchant.promotion_settings.groups.items()},
        money_rounding=merchant.money_rounding,
        round_at=merchant.round_at,
        remainder=merchant.remainder,
        currency_digits=merchant.currency_digits,
        moments=moments_named_by(merchant=merchant, promotions=promotions),
        never_discounted=_goods_of(excluded.never_discounted, "/never_discounted"),
        never_earns=_goods_of(excluded.never_earns, "/never_earns"),
        points_cap=program_points_cap(merchant),
        bill=bill_rules(merchant),
    )


def bill_rules(merchant: MerchantFacts) -> BillRules:
    """Return which of tax, service charge and tip count for what."""
    return rules_of_choices(merchant.promotion_settings.bill)


def rules_of_choices(choices: BillChoices) -> BillRules:
    """Return a merchant's choices as the engine takes them."""
    return BillRules(frozenset(choices.discounts), frozenset(choices.minimums), frozenset(choices.earning))


def _goods_of(goods: GoodsNames, pointer: str) -> Filter | None:
    return fields.goods(goods.to_json(), pointer) if goods else None


def program_points_cap(merchant: MerchantFacts) -> PointsCap | None:
    """Return what the merchant caps of all points together; None without any cap."""
    return read_points_cap(dict(merchant.promotion_settings.points_cap), "/points_cap")


_POINTS: Final = """
SELECT coalesce(promotion_id::text, %(program)s), coalesce(sum(points) FILTER (WHERE day = %(day)s), 0), sum(points)
FROM rewards_pointstake
WHERE merchant_id = %(merchant)s AND member_id = %(member)s AND NOT over
  AND day >= date_trunc('month', %(day)s::date) AND day < date_trunc('month', %(day)s::date) + interval '1 month'
  AND (state = 'used' OR reserved_until > %(now)s)
GROUP BY promotion_id
"""


def points_of_member(
    *, merchant: MerchantFacts, member_id: UUID, now: datetime, day: date
) -> tuple[dict[str, int], dict[str, int]]:
    """Return points under caps on the business day, and in its month, by promotion id and all under "program".

    What an open quote holds counts as given.
    """
    values: dict[str, Any] = {"merchant": merchant.id, "member": member_id, "now": now, "day": day, "program": PROGRAM}
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, values)
        rows = cursor.fetchall()
    return {name: int(today) for name, today, _ in rows}, {name: int(month) for name, _, month in rows}


_POINTS_BY_DAY: Final = """
SELECT member_id, day, coalesce(promotion_id::text, %s), sum(points) FROM rewards_pointstake
WHERE merchant_id = %s AND member_id = ANY(%s::uuid[]) AND date_trunc('month', day)::date = ANY(%s::date[]) AND NOT over
GROUP BY member_id, day, promotion_id
"""


def points_by_day(
    *, merchant: MerchantFacts, member_ids: Sequence[UUID], months: Sequence[date]
) -> dict[UUID, dict[date, dict[str, int]]]:
    """Return points under caps in the months of these days: member -> day -> promotion id or "program"."""
    found: dict[UUID, dict[date, dict[str, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_POINTS_BY_DAY, [PROGRAM, merchant.id, list(member_ids), list(months)])
        for member_id, day, name, points in cursor.fetchall():
            found.setdefault(member_id, {}).setdefault(day, {})[name] = int(points)
    return found


_USES: Final = """
SELECT promotion_id, count(*), count(*) FILTER (WHERE day = %(day)s)
FROM rewards_promotionuse
WHERE merchant_id = %(merchant)s AND member_id = %(member)s AND promotion_id = ANY(%(ids)s::uuid[]) AND NOT over
  AND (state = 'used' OR reserved_until > %(now)s)
GROUP BY promotion_id
"""


def uses_of_member(
    *, merchant: MerchantFacts, member_id: UUID, promotion_ids: Sequence[str], now: datetime, day: date
) -> dict[str, tuple[int, int]]:
    """Return (uses so far, of them on the business day), by promotion id; an open quote's holds count as used."""
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "member": member_id,
        "ids": list(promotion_ids),
        "now": now,
        "day": day,
    }
    with connection.cursor() as cursor:
        cursor.execute(_USES, values)
        return {str(promotion_id): (uses, today) for promotion_id, uses, today in cursor.fetchall()}


def program_rules(*, merchant: MerchantFacts, at: datetime) -> tuple[list[Definition], list[Definition]]:
    """Return (earning rules, redemption rules) in force, by priority then id."""
    in_force = sorted(live_promotions(merchant=merchant, at=at), key=lambda d: (d.priority, d.id))
    earning = [d for d in in_force if d.kind in {"earn", "earn_multiplier", "earn_bonus"}]
    return earning, [d for d in in_force if d.kind == "redeem_points"]


def promotion_titles(*, merchant: MerchantFacts, promotion_ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = Promotion.objects.filter(merchant_id=merchant.id, id__in=list(promotion_ids))
    return dict(rows.values_list("id", "title"))


def point_value(*, merchant: MerchantFacts, points: int, at: datetime) -> int | None:
    """Return what points are worth as payment today, by the first redemption rule; None when there is none."""
    rate = value_of_a_point(merchant=merchant, at=at)
    return None if rate is None else points * rate[0] // rate[1]


def value_of_a_point(*, merchant: MerchantFacts, at: datetime) -> tuple[int, int] | None:
    """Return the same for one point, exactly: numerator and denominator of the currency's smallest unit."""
    return point_rate(live_promotions(merchant=merchant, at=at, kind="redeem_points"))


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of a promotion's history: a wording (`version`) or a turn (`state`), and from when it counts."""

    starts_at: datetime
    created_at: datetime
    created_by: str
    version: int | None = None
    state: str | None = None
    reason: str = ""
    definition: Mapping[str, Any] | None = None


def promotion_timeline(*, merchant: MerchantFacts, promotion_id: UUID) -> list[TimelineEntry]:
    """Return every wording and status change, in the order in which they count; empty for an unknown id."""
    mine = {"merchant_id": merchant.id, "promotion_id": promotion_id}
    entries = [
        TimelineEntry(v.starts_at, v.created_at, v.created_by, version=v.number, definition=v.definition)
        for v in PromotionVersion.objects.filter(**mine).order_by("number")
    ] + [
        TimelineEntry(t.starts_at, t.created_at, t.created_by, state=t.state, reason=t.reason)
        for t in PromotionStatusChange.objects.filter(**mine).order_by("number")
    ]
    return sorted(entries, key=lambda entry: (entry.starts_at, entry.created_at))


def promotion_state(*, merchant: MerchantFacts, promotion_id: UUID, at: datetime) -> str:
    """ "live", "paused" or "ended" at that instant, by the turns taken; "live" before the first."""
    turns = PromotionStatusChange.objects.filter(merchant_id=merchant.id, promotion_id=promotion_id, starts_at__lte=at)
    states = list(turns.order_by("starts_at", "number").values_list("state", flat=True))
    if not states:
        return "live"
    return "ended" if "ended" in states else states[-1]
