"""The reward catalogue: what a member can take now, and what staff need to know about each reward."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.errors import Missing
from common.word_searches import holds_words
from members.facts import MemberFacts
from merchants.facts import MerchantFacts
from rewards.catalogue.facts import CatalogueEntry, Handover, RewardDraft, RewardFacts, StockLine
from rewards.catalogue.models import Reward, RewardPicture, StockMovement
from rewards.catalogue.rules import RewardRefusal, Taker, reward_refusal
from rewards.coupons.models import CouponBatch
from rewards.promotions.facts import Funding


def reward_list(*, merchant: MerchantFacts) -> list[RewardFacts]:
    """Return every active reward in the shop's order, without looking at any member's points."""
    return [reward_facts(row, stock=row.stock, refusal=None) for row in _active_rewards(merchant)]


def rewards_titled(*, merchant: MerchantFacts, text: str, limit: int) -> list[tuple[UUID, str, int]]:
    """Return (id, title, points) of active rewards whose title has every word of the text, in the shop's order."""
    rows = Reward.objects.filter(holds_words("title", text), merchant_id=merchant.id, is_active=True)
    return list(rows.order_by("position", "points", "id").values_list("id", "title", "points")[:limit])


def rewards_for_member(
    *, merchant: MerchantFacts, member: MemberFacts, available: int, at: datetime, today: date
) -> list[RewardFacts]:
    """Return rewards with whether this member could take one now, and why not; `available`: points to spend.

    Two statements, however many rewards there are.
    """
    rows = _active_rewards(merchant)
    counts = taken_counts(merchant=merchant, member_id=member.id, rewards=rows, at=at, today=today)
    answers = []
    for row in rows:
        count = counts.get(row.id, NOTHING_TAKEN)
        stock = None if row.stock is None else row.stock + count.lapsed
        refusal = reward_refusal(draft_of(row), taker_of(member, count), stock=stock, available=available, today=today)
        answers.append(reward_facts(row, stock=stock, refusal=refusal))
    return answers


@dataclass(frozen=True, slots=True)
class TakenCount:
    """What one member took of a reward, in all and in its period; `lapsed`: pieces of anybody's holds that ran out."""

    taken: int = 0
    in_period: int = 0
    lapsed: int = 0


NOTHING_TAKEN: Final = TakenCount()

# Written per reward because each has a period of its own; a hold that ran out counts for no one.
_TAKEN: Final = """
SELECT r.id, coalesce(mine.taken, 0), coalesce(mine.in_period, 0), coalesce(open.lapsed, 0)
FROM rewards_reward r
LEFT JOIN LATERAL (
    SELECT sum(d.quantity) AS taken,
           sum(d.quantity) FILTER (WHERE d.business_date > %(today)s::date - r.period_days::int) AS in_period
    FROM rewards_redemption d
    WHERE d.merchant_id = %(merchant)s AND d.member_id = %(member)s AND d.reward_id = r.id
      AND (d.status = 'completed' OR (d.status = 'held' AND d.held_until > %(at)s))) mine ON true
LEFT JOIN LATERAL (
    SELECT sum(d.quantity) AS lapsed FROM rewards_redemption d
    WHERE d.merchant_id = %(merchant)s AND d.reward_id = r.id AND r.stock IS NOT NULL
      AND d.status = 'held' AND d.held_until <= %(at)s) open ON true
WHERE r.merchant_id = %(merchant)s AND r.id = ANY(%(rewards)s::uuid[])
"""


