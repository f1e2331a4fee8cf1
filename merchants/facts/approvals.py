"""Frozen values of approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ApprovalState(StrEnum):
    """What waits may be approved or refused by another person, or withdrawn by its asker; all three are final."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """Something that waits for a decision: how much (`figures`), who asked, until when it can be decided."""

    id: UUID
    figures: Mapping[str, Any]
    asked_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalDetails:
    """A request with who asked, who decided, and why. `asker_kind`: a person or a till asked."""

    id: UUID
    kind: str
    subject_kind: str
    subject_id: UUID
    figures: Mapping[str, Any]
    asker_kind: str
    asked_by_id: UUID
    asked_by: str
    asked_at: datetime
    asked_reason: str
    expires_at: datetime
    state: ApprovalState
    decided_by_id: UUID | None
    decided_by: str
    decided_at: datetime | None
    decided_reason: str
