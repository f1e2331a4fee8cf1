"""Pure rules of rewards: who can take what when, a gift's next step, and what a partner owes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from common.text import comparison_key
from rewards.facts.catalogue import Fulfilment, Funding, Handover, RewardDraft


@dataclass(frozen=True, slots=True)
class Taker:
    """What decides about a member: tier, segment, and how many of the reward they took, in all and in its period."""

    tier_code: str | None
    tier_rank: int | None
    segment: str | None
    taken: int = 0
    taken_in_period: int = 0


@dataclass(frozen=True, slots=True)
class RewardRefusal:
    """Why a reward cannot be taken; `measured` against `needed` in pieces or points, by reason."""

    reason: str
    measured: int | None = None
    needed: int | None = None


def reward_refusal(
    reward: RewardDraft, taker: Taker, *, stock: int | None, available: int | None, quantity: int = 1, today: date
) -> RewardRefusal | None:
    """Why the member cannot take so many pieces today; None when they can. `available` None: points are not asked."""
    if reward.valid_from is not None and today < reward.valid_from:
        return RewardRefusal("not_started")
    if reward.valid_until is not None and today > reward.valid_until:
        return RewardRefusal("expired")
    if not _tier_fits(reward, taker):
        return RewardRefusal("wrong_tier")
    if reward.segments_any and not _is_among(taker.segment, reward.segments_any):
        return RewardRefusal("wrong_segment")
    if stock is not None and stock < quantity:
        return RewardRefusal("reward_out_of_stock", measured=stock, needed=quantity)
    for limit, taken in (
        (reward.per_member_limit, taker.taken),
        (reward.period_limit, taker.taken_in_period),
    ):
        if limit is not None and taken + quantity > limit:
            return RewardRefusal("per_member_limit_reached", measured=taken, needed=limit)
    if available is not None and available < reward.points * quantity:
        return RewardRefusal("insufficient_points", measured=available, needed=reward.points * quantity)
    return None


def _tier_fits(reward: RewardDraft, taker: Taker) -> bool:
    """One of the named tiers, or a rank high enough; with neither asked for anybody fits."""
    if not reward.tiers_any and reward.min_tier_rank is None:
        return True
    if _is_among(taker.tier_code, reward.tiers_any):
        return True
    return reward.min_tier_rank is not None and (taker.tier_rank or 0) >= reward.min_tier_rank


NEXT_STEPS: Final[Mapping[tuple[Handover, Fulfilment], tuple[Fulfilment, ...]]] = {
    (Handover.PICKUP, Fulfilment.REQUESTED): (Fulfilment.READY, Fulfilment.CANCELLED),
    (Handover.PICKUP, Fulfilment.READY): (Fulfilment.HANDED_OVER, Fulfilment.CANCELLED),
    (Handover.SHIPPING, Fulfilment.REQUESTED): (Fulfilment.READY, Fulfilment.CANCELLED),
    (Handover.SHIPPING, Fulfilment.READY): (Fulfilment.SHIPPED, Fulfilment.CANCELLED),
    (Handover.SHIPPING, Fulfilment.SHIPPED): (Fulfilment.DELIVERED,),
}
"""Where a gift can go from where it is; what is handed over, sent or delivered is not taken back."""


def next_steps(handover: Handover, state: Fulfilment) -> tuple[Fulfilment, ...]:
    return NEXT_STEPS.get((handover, state), ())


def partner_share(base_amount: int, funding: Funding, *, pieces: int) -> int:
    """What the partner pays: a percentage of the cost, rounded half up, or so much per piece."""
    if funding.unit_amount is not None:
        return funding.unit_amount * pieces
    return share_of(base_amount, funding.basis_points or 0)


def share_of(base_amount: int, basis_points: int) -> int:
    """Hundredths of a percent of an amount, rounded half up."""
    return (base_amount * basis_points * 2 + 10_000) // 20_000


def share_left(share_amount: int, base_amount: int, base_left: int) -> int:
    """The partner's share of what is left of the discount: cumulative, so returns in any order add up to the whole."""
    return share_amount * base_left // base_amount if base_amount else 0


def _is_among(code: str | None, codes: Iterable[str]) -> bool:
    """Whether a tier's or segment's code is one of these, in whatever spelling."""
    return code is not None and comparison_key(code) in map(comparison_key, codes)
