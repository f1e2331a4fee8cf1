"""Who the next night would move on a ladder that is not saved yet: counted and listed by set-based statements."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from members.facts import LadderDraft, ShiftedMember, TierShift
from members.queries.tier_targets import BATCH, DRAFT_LADDER, TARGET
from members.rules import window_starts_on
from merchants.facts import MerchantFacts

_TARGETS: Final = f"WITH {DRAFT_LADDER},{BATCH},{TARGET}"
_COUNT: Final = f"""
    {_TARGETS}
    SELECT t.tier_id, t.target_id, count(*) FROM target t
    WHERE t.target_id IS DISTINCT FROM t.tier_id
    GROUP BY t.tier_id, t.target_id ORDER BY t.tier_id, t.target_id"""  # noqa: S608 - our own parts of a statement
_LIST: Final = f"""
    {_TARGETS}
    SELECT t.id, t.tier_id, t.target_id,
           CASE %(measure)s WHEN 'spend' THEN t.spend WHEN 'points' THEN t.points ELSE t.visits END
    FROM target t
    WHERE t.tier_id IS NOT DISTINCT FROM %(from)s AND t.target_id = %(to)s AND t.tier_id IS DISTINCT FROM %(to)s
      AND t.id > %(after)s
    ORDER BY t.id LIMIT %(limit)s"""  # noqa: S608 - our own parts of a statement


def ladder_shifts(*, merchant: MerchantFacts, draft: LadderDraft, on: date, source_view: str) -> list[TierShift]:
    """Return who would go from where to where in the night that begins the day `on`; nothing is written.

    `source_view` is what `recalculate_tiers` reads. Looks through all members: a few seconds for a very large shop.
    """
    with connection.cursor() as cursor:
        cursor.execute(_fill_statement(_COUNT, source_view), _draft_values(merchant, draft, on))
        return [TierShift(*row) for row in cursor.fetchall()]


def shifted_members(
    *,
    merchant: MerchantFacts,
    draft: LadderDraft,
    on: date,
    source_view: str,
    from_tier_id: UUID | None,
    to_tier_id: UUID,
    after: UUID | None,
    limit: int,
) -> list[ShiftedMember]:
    """Return the members behind one figure of `ladder_shifts`, in the order of their ids."""
    values = _draft_values(merchant, draft, on) | {
        "from": from_tier_id,
        "to": to_tier_id,
        "after": after or UUID(int=0),
        "limit": limit,
        "measure": draft.measure.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_fill_statement(_LIST, source_view), values)
        return [ShiftedMember(*row) for row in cursor.fetchall()]


def _fill_statement(statement: str, source_view: str) -> str:
    return statement.format(
        source=connection.ops.quote_name(source_view),
        of_members="m.merged_into_id IS NULL",
        of_sales="p.member_id IS NOT NULL",
    )


def _draft_values(merchant: MerchantFacts, draft: LadderDraft, on: date) -> dict[str, Any]:
    levels = [
        {"id": str(level.id), "rank": rank, "measure": draft.measure.value, "threshold": level.threshold}
        for rank, level in enumerate(draft.levels, start=1)
    ]
    return {
        "merchant": merchant.id,
        "ladder": json.dumps(levels),
        "window_from": window_starts_on(on, draft.program.window_days),
        "until": date.max,
        "on": on,
        "policy": draft.program.down_policy.value,
        "keep_days": draft.program.keep_days,
    }
