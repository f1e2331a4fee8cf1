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


@dataclass(frozen=True, slots=True)
class TierDraft:
    """One level as a person wants it. `id` is the level's, or a new one for a level that is added."""

    id: UUID
    name: str
    threshold: int
    perks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LadderDraft:
    """The whole ladder as a person wants it, the lowest level first, and how levels are held."""

    measure: TierMeasure
    levels: tuple[TierDraft, ...]
    program: TierProgramFacts


@dataclass(frozen=True, slots=True)
class TierShift:
    """How many members would go from one level to another in the night after a change; None: in no level yet."""

    from_tier_id: UUID | None
    to_tier_id: UUID
    members: int


@dataclass(frozen=True, slots=True)
class TierSize:
    """How many members hold a level, and how many of them have at least nine tenths of what the next one asks."""

    tier_id: UUID
    members: int
    near_next: int


@dataclass(frozen=True, slots=True)
class TierMonth:
    """Moves between levels in one calendar month of business days; a first level is none. `month`: its first day."""

    month: date
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class ShownTierMove:
    """A move of some member, for a list of all members' moves."""

    id: UUID
    member_id: UUID
    business_date: date
    from_tier_id: UUID
    to_tier_id: UUID


@dataclass(frozen=True, slots=True)
class ShiftedMember:
    """One member whom a change of the ladder would move: what counts for them, and from where to where."""

    member_id: UUID
    from_tier_id: UUID | None
    to_tier_id: UUID
    measured: int
