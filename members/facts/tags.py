"""Words that the merchant sorts members by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class TagFacts:
    id: UUID
    name: str


@dataclass(frozen=True)
class TaggingFacts:
    """One action that gave a tag: `count` members have it from there, and would lose it if it were taken back."""

    batch_id: UUID
    tag: TagFacts
    count: int
    at: datetime