def taken_counts(
    *, merchant: MerchantFacts, member_id: UUID, rewards: Sequence[Reward], at: datetime, today: date
) -> dict[UUID, TakenCount]:
    """Count by reward id; reversed and lapsed redemptions do not count."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKEN,
            {
                "merchant": merchant.id,
                "member": member_id,
                "rewards": [row.id for row in rewards],
                "at": at,
                "today": today,
            },
        )
        return {row[0]: TakenCount(*map(int, row[1:])) for row in cursor.fetchall()}


def taker_of(member: MemberFacts, count: TakenCount) -> Taker:
    return Taker(
        tier_code=member.tier.code if member.tier else None,
        tier_rank=member.tier.rank if member.tier else None,
        segment=member.segment,
        taken=count.taken,
        taken_in_period=count.in_period,
    )


def draft_of(row: Reward) -> RewardDraft:
    """Return the row as its owner wrote it."""
    funding = None
    if row.partner_id is not None:
        funding = Funding(
            partner_id=row.partner_id, basis_points=row.funding_basis_points, unit_amount=row.funding_unit_amount
        )
    return RewardDraft(
        title=row.title,
        points=row.points,
        description=row.description,
        unit_cost_amount=row.unit_cost_amount,
        per_member_limit=row.per_member_limit,
        period_limit=row.period_limit,
        period_days=row.period_days,
        tiers_any=tuple(row.tiers_any),
        min_tier_rank=row.min_tier_rank,
        segments_any=tuple(row.segments_any),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        position=row.position,
        handover=Handover(row.handover),
        funding=funding,
        batch_id=row.batch_id,
    )


def reward_facts(row: Reward, *, stock: int | None, refusal: RewardRefusal | None) -> RewardFacts:
    needed = None
    if refusal is not None and refusal.reason == "insufficient_points":
        needed = (refusal.needed or 0) - (refusal.measured or 0)
    return RewardFacts(
        id=row.id,
        title=row.title,
        points=row.points,
        stock_left=stock,
        usable=refusal is None,
        reason=refusal.reason if refusal else None,
        needed=needed,
        description=row.description,
        picture_hash=row.picture_hash,
        picture_alt=row.picture_alt,
        handover=Handover(row.handover),
    )


def _active_rewards(merchant: MerchantFacts) -> list[Reward]:
    rows = Reward.objects.filter(merchant_id=merchant.id, is_active=True)
    return list(rows.order_by("position", "points", "id"))


# --- for staff ---------------------------------------------------------------------------------------------------

_CATALOGUE: Final = """
SELECT r.id, coalesce(p.reserved, 0), coalesce(p.taken, 0), coalesce(p.cost, 0), who.affordable, who.members
FROM rewards_reward r
LEFT JOIN (
    SELECT d.reward_id,
           sum(d.quantity) FILTER (WHERE d.status = 'held' OR d.fulfilment IN ('requested', 'ready')) AS reserved,
           sum(d.quantity) FILTER (WHERE d.status = 'completed' AND d.business_date > %(since)s) AS taken,
           sum(d.quantity * d.unit_cost_amount)
               FILTER (WHERE d.status = 'completed' AND d.business_date > %(since)s) AS cost
    FROM rewards_redemption d WHERE d.merchant_id = %(merchant)s GROUP BY d.reward_id) p ON p.reward_id = r.id
LEFT JOIN (
    SELECT price.points, count(*) FILTER (WHERE m.usable >= price.points) AS affordable, count(*) AS members
    FROM (SELECT DISTINCT points FROM rewards_reward WHERE merchant_id = %(merchant)s) price
    CROSS JOIN (
        SELECT CASE WHEN b.debt > 0 THEN 0 ELSE coalesce(b.balance, 0) - coalesce(b.held, 0) END AS usable
        FROM members_standing s
        LEFT JOIN ledger_balance b
               ON b.merchant_id = %(merchant)s AND b.owner_id = s.member_id AND b.unit = 'points'
        WHERE s.merchant_id = %(merchant)s AND s.status = 'active') m
    GROUP BY price.points) who ON who.points = r.points
