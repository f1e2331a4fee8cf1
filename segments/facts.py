"""Frozen values about segments that cross app borders. Amounts are in the merchant's smallest currency unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class Segment(StrEnum):
    """The four stages of a buyer; a member without purchases is in none."""

    NEW = "new"
    ACTIVE = "active"
    LOYAL = "loyal"
    LAPSED = "lapsed"


class Zone(StrEnum):
    """Named regions of the grid of recency and frequency scores; `segments.rules.zone` draws them."""

    CHAMPIONS = "champions"
    PROMISING = "promising"
    FIRST_STEPS = "first_steps"
    REGULARS = "regulars"
    FADING = "fading"
    AT_RISK = "at_risk"
    DORMANT = "dormant"
    ONE_TIME = "one_time"


class Cause(StrEnum):
    """Which clause of the lifecycle put a member where they are."""

    NO_PURCHASE = "no_purchase"
    LONG_SILENCE = "long_silence"
    FIRST_PURCHASE_RECENT = "first_purchase_recent"
    ONE_PURCHASE = "one_purchase"
    MANY_PURCHASES = "many_purchases"
    STILL_BUYING = "still_buying"


class Occasion(StrEnum):
    """Why segments were counted: the night of a business day, a changed rule, or someone asked (after an import)."""

    NIGHT = "night"
    RULE = "rule"
    REQUEST = "request"


@dataclass(frozen=True)
class Thresholds:
    """The numbers of the lifecycle; all days are whole business days, limits belong to the better side.

    `new_within_days` 30: a first purchase 30 days ago is still new. `lapsed_after_days` 90: the 91st day of silence
    is lapsed. `loyal_window_days` 180: a purchase 180 days ago still counts towards `loyal_purchases`.
    """

    new_within_days: int = 30
    lapsed_after_days: int = 90
    loyal_purchases: int = 6
    loyal_window_days: int = 180


@dataclass(frozen=True)
class Purchase:
    """One sale over 0 that was not fully returned; `amount` is net of returned goods."""

    on: date
    amount: int


@dataclass(frozen=True)
class Figures:
    """What is known of one buyer on a business day; `window_purchases` counts within the loyal window only."""

    first_purchase_on: date
    last_purchase_on: date
    purchase_count: int
    window_purchases: int
    spend_amount: int


@dataclass(frozen=True)
class Scores:
    """1 (lowest) to 5 within this merchant's buyers: how recently, how often, how much."""

    recency: int
    frequency: int
    monetary: int


@dataclass(frozen=True)
class SegmentReason:
    """Why a member is in `segment`: the clause that decided, with the figures and limits it looked at."""

    segment: Segment | None
    cause: Cause
    as_of: date
    thresholds: Thresholds
    figures: Figures | None
    silent_days: int | None


@dataclass(frozen=True)
class StandingFacts:
    """One buyer in the published snapshot."""

    member_id: UUID
    segment: Segment
    figures: Figures
    scores: Scores
    recency_days: int
    zone: Zone


@dataclass(frozen=True)
class RunFacts:
    """One published run; `number` counts up per merchant, `counts` has all four segments."""

    id: UUID
    number: int
    business_date: date
    occasion: Occasion
    published_at: datetime
    thresholds: Thresholds
    buyer_count: int
    counts: Mapping[Segment, int]


@dataclass(frozen=True)
class SegmentCard:
    """One lifecycle segment as its card shows it.

    `share` is of `base` (all buyers), None while there are none. `change` is against `compared_on`, None while there
    is no earlier run of the same definition. `changed_on`: the first day counted under it, where the days of `trend`
    were not all. `trend` holds (business date, members), oldest first.
    `reachable` counts active members with an e-mail address and consent.
    """

    segment: Segment
    definition: str
    member_count: int
    base: int
    share: float | None
    spend_amount: int
    reachable: int
    trend: tuple[tuple[date, int], ...]
    compared_on: date | None
    change: int | None
    changed_on: date | None = None


@dataclass(frozen=True)
class Flow:
    """Members that stood in `origin` (None: not yet a buyer) when the period began and in `target` when it ended."""

    origin: Segment | None
    target: Segment | None
    member_count: int


@dataclass(frozen=True)
class FlowTable:
    """All flows between two business days, those who stayed included; `since` is None before the second run."""

    since: date | None
    until: date | None
    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class MoveFacts:
    """One change of segment of one member; None means 'no purchases'."""

    member_id: UUID
    business_date: date
    origin: Segment | None
    target: Segment | None


@dataclass(frozen=True)
class GridCell:
    """One of 25 cells of the grid; every cell is there, empty ones with 0."""

    recency: int
    frequency: int
    zone: Zone
    member_count: int
    spend_amount: int


@dataclass(frozen=True)
class Grid:
    """Recency x frequency. Below `needed` buyers the scores say little, and `enough` is False."""

    as_of: date | None
    buyers: int
    needed: int
    cells: tuple[GridCell, ...]

    @property
    def enough(self) -> bool:
        return self.buyers >= self.needed


@dataclass(frozen=True)
class RulePreview:
    """Who would move if the thresholds were `proposed`; counts over the published snapshot's business day."""

    as_of: date | None
    proposed: Thresholds
    before: Mapping[Segment, int]
    after: Mapping[Segment, int]
    moves: tuple[Flow, ...]
    moving_count: int


@dataclass(frozen=True)
class RuleProposal:
    """Thresholds read from the shop's own repurchase interval, and the figures they were read from."""

    thresholds: Thresholds
    gap_count: int
    median_gap_days: int
    long_gap_days: int


BUYERS_FOR_GRID: Final = 100
"""Below this, fifths of the buyers are too small to mean anything."""
GAPS_FOR_PROPOSAL: Final = 100
"""Fewer intervals between purchases than this are not worth a proposal."""


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """The segment that a member's label named from `since_on` on; None is none."""

    since_on: date
    segment: str | None
