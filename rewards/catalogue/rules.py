"""Pure rules of rewards: who can take what when, and a gift's next step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from common.text import comparison_key
from rewards.catalogue.facts import Fulfilment, Handover, RewardDraft


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
    """Return why the member cannot take so many now; None when they can. `available` None: points do not count."""
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
    """Return whether a tier is named, or the rank is high enough; with neither asked for any member fits."""
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


def _is_among(code: str | None, codes: Iterable[str]) -> bool:
    """Return whether a tier's or segment's code is one of these, in any spelling."""
    return code is not None and comparison_key(code) in map(comparison_key, codes)
