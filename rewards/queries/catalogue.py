"""The reward catalogue and what was redeemed from it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, Sum

from common.errors import Missing
from merchants.facts import MerchantFacts
from rewards.facts.coupons import RedemptionFacts, RewardFacts
from rewards.models import Redemption, Reward
from rewards.queries.coupons import coupon_by_id


def reward_list(*, merchant: MerchantFacts) -> list[RewardFacts]:
    """Every active reward, cheapest first, without looking at anybody's points."""
    return [_facts(row, reason=None, needed=None) for row in _active(merchant)]


def rewards_for_member(*, merchant: MerchantFacts, member_id: UUID, available: int, at: datetime) -> list[RewardFacts]:
    """Rewards with whether this member could take one now, and why not; `available` are their spendable points."""
    taken = taken_by_member(merchant=merchant, member_id=member_id, at=at)
    answers = []
    for row in _active(merchant):
        reason, needed = None, None
        if row.stock is not None and row.stock <= 0:
            reason = "reward_out_of_stock"
        elif row.per_member_limit is not None and taken.get(row.id, 0) >= row.per_member_limit:
            reason = "per_member_limit_reached"
        elif available < row.points:
            reason, needed = "insufficient_points", row.points - available
        answers.append(_facts(row, reason=reason, needed=needed))
    return answers


def taken_by_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> dict[UUID, int]:
    """How many of each reward the member took or holds; reversed and lapsed ones do not count."""
    rows = (
        Redemption.objects.filter(merchant_id=merchant.id, member_id=member_id)
        .filter(Q(status="completed") | Q(status="held", held_until__gt=at))
        .values_list("reward_id")
        .annotate(taken=Sum("quantity"))
    )
    return dict(rows)


def redemption(
    *, merchant: MerchantFacts, redemption_id: UUID, points_balance: int, at: datetime, today: date
) -> RedemptionFacts:
    """Raises Missing('redemption_not_found')."""
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
    )


def _active(merchant: MerchantFacts) -> list[Reward]:
    return list(Reward.objects.filter(merchant_id=merchant.id, is_active=True).order_by("points", "id"))


def _facts(row: Reward, *, reason: str | None, needed: int | None) -> RewardFacts:
    return RewardFacts(
        id=row.id,
        title=row.title,
        points=row.points,
        stock_left=row.stock,
        usable=reason is None,
        reason=reason,
        needed=needed,
    )
