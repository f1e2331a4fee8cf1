"""Levels of the program and where a member is on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from members.facts.kinds import DownPolicy, TierCause, TierMeasure


@dataclass(frozen=True)
class TierFacts:
    """One level of the program; `threshold` is in the measure's unit (minor money units, points or visits)."""

    id: UUID
    code: str
    name: str
    rank: int
    measure: TierMeasure
    threshold: int


@dataclass(frozen=True)
class TierProgramFacts:
    """How tiers are held: a rolling window of business days, and what happens at night to who falls short."""

    window_days: int = 365
    down_policy: DownPolicy = DownPolicy.EARNED
    keep_days: int = 0


@dataclass(frozen=True)
class TierFigures:
    """What counts towards tiers now. `counted_since_on`: the oldest business day still within the window."""

    spend_amount: int = 0
    points: int = 0
    visits: int = 0
    counted_since_on: date | None = None

    def of(self, measure: TierMeasure) -> int:
        return {
            TierMeasure.SPEND: self.spend_amount,
            TierMeasure.POINTS: self.points,
            TierMeasure.VISITS: self.visits,
        }[measure]


@dataclass(frozen=True)
class NextTier:
    """The level above. `by`: the last day on which all of `progress` still counts; None while nothing counts."""

    code: str
    name: str
    measure: TierMeasure
    progress: int
    threshold: int
    by: date | None


@dataclass(frozen=True)
class TierChange:
    from_tier: TierFacts | None
    to_tier: TierFacts


@dataclass(frozen=True)
class TierMoveFacts:
    id: UUID
    at: datetime
    business_date: date
    from_code: str | None
    to_code: str
    cause: TierCause
    measured: int | None
    actor_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class MoveByHand:
    """A tier that neither a purchase nor a night gave."""

    at: datetime
    on: date
    tier_id: UUID
