"""What was redeemed: one redemption, a member's, and the queue of gifts on their way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from common.errors import Missing
from merchants.facts import MerchantFacts
from rewards.catalogue.facts import (
    OPEN_FULFILMENTS,
    Fulfilment,
    Handover,
    QueuePage,
    RedemptionFacts,
    StepFacts,
    TakenReward,
)
from rewards.catalogue.models import Redemption, RedemptionStep
from rewards.coupons.queries import coupon_by_id

COUNT_LIMIT: Final = 10_000


def redemption(
    *, merchant: MerchantFacts, redemption_id: UUID, points_balance: int, at: datetime, today: date
) -> RedemptionFacts:
    """Return one redemption. Raises Missing('redemption_not_found')."""
    row = Redemption.objects.filter(merchant_id=merchant.id, id=redemption_id).first()
    if row is None:
        raise Missing("redemption_not_found")
    return redemption_facts(row, merchant=merchant, points_balance=points_balance, at=at, today=today)


def redemption_facts(
    row: Redemption, *, merchant: MerchantFacts, points_balance: int, at: datetime, today: date
) -> RedemptionFacts:
    coupon = coupon_by_id(merchant=merchant, coupon_id=row.coupon_id, at=at, today=today) if row.coupon_id else None
    return RedemptionFacts(
        id=row.id,
        reward_id=row.reward_id,
        member_id=row.member_id,
        quantity=row.quantity,
        status=row.status,
        held_until=row.held_until if row.status == "held" else None,
        points_spent=row.points if row.status != "reversed" else 0,
        coupon=coupon,
        points_balance=points_balance,
        handover=Handover(row.handover),
        fulfilment=Fulfilment(row.fulfilment) if row.fulfilment else None,
        fulfilment_at=row.fulfilment_at,
        outlet_id=row.outlet_id,
    )


def taken_by(*, merchant: MerchantFacts, member_id: UUID, limit: int = 10) -> list[TakenReward]:
    """Return the member's redemptions, newest first; one statement."""
    rows = _with_title(merchant).filter(member_id=member_id).order_by("-created_at", "-id")[:limit]
    return [_make_taken_reward(row) for row in rows]


def taken_reward(*, merchant: MerchantFacts, redemption_id: UUID) -> TakenReward:
    """Return one redemption as lists show it. Raises Missing('redemption_not_found')."""
    row = _with_title(merchant).filter(id=redemption_id).first()
    if row is None:
        raise Missing("redemption_not_found")
    return _make_taken_reward(row)


def steps_of(*, merchant: MerchantFacts, redemption_id: UUID) -> list[StepFacts]:
    """Return the steps of a gift so far, oldest first."""
    rows = RedemptionStep.objects.filter(merchant_id=merchant.id, redemption_id=redemption_id).order_by("number")
    return [StepFacts(r.from_state, r.to_state, r.at, r.actor_label, r.note) for r in rows]


def fulfilment_queue(
    *,
    merchant: MerchantFacts,
    states: tuple[Fulfilment, ...] = OPEN_FULFILMENTS,
    outlet_id: UUID | None = None,
    handover: Handover | None = None,
    before: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> QueuePage:
    """Return gifts in these states, the longest waiting first. `before`: in their state since before that instant."""
    rows = _with_title(merchant).filter(fulfilment__in=[state.value for state in states])
    if outlet_id is not None:
        rows = rows.filter(outlet_id=outlet_id)
    if handover is not None:
        rows = rows.filter(handover=handover.value)
    if before is not None:
        rows = rows.filter(fulfilment_at__lt=before)
    total = rows.order_by()[: COUNT_LIMIT + 1].count()
    cursor = _read_cursor(after)
    if cursor is not None:
        since, last_id = cursor
        rows = rows.filter(Q(fulfilment_at__gt=since) | Q(fulfilment_at=since, id__gt=last_id))
    found = list(rows.order_by("fulfilment_at", "id")[: limit + 1])
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return QueuePage(
        taken=tuple(_make_taken_reward(row) for row in shown),
        next_after=f"{last.fulfilment_at.isoformat()}~{last.id}" if last and last.fulfilment_at else None,
        total=total,
    )


def open_gifts(*, merchant: MerchantFacts) -> int:
    """Count gifts that the shop must make ready, hand over, send or see arrive; up to 10,000."""
    rows = Redemption.objects.filter(merchant_id=merchant.id, fulfilment__in=[s.value for s in OPEN_FULFILMENTS])
    return rows[:COUNT_LIMIT].count()


def _read_cursor(text: str | None) -> tuple[datetime, UUID] | None:
    """Return where the page before ended; a text that is no cursor starts at the top."""
    since, _, last_id = (text or "").partition("~")
    try:
        seen = datetime.fromisoformat(since), UUID(last_id)
    except ValueError:
        return None
    return seen if seen[0].tzinfo else None


def _with_title(merchant: MerchantFacts) -> QuerySet[Redemption]:
    return Redemption.objects.select_related("reward").filter(merchant_id=merchant.id)


def _make_taken_reward(row: Redemption) -> TakenReward:
    return TakenReward(
        id=row.id,
        member_id=row.member_id,
        reward_id=row.reward_id,
        title=row.reward.title,
        quantity=row.quantity,
        points=row.points,
        status=row.status,
        handover=Handover(row.handover),
        fulfilment=Fulfilment(row.fulfilment) if row.fulfilment else None,
        since=row.fulfilment_at or row.finished_at or row.created_at,
        created_at=row.created_at,
        outlet_id=row.outlet_id,
    )
