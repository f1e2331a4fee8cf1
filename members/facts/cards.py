"""Cards, what a till was shown, and codes for the till."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class CardFacts:
    """`shown_name`: what was typed on the public page, while the card waits."""

    id: UUID
    number: str
    issued_at: datetime
    confirmed_at: datetime | None
    shown_name: str
    revoked_at: datetime | None
    revoked_reason: str

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None and self.confirmed_at is not None

    @property
    def is_waiting(self) -> bool:
        return self.revoked_at is None and self.confirmed_at is None


@dataclass(frozen=True)
class ShownCard:
    """The member whom a look-up found, and whether it was a waiting card that found them."""

    member_id: UUID
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class VerificationCodeFacts:
    """A code to be read out at the till; readable only here, once, and never logged."""

    code: str
    expires_at: datetime
