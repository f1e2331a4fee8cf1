"""Who is where in the published snapshot, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts
from segments.facts import Figures, Scores, Segment, SegmentReason, StandingFacts, Zone
from segments.queries.moves import CameFrom, came_from
from segments.queries.runs import latest_run, thresholds_of
from segments.rules import explain, zone
from segments.wording import reason_sentence

COLUMNS: Final = (
    "member_id, segment, first_purchase_on, last_purchase_on, purchase_count, window_purchases, spend_amount, "
    "r, f, m, recency_days"
)
_REACHABLE: Final = (
    "member_id IN (SELECT member_id FROM members_standing WHERE merchant_id = %(audience_merchant)s "
    "AND status = 'active' AND promo_email AND has_email)"
)
_NAMED_VALUE: Final = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class StandingFilter:
    """Narrows the buyers of the snapshot; None does not narrow. Scores are 1 to 5; `came` without a segment: into any.

    `reachable`: only whom a campaign may write to, read from the members as they are now.
    """

    segment: Segment | None = None
    zone: Zone | None = None
    recency: int | None = None
    frequency: int | None = None
    monetary: int | None = None
    came: CameFrom | None = None
    reachable: bool = False


def audience(*, merchant: MerchantFacts, who: StandingFilter) -> tuple[str, dict[str, Any]]:
    """Return (SQL, parameters) of a SELECT of `member_id`, for `INSERT ... SELECT`, so no audience is in memory.

    Parameter names begin with `audience_`. Consent and contact are the caller's part of the condition.
    """
    condition, given = _condition_sql(merchant, who)
    return f"SELECT member_id FROM segments_current WHERE {condition}", given  # noqa: S608


def member_ids_sql(*, merchant: MerchantFacts, who: StandingFilter) -> tuple[str, tuple[Any, ...]]:
    """Return the SELECT of `audience` with its values in the order of their places, for lists of members."""
    sql, given = audience(merchant=merchant, who=who)
    return _NAMED_VALUE.sub("%s", sql), tuple(given[name] for name in _NAMED_VALUE.findall(sql))


def standings_of(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> dict[UUID, StandingFacts]:
    """Return members in the published snapshot by id; who is not in it is left out. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM segments_current WHERE merchant_id = %s AND member_id = ANY(%s)",  # noqa: S608
            [merchant.id, list(member_ids)],
        )
        return {found.member_id: found for found in map(_standing_facts, cursor.fetchall())}


def standing_of(*, merchant: MerchantFacts, member_id: UUID) -> StandingFacts | None:
    """Return one member in the published snapshot; None without purchases up to its day (or before the first run)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM segments_current WHERE merchant_id = %s AND member_id = %s",  # noqa: S608
            [merchant.id, member_id],
        )
        row = cursor.fetchone()
    return None if row is None else _standing_facts(row)


def explain_member(*, merchant: MerchantFacts, member_id: UUID) -> SegmentReason | None:
    """Explain the member's published segment, under the thresholds of that run; None before the first run."""
    run = latest_run(merchant=merchant)
    if run is None:
        return None
    standing = standing_of(merchant=merchant, member_id=member_id)
    return explain(standing.figures if standing else None, run.business_date, run.thresholds)


def reason(*, merchant: MerchantFacts, member_id: UUID, language: str | None = None) -> str:
    """Return the reason as a sentence in `language` ('id', 'en'; None: the active one)."""
    found = explain_member(merchant=merchant, member_id=member_id)
    if found is None:
        found = explain(None, date.min, thresholds_of(merchant=merchant))
    return reason_sentence(found, language)


def _condition_sql(merchant: MerchantFacts, who: StandingFilter) -> tuple[str, dict[str, Any]]:
    parts = ["merchant_id = %(audience_merchant)s"]
    given: dict[str, Any] = {"audience_merchant": merchant.id}
    if who.segment is not None:
        parts.append("segment = %(audience_segment)s")
        given["audience_segment"] = who.segment.value
    for column, wanted in (("r", who.recency), ("f", who.frequency), ("m", who.monetary)):
        if wanted is not None:
            parts.append(f"{column} = %(audience_{column})s")
            given[f"audience_{column}"] = wanted
    if who.zone is not None:
        parts.append("r * 10 + f = ANY(%(audience_cells)s)")
        given["audience_cells"] = [r * 10 + f for r in range(1, 6) for f in range(1, 6) if zone(r, f) is who.zone]
    if who.came is not None:
        condition, more = came_from(merchant=merchant, who=who.came, target=who.segment)
        parts.append(condition)
        given |= more
    if who.reachable:
        parts.append(_REACHABLE)
    return " AND ".join(parts), given


def _standing_facts(row: tuple[Any, ...]) -> StandingFacts:
    member_id, segment, first, last, count, in_window, spend, r, f, m, recency_days = row
    return StandingFacts(
        member_id=member_id,
        segment=Segment(segment),
        figures=Figures(first, last, count, in_window, spend),
        scores=Scores(r, f, m),
        recency_days=recency_days,
        zone=zone(r, f),
    )
