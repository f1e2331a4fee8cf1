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
