"""Rewards and redemptions as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from rewards.coupons.facts import CouponFacts
from rewards.promotions.facts import Funding


class Handover(StrEnum):
    """How a reward reaches the member: at once at the till, fetched from an outlet, or sent."""

    AT_ONCE = "at_once"
    PICKUP = "pickup"
    SHIPPING = "shipping"


class Fulfilment(StrEnum):
    """Where a gift is on its way to the member; rewards handed over at once have none."""

    REQUESTED = "requested"
    READY = "ready"
    HANDED_OVER = "handed_over"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


OPEN_FULFILMENTS: Final = (Fulfilment.REQUESTED, Fulfilment.READY, Fulfilment.SHIPPED)
"""States in which the shop still has something to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardDraft:
    """A reward as its owner writes it. `period_limit` holds within `period_days` business days, today included.

    Open to a member whose tier is one of `tiers_any` or has at least `min_tier_rank` (empty and None: any tier), and
    whose segment is one of `segments_any` (empty: anybody). Days are inclusive. `unit_cost_amount` is for reports.
    """

    title: str
    points: int
    description: str = ""
    unit_cost_amount: int | None = None
    per_member_limit: int | None = None
    period_limit: int | None = None
    period_days: int | None = None
    tiers_any: tuple[str, ...] = ()
    min_tier_rank: int | None = None
    segments_any: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    position: int = 100
    handover: Handover = Handover.AT_ONCE
    funding: Funding | None = None
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RewardFacts:
    """A reward as a till or a member sees it. `needed` are the points still missing for "insufficient_points"."""

    id: UUID
    title: str
    points: int
    stock_left: int | None
    usable: bool
    reason: str | None
    needed: int | None
    description: str = ""
    picture_hash: str = ""
    picture_alt: str = ""
    handover: Handover = Handover.AT_ONCE


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A reward as staff see it. `reserved` pieces are held or wait to be handed over; the shelf has stock + reserved.

    `taken` and `cost_amount` cover the days asked for; `affordable` of `members` have the points for one now.
    """

    id: UUID
    draft: RewardDraft
    is_active: bool
    stock: int | None
    reserved: int
    picture_hash: str
    picture_alt: str
    taken: int
    cost_amount: int
    affordable: int
    members: int


@dataclass(frozen=True, slots=True)
class StockLine:
    """One movement of a reward's stock, by a redemption or by hand."""

    at: datetime
    kind: str
    change: int
    reason: str
    actor_label: str


@dataclass(frozen=True, slots=True)
class RedemptionFacts:
    """`status`: held, completed, reversed or lapsed. `held_until` only while held; `fulfilment` only for gifts."""

    id: UUID
    reward_id: UUID
    member_id: UUID
    quantity: int
    status: str
    held_until: datetime | None
    points_spent: int
    coupon: CouponFacts | None
    points_balance: int
    handover: Handover = Handover.AT_ONCE
    fulfilment: Fulfilment | None = None
    fulfilment_at: datetime | None = None
    outlet_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One step of a gift on its way: who took it, when, and what they noted."""

    from_state: str
    to_state: str
    at: datetime
    actor_label: str
    note: str


@dataclass(frozen=True, slots=True)
class TakenReward:
    """A redemption in a list: of a member, or in the queue of gifts. `state` is the fulfilment, else the status."""

    id: UUID
    member_id: UUID
    reward_id: UUID
    title: str
    quantity: int
    points: int
    status: str
    handover: Handover
    fulfilment: Fulfilment | None
    since: datetime
    created_at: datetime
    outlet_id: UUID | None
    note: str = ""

    @property
    def state(self) -> str:
        return self.fulfilment.value if self.fulfilment else self.status


@dataclass(frozen=True, slots=True)
class QueuePage:
    """`next_after` continues the list; `total` counts up to 10,000."""

    taken: tuple[TakenReward, ...]
    next_after: str | None
    total: int
