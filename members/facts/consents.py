"""A yes or a no with its proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from members.facts.kinds import Channel, ConsentMethod, ConsentSource, StopReason, Topic

CONSENT_TEXT_VERSION: Final = "promo-1"
"""The wording shown beside today's consent boxes (`members.wording.consent_text`); a new wording is a new version."""


@dataclass(frozen=True)
class ConsentFacts:
    """One row of the consent history, the proof of a yes or a no.

    `at` is when it was recorded; `said_on` and `method` are when and how it was said, where staff wrote that down.
    """

    id: UUID
    at: datetime
    topic: Topic
    channel: Channel
    granted: bool
    source: ConsentSource
    text_version: str
    actor_id: UUID | None
    reason: StopReason | None = None
    actor_label: str = ""
    method: ConsentMethod | None = None
    said_on: date | None = None
