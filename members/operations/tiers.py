"""Tiers: the merchant's ladder, moves by hand, and the nightly recalculation."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.errors import BadInput, Missing, Refusal
from common.ids import new_id
from common.quantities import currency_digits
from members.facts import TierCause, TierFacts, TierMeasure
from members.models import Member, Tier, TierMove, TierProgram
from members.operations.purchases import lock_member
from members.queries import tier_program, tiers
from members.queries.tier_targets import BATCH, LADDER, TARGET
from members.rules import MOST_DAYS, window_starts_on
from members.wording import field_error
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

DEFAULT_LADDER: Final = (
    ("bronze", "Bronze", 0),
    ("silver", "Silver", 1),
    ("gold", "Gold", 5),
    ("platinum", "Platinum", 15),
)
"""Code, name, need in steps of `STEP_AMOUNTS` (elsewhere of 100 whole units). Names are not translated."""
STEP_AMOUNTS: Final = {"IDR": 1_000_000, "VND": 1_000_000, "KRW": 100_000, "JPY": 10_000}


def open_default_tiers(*, merchant: MerchantFacts) -> list[TierFacts]:
    """Open Bronze, Silver, Gold, Platinum by spend over 365 days, in sums that suit the currency; once."""
    step = STEP_AMOUNTS.get(merchant.currency, 100 * 10 ** currency_digits(merchant.currency))
    rows = [
        Tier(
            merchant_id=merchant.id,
            code=code,
            name=name,
            rank=rank,
            measure=TierMeasure.SPEND.value,
            threshold=steps * step,
        )
        for rank, (code, name, steps) in enumerate(DEFAULT_LADDER, start=1)
    ]
    if not Tier.objects.filter(merchant_id=merchant.id).exists():
        Tier.objects.bulk_create(rows)
        TierProgram.objects.create(merchant_id=merchant.id)
    return tiers(merchant=merchant)


def set_tier(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    tier_code: str,
    protected_until: date | None,
    actor: Actor,
    reason: str,
    at: datetime,
    business_date: date,
) -> None:
    """Move a member by hand; no night takes the tier away before `protected_until` is over.

    Raises MemberNotFound, Missing('tier_not_found'), Refusal('reason_required'), and BadInput for a day that has passed
    or lies too far ahead.
    """
    if not reason.strip():
        raise Refusal("reason_required")
    if protected_until is not None and not 0 <= (protected_until - business_date).days <= MOST_DAYS:
        raise BadInput([field_error("/protected_until", "protected_until_passed")])
    member = lock_member(merchant=merchant, member_id=member_id)
    tier = next((tier for tier in member.ladder if tier.code == tier_code), None)
    if tier is None:
        raise Missing("tier_not_found")
    moved = member.tier is None or member.tier.id != tier.id
    changes: dict[str, Any] = {"tier_protected_until": protected_until}
    if moved:
        changes |= {"tier_id": tier.id, "tier_since_on": business_date}
        TierMove.objects.create(
            merchant_id=merchant.id,
            member_id=member.id,
            from_tier_id=member.tier.id if member.tier else None,
            to_tier_id=tier.id,
            at=at,
            business_date=business_date,
            cause=TierCause.MANUAL.value,
            actor_id=actor.user_id,
            reason=reason,
        )
    Member.objects.filter(merchant_id=merchant.id, id=member.id).update(**changes)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.tier_set",
        at=at,
        subject=("member", member.id),
        before={"tier": member.tier.code if member.tier else None, "protected_until": member.tier_protected_until},
        after={"tier": tier.code, "protected_until": protected_until},
        reason=reason,
    )


# --- the night ---------------------------------------------------------------------------------------------------
# `members.rules.tier_after_night` is the readable definition; a property test holds these statements to it.

SCANNED_PER_WRITTEN: Final = 10
"""How many members a batch looks through for each it may lock: on an ordinary night 2 in 100 have to be written."""

# Who may have to be written, found without a lock: whose kept figures are right and whose tier is the one earned is
# left alone, and a sale that comes meanwhile adds to right figures. The rest is locked and counted again.
_FIND_DUE: Final = """
    SELECT m.id
    FROM members_member m
    LEFT JOIN (
        SELECT p.member_id, greatest(sum(p.net_amount), 0)::bigint AS spend,
               greatest(sum(p.points_earned), 0)::bigint AS points,
               count(*) FILTER (WHERE p.is_purchase) AS visits,
               min(p.business_date) FILTER (WHERE p.net_amount > 0) AS since_on
        FROM {source} p
        WHERE p.merchant_id = %(merchant)s AND p.member_id > %(after)s AND p.member_id <= %(last)s
          AND p.business_date >= %(window_from)s AND p.business_date <= %(until)s
        GROUP BY p.member_id) c ON c.member_id = m.id
    WHERE m.merchant_id = %(merchant)s AND m.id > %(after)s AND m.id <= %(last)s AND m.merged_into_id IS NULL
      AND ((m.tier_spend_amount, m.tier_points, m.tier_visits, m.tier_counted_since_on)
           IS DISTINCT FROM (coalesce(c.spend, 0), coalesce(c.points, 0), coalesce(c.visits, 0), c.since_on)
           OR m.tier_id IS DISTINCT FROM (
               SELECT t.id FROM members_tier t
               WHERE t.merchant_id = %(merchant)s AND t.threshold <= CASE t.measure
                   WHEN 'spend' THEN m.tier_spend_amount WHEN 'points' THEN m.tier_points ELSE m.tier_visits END
               ORDER BY t.rank DESC LIMIT 1))
    ORDER BY m.id LIMIT %(limit)s"""
_RECALCULATE: Final = f"""
    WITH {LADDER},{BATCH},{TARGET},
    written AS (
        UPDATE members_member m
        SET tier_spend_amount = t.spend, tier_points = t.points, tier_visits = t.visits,
            tier_counted_since_on = t.since_on, tier_id = t.target_id,
            tier_since_on = CASE WHEN t.target_id IS DISTINCT FROM t.tier_id THEN %(on)s ELSE m.tier_since_on END
        FROM target t
        WHERE m.merchant_id = %(merchant)s AND m.id = t.id
          AND (m.tier_spend_amount, m.tier_points, m.tier_visits, m.tier_counted_since_on, m.tier_id)
              IS DISTINCT FROM (t.spend, t.points, t.visits, t.since_on, t.target_id)
        RETURNING m.id)
    SELECT t.id, t.tier_id, t.target_id,
           (SELECT CASE x.measure WHEN 'spend' THEN t.spend WHEN 'points' THEN t.points ELSE t.visits END
            FROM ladder x WHERE x.id = t.target_id)
    FROM target t WHERE t.target_id IS DISTINCT FROM t.tier_id ORDER BY t.id"""  # noqa: S608 - our own parts of a statement
_OF_MEMBERS: Final = "m.id = ANY(%(members)s)"
_OF_SALES: Final = "p.member_id = ANY(%(members)s)"
_INSERT_MOVES: Final = """
    INSERT INTO members_tiermove
        (merchant_id, id, member_id, from_tier_id, to_tier_id, at, business_date, cause, measured, reason)
    SELECT %(merchant)s, id, member_id, from_tier_id, to_tier_id, %(at)s, %(on)s, %(cause)s, measured, ''
    FROM jsonb_to_recordset(%(rows)s::jsonb)
        AS r(id uuid, member_id uuid, from_tier_id uuid, to_tier_id uuid, measured bigint)"""


def recalculate_tiers(
    *,
    merchant: MerchantFacts,
    business_date: date,
    at: datetime,
    source_view: str,
    after: UUID | None,
    limit: int,
    sales_until: date | None = None,
) -> UUID | None:
    """Count tier figures again and move members by policy, for the day after `business_date`.

    Looks through the next members in the order of their ids and writes up to `limit` of them; returns the cursor for
    the next batch, None when all members are done. `source_view` has (merchant_id, member_id, business_date,
    net_amount, points_earned, is_purchase). Sales of the new day, already made while the night runs, count too;
    `sales_until` leaves out later ones when a history is replayed. Running a batch again changes nothing.
    """
    on = business_date + timedelta(days=1)
    program = tier_program(merchant=merchant)
    last, is_final = _last_of_batch(merchant, after, limit * SCANNED_PER_WRITTEN)
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "after": after or UUID(int=0),
        "last": last,
        "limit": limit,
        "window_from": window_starts_on(on, program.window_days),
        "until": sales_until or date.max,
        "on": on,
        "policy": program.down_policy.value,
        "keep_days": program.keep_days,
    }
    source = connection.ops.quote_name(source_view)
    with connection.cursor() as cursor:
        cursor.execute(_FIND_DUE.format(source=source), values)
        due: list[UUID] = [row[0] for row in cursor.fetchall()]
    # Locked first, in the order of their ids: a sale that comes meanwhile waits and adds to the fresh figures.
    rows = Member.objects.filter(merchant_id=merchant.id, id__in=due, merged_into_id__isnull=True).order_by("id")
    members = list(rows.select_for_update(no_key=True).values_list("id", flat=True)) if due else []
    if members:
        with connection.cursor() as cursor:
            statement = _RECALCULATE.format(source=source, of_members=_OF_MEMBERS, of_sales=_OF_SALES)
            cursor.execute(statement, {**values, "members": members})
            moves = cursor.fetchall()
        if moves:
            _write_moves(merchant, moves, at=at, on=on)
    if len(due) == limit:
        return due[-1]
    return None if is_final else last


def _last_of_batch(merchant: MerchantFacts, after: UUID | None, count: int) -> tuple[UUID, bool]:
    """Return the id of the `count`-th member after the cursor, and whether it is the last (then the highest id)."""
    ids = Member.objects.filter(merchant_id=merchant.id, id__gt=after or UUID(int=0)).order_by("id")
    found = ids.values_list("id", flat=True)[count - 1 : count].first()
    return (found, False) if found is not None else (UUID(int=2**128 - 1), True)


def _write_moves(merchant: MerchantFacts, moves: list[tuple[Any, ...]], *, at: datetime, on: date) -> None:
    rows = [
        {
            "id": str(new_id()),
            "member_id": str(member_id),
            "from_tier_id": str(from_id) if from_id else None,
            "to_tier_id": str(to_id),
            "measured": measured,
        }
        for member_id, from_id, to_id, measured in moves
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_MOVES,
            {"merchant": merchant.id, "at": at, "on": on, "cause": TierCause.NIGHT.value, "rows": json.dumps(rows)},
        )
