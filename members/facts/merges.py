"""Two records of one person: what makes them look alike, and what a merge moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from members.facts.people import MemberFacts


class MatchReason(StrEnum):
    """Why two records may be one person's."""

    PHONE = "phone"
    EMAIL = "email"
    BIRTHDAY = "birthday"
    DEVICE = "device"


@dataclass(frozen=True)
class MovedRows:
    """Ids of the rows that passed from the merged record to the survivor, by kind."""

    rows: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {"rows": {kind: [str(row_id) for row_id in ids] for kind, ids in self.rows.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> MovedRows:
        """Read what was stored."""
        rows: Mapping[str, Sequence[str]] = stored.get("rows", {})
        return cls({kind: tuple(UUID(row_id) for row_id in ids) for kind, ids in rows.items()})


@dataclass(frozen=True)
class MergeFacts:
    """One merge. `taken` are the fields whose value came from the merged record."""

    id: UUID
    survivor_id: UUID
    merged_id: UUID
    merged_number: str
    at: datetime
    actor_label: str
    taken: tuple[str, ...]
    moved: MovedRows
    undone_at: datetime | None = None


@dataclass(frozen=True)
class DuplicatePair:
    """Two members who may be one person, the one who joined first in front; `reasons` say why."""

    first: MemberFacts
    second: MemberFacts
    reasons: tuple[MatchReason, ...]
