"""Frozen values about messages that cross the app's border."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID


class SuppressionReason(StrEnum):
    """Why an address gets nothing any more."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    ERASED = "erased"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class Suppressed:
    """A suppressed address, known by its hash only."""

    id: UUID
    reason: SuppressionReason
    at: datetime


@dataclass(frozen=True)
class SendingPolicyFacts:
    """How a merchant sends. `quiet_from`..`quiet_until` is local time in which no automation sends."""

    sender_name: str
    reply_to: str
    throttle_per_minute: int | None
    quiet_from: time
    quiet_until: time