WHERE r.merchant_id = %(merchant)s AND r.id = ANY(%(rewards)s::uuid[])
"""


def catalogue(
    *, merchant: MerchantFacts, today: date, active: bool = True, days: int = 30, reward_id: UUID | None = None
) -> list[CatalogueEntry]:
    """Return rewards in the shop's order with their figures of the last `days`; two statements.

    Who can afford one is counted by balance minus held, points still waiting included: the figure of a page, not of a
    till.
    """
    rows = Reward.objects.filter(merchant_id=merchant.id)
    rows = rows.filter(is_active=active) if reward_id is None else rows.filter(id=reward_id)
    found = list(rows.order_by("position", "points", "id"))
    with connection.cursor() as cursor:
        cursor.execute(
            _CATALOGUE,
            {"merchant": merchant.id, "rewards": [row.id for row in found], "since": today - timedelta(days=days)},
        )
        figures = {row[0]: [int(value or 0) for value in row[1:]] for row in cursor.fetchall()}
    return [_make_entry(row, figures.get(row.id, [0] * 5)) for row in found]


def catalogue_entry(*, merchant: MerchantFacts, reward_id: UUID, today: date) -> CatalogueEntry:
    """Return one reward, also a retired one. Raises Missing('reward_not_found')."""
    found = catalogue(merchant=merchant, today=today, reward_id=reward_id)
    if not found:
        raise Missing("reward_not_found")
    return found[0]


def _make_entry(row: Reward, figures: Sequence[Any]) -> CatalogueEntry:
    reserved, taken, cost, affordable, members = figures
    return CatalogueEntry(
        id=row.id,
        draft=draft_of(row),
        is_active=row.is_active,
        stock=row.stock,
        reserved=reserved,
        picture_hash=row.picture_hash,
        picture_alt=row.picture_alt,
        taken=taken,
        cost_amount=cost,
        affordable=affordable,
        members=members,
    )


def stock_lines(*, merchant: MerchantFacts, reward_id: UUID, limit: int = 20) -> list[StockLine]:
    """Return how the stock came to be what it is, newest first."""
    rows = StockMovement.objects.filter(merchant_id=merchant.id, reward_id=reward_id).order_by("-at", "-id")[:limit]
    return [StockLine(row.at, row.kind, row.change, row.reason, row.actor_label) for row in rows]


def coupon_batches(*, merchant: MerchantFacts) -> list[tuple[UUID, str]]:
    """Return (id, title) of the coupons a reward can be, the newest first."""
    rows = CouponBatch.objects.filter(merchant_id=merchant.id).order_by("-created_at", "-id")
    return list(rows.values_list("id", "title")[:200])


def rewards_giving_batches(*, merchant: MerchantFacts, batch_ids: Collection[UUID]) -> list[tuple[UUID, UUID, str]]:
    """Return (batch id, reward id, title) of the rewards in use that give coupons of these, in the shop's order."""
    rows = Reward.objects.filter(merchant_id=merchant.id, is_active=True, batch_id__in=batch_ids)
    found = rows.order_by("position", "id").values_list("batch_id", "id", "title")
    return [(batch_id, reward_id, title) for batch_id, reward_id, title in found if batch_id is not None]


def rewards_giving(*, merchant: MerchantFacts, promotion_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Return (id, title) of the rewards in use that give a coupon of one of these offers, in the shop's order."""
    batches = CouponBatch.objects.filter(merchant_id=merchant.id, promotion_id__in=promotion_ids).values("id")
    rows = Reward.objects.filter(merchant_id=merchant.id, is_active=True, batch_id__in=batches)
    return list(rows.order_by("position", "id").values_list("id", "title"))


def picture(*, merchant: MerchantFacts, reward_id: UUID, content_hash: str) -> bytes:
    """Return the picture at that address. Raises Missing('picture_not_found'), also for one that was replaced."""
    row = RewardPicture.objects.filter(
        merchant_id=merchant.id, reward_id=reward_id, content_hash=content_hash
    ).values_list("content", flat=True)
    found = row.first()
    if found is None:
        raise Missing("picture_not_found")
    return bytes(found)
