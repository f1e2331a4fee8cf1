"""Promotions as their owner sees them: the wording in force, the next one, their state, and the check of a draft."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from common.errors import Missing
from merchants.facts import MerchantFacts
from merchants.queries import all_outlets
from rewards.engine import evaluate, stored_definition
from rewards.engine.facts import Cart, CouponClaim, Definition, Finding, Level, MemberState, Outcome, Surroundings
from rewards.engine.linter import finding_of_code, lint, lint_all
from rewards.promotions.models import PromotionVersion
from rewards.promotions.queries.promotions import engine_settings, live_promotions

_LATEST: Final = """
SELECT DISTINCT ON (p.id) p.id, p.title, p.state, v.definition::text, v.number, v.starts_at
FROM rewards_promotion p
JOIN rewards_promotionversion v ON v.merchant_id = p.merchant_id AND v.promotion_id = p.id
WHERE p.merchant_id = %s AND v.merchant_id = %s AND p.state <> 'ended' AND NOT p.needs_coupon
ORDER BY p.id, v.number DESC
"""


@dataclass(frozen=True)
class PromotionSummary:
    """A promotion that is not over, in its latest wording."""

    id: UUID
    title: str
    state: str
    definition: Definition
    number: int
    starts_at: datetime


def promotion_summaries(*, merchant: MerchantFacts) -> list[PromotionSummary]:
    """Return every promotion that is not over and acts without a coupon, oldest first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [merchant.id, merchant.id])
        rows = cursor.fetchall()
    return [PromotionSummary(row[0], row[1], row[2], parsed(row[3]), row[4], row[5]) for row in rows]


def parsed(text: str) -> Definition:
    """Read a stored wording; versions are validated before they are stored."""
    return stored_definition(json.loads(text, parse_float=Decimal))


def as_written(definition: Definition) -> Mapping[str, Any]:
    """Return the JSON of a wording without its id, as it is edited and imported."""
    return {name: value for name, value in definition.to_json().items() if name != "id"}


# --- the list ----------------------------------------------------------------------------------------------------

OFFER_STATES: Final = ("draft", "scheduled", "live", "paused", "ended")

# The wording in force or, before the first one, the one to come. A promotion has ended when its last day is over at
# every outlet, and with it the hours that began on that day and run past midnight; it has begun with the first outlet.
_OFFERS: Final = """
SELECT p.id, v.definition ->> 'title' AS title, p.kind, p.used_count, p.spent_amount,
       v.definition::text AS definition, v.number, v.starts_at,
       (SELECT min(next.starts_at) FROM rewards_promotionversion next
        WHERE next.merchant_id = %(merchant)s AND next.promotion_id = p.id
          AND next.starts_at > greatest(v.starts_at, %(at)s)) AS next_at,
       CASE WHEN turn.state IN ('ended', 'paused') THEN turn.state
            WHEN v.definition -> 'when' ->> 'valid_to' < %(last_today)s AND NOT (
                v.definition -> 'when' ->> 'valid_to' = %(last_yesterday)s AND EXISTS (
                    SELECT FROM jsonb_array_elements(v.definition -> 'when' -> 'hours') AS span
                    WHERE (span ->> 'to')::time <= (span ->> 'from')::time
                      AND %(last_clock)s::time < (span ->> 'to')::time)) THEN 'ended'
            WHEN v.starts_at > %(at)s OR v.definition -> 'when' ->> 'valid_from' > %(first_today)s THEN 'scheduled'
            ELSE 'live' END AS state,
       coalesce(turn.state = 'ended', false) AS is_closed
FROM rewards_promotion p
CROSS JOIN LATERAL (
    SELECT definition, number, starts_at FROM rewards_promotionversion
    WHERE merchant_id = %(merchant)s AND promotion_id = p.id
    ORDER BY (starts_at <= %(at)s) DESC, CASE WHEN starts_at <= %(at)s THEN starts_at END DESC, starts_at, number DESC
    LIMIT 1) v
LEFT JOIN LATERAL (
    SELECT state FROM rewards_promotionstatuschange
    WHERE merchant_id = %(merchant)s AND promotion_id = p.id AND starts_at <= %(at)s
    ORDER BY (state = 'ended') DESC, starts_at DESC, number DESC LIMIT 1) turn ON true
WHERE p.merchant_id = %(merchant)s AND p.state <> 'draft' AND NOT p.needs_coupon {filters}
"""
_DRAFTS: Final = """
SELECT p.id, p.title, p.kind, 0, 0, p.definition::text, 0, p.updated_at, NULL, 'draft', false
FROM rewards_promotiondraft p WHERE p.merchant_id = %(merchant)s AND p.promotion_id IS NULL {filters}
"""
_FILTERS: Final = """
  AND (%(kind)s = '' OR p.kind = %(kind)s) AND (%(search)s = '' OR p.title ILIKE %(pattern)s)
"""
_CURSOR: Final = "AND (%(before)s::uuid IS NULL OR p.id < %(before)s::uuid)"
_FOUND: Final = "WITH found AS (" + _OFFERS + " UNION ALL " + _DRAFTS + ") "
_OF_STATE: Final = "SELECT * FROM found WHERE %(state)s = '' OR state = %(state)s ORDER BY id DESC LIMIT %(limit)s"
_PAGE: Final = _FOUND.format(filters=_FILTERS + _CURSOR) + _OF_STATE
_COUNTS: Final = _FOUND.format(filters=_FILTERS) + "SELECT state, count(*) FROM found GROUP BY state"  # noqa: S608


