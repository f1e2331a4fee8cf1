"""A parent or guardian who agrees for a child."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from members.facts.kinds import ConsentMethod


class GuardianRelation(StrEnum):
    """What the person is to the child."""

    PARENT = "parent"
    GUARDIAN = "guardian"


@dataclass(frozen=True)
class GuardianDraft:
    """What staff write down: who agreed, how they said so and on which day."""

    name: str
    relation: GuardianRelation
    method: ConsentMethod
    agreed_on: date


@dataclass(frozen=True)
class GuardianFacts:
    """A parent or guardian who agreed; `ended_at` None: it holds. `name` is "" after the child was erased."""

    id: UUID
    name: str
    relation: GuardianRelation
    method: ConsentMethod
    agreed_on: date
    recorded_at: datetime
    recorded_by: str
    ended_at: datetime | None
    ended_by: str