@dataclass(frozen=True)
class OfferRow:
    """A promotion in the list, in the wording in force or, before the first one, the one to come.

    `state`: one of OFFER_STATES; `is_closed`: someone ended it for good. `next_at`: when another wording takes over.
    A draft has a definition only once what is written says something complete.
    """

    id: UUID
    title: str
    kind: str
    state: str
    used: int
    spent: int
    definition: Definition | None
    number: int
    starts_at: datetime
    next_at: datetime | None
    is_closed: bool = False


@dataclass(frozen=True)
class OfferFilter:
    state: str = ""
    kind: str = ""
    search: str = ""


def offers_page(
    *,
    merchant: MerchantFacts,
    at: datetime,
    walls: Mapping[str, str],
    filters: OfferFilter,
    before: UUID | None = None,
    limit: int,
) -> list[OfferRow]:
    """Return promotions that act without a coupon, and drafts of new ones, newest first; one statement.

    `walls`: what `outlet_walls` says of `at`.
    """
    values = {**_query_values(merchant, at, walls, filters), "before": before, "limit": limit, "state": filters.state}
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, values)
        return [_offer_row(row) for row in cursor.fetchall()]


def offer_counts(
    *, merchant: MerchantFacts, at: datetime, walls: Mapping[str, str], filters: OfferFilter
) -> dict[str, int]:
    """Count by state, whatever state `filters` names. `walls`: what `outlet_walls` says of `at`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, _query_values(merchant, at, walls, filters))
        return dict(cursor.fetchall())


def _query_values(
    merchant: MerchantFacts, at: datetime, walls: Mapping[str, str], filters: OfferFilter
) -> dict[str, Any]:
    escaped = filters.search.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return {
        "merchant": merchant.id,
        "at": at,
        **walls,
        "kind": filters.kind,
        "search": filters.search,
        "pattern": f"%{escaped}%",
    }


def outlet_walls(*, merchant: MerchantFacts, at: datetime) -> dict[str, str]:
    """Return where a day begins first and where it ends last among the outlets: the day there, and the time of day.

    One statement.
    """
    zones = {merchant.timezone, *(outlet.timezone for outlet in all_outlets(merchant=merchant))}
    walls = sorted(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones)
    return {
        "first_today": walls[-1].date().isoformat(),
        "last_today": walls[0].date().isoformat(),
        "last_yesterday": (walls[0].date() - timedelta(days=1)).isoformat(),
        "last_clock": f"{walls[0]:%H:%M}",
    }


def _offer_row(row: tuple[Any, ...]) -> OfferRow:
    definition = parsed(row[5]) if row[5] else None
    return OfferRow(row[0], row[1], row[2], row[9], row[3], row[4], definition, row[6], row[7], row[8], row[10])


# --- one ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PromotionDetails:
    """One promotion: `row` as in the list, `latest` the wording written last, which may be still to come."""

    row: OfferRow
    definition: Definition
    latest: Definition
    latest_number: int
    latest_starts_at: datetime


def offer(*, merchant: MerchantFacts, promotion_id: UUID, at: datetime) -> PromotionDetails:
    """Return one promotion. Raises Missing('promotion_not_found'), also for one that acts only with a coupon."""
    values = {**_query_values(merchant, at, outlet_walls(merchant=merchant, at=at), OfferFilter()), "id": promotion_id}
    with connection.cursor() as cursor:
        cursor.execute(_OFFERS.format(filters="AND p.id = %(id)s"), values)
        found = cursor.fetchone()
    if found is None:
        raise Missing("promotion_not_found")
    row = _offer_row(found)
    last = PromotionVersion.objects.filter(merchant_id=merchant.id, promotion_id=promotion_id).latest("number")
    latest = stored_definition(last.definition)
    return PromotionDetails(row, row.definition or latest, latest, last.number, last.starts_at)


# --- checks ------------------------------------------------------------------------------------------------------


def findings_of(
    *,
    merchant: MerchantFacts,
    draft: Definition,
    surroundings: Surroundings,
    first_day: date,
    replaced: Definition | None = None,
) -> list[Finding]:
    """Return what the check before publishing says about `draft` beside everything that is live or will be.

    `replaced`: the version of which it is the next; warnings that are as true of that one are left out. A code belongs
    to a coupon, whose offer is published with it: a promotion of its own could never be opened.
    """
    rivals = [w.definition for w in promotion_summaries(merchant=merchant) if w.state == "live"]
    settings = engine_settings(merchant, [draft, *rivals, *([replaced] if replaced else [])])
    found = lint(draft, rivals, surroundings=surroundings, settings=settings, first_day=first_day)
    if replaced is not None:
        before = lint(replaced, rivals, surroundings=surroundings, settings=settings, first_day=first_day)
        found = [finding for finding in found if finding.level is Level.REFUSE or finding not in before]
    return [*finding_of_code(draft), *found]


def findings_of_all(
    *, merchant: MerchantFacts, surroundings: Surroundings, first_day: date
) -> list[tuple[PromotionSummary, list[Finding]]]:
    """Return the same check of every live promotion beside the others, without those where nothing is found."""
    live = [w for w in promotion_summaries(merchant=merchant) if w.state == "live" and not _is_over(w, first_day)]
    definitions = [w.definition for w in live]
    settings = engine_settings(merchant, definitions)
    found = lint_all(definitions, surroundings=surroundings, settings=settings, first_day=first_day)
    told: set[tuple[str, frozenset[str]]] = set()
    left = {each.id: _not_told_yet(each.id, found[each.id], told) for each in definitions}
    return [(wording, left[wording.definition.id]) for wording in live if left[wording.definition.id]]


MUTUAL: Final = frozenset({"adds_up", "points_add_up", "shares_units", "order_by_chance", "same_title", "same_code"})
"""What is as true the other way round."""


def _not_told_yet(mine: str, findings: list[Finding], told: set[tuple[str, frozenset[str]]]) -> list[Finding]:
    """Return findings without those that were made of the same promotions from the other side."""
    kept = []
    for finding in findings:
        pairs = {(finding.code, frozenset({mine, other})) for other, _title in finding.others}
        if finding.code not in MUTUAL or pairs - told:
            kept.append(finding)
            told |= pairs
    return kept


def _is_over(wording: PromotionSummary, today: date) -> bool:
    """Return whether it is over; hours past midnight of the last day run on into the day after it."""
    when = wording.definition.when
    if when.valid_to is None or when.valid_to >= today:
        return False
    return when.valid_to < today - timedelta(days=1) or not any(span.passes_midnight for span in when.hours)


def try_basket(
    *, merchant: MerchantFacts, draft: Definition, cart: Cart, member: MemberState | None, at: datetime
) -> Outcome:
    """Return the engine's answer to this cart with `draft` beside the live promotions; nothing is written.

    `at` is in the outlet's zone. A code the draft asks for counts as shown.
    """
    live = [d for d in live_promotions(merchant=merchant, at=at) if d.id != draft.id]
    asked = [*live, replace(draft, usage=replace(draft.usage, used=0, used_today=0))]
    claims = [CouponClaim("~", draft.id)] if draft.when.code else []
    return evaluate(cart, member, asked, claims, at, engine_settings(merchant, asked))
