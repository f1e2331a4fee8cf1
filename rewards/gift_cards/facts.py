"""Money paid in ahead: top-ups of a wallet and gift cards, as other apps see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.facts import Balance


@dataclass(frozen=True, slots=True)
class TopUpDraft:
    """What a till asks for; `request_fingerprint` is the fingerprint of the request (32 bytes)."""

    member_id: UUID
    amount: int
    reference: str
    request_fingerprint: bytes
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TopUpFacts:
    """`status`: completed or reversed. `wallet` is the member's wallet as it is now."""

    id: UUID
    reference: str
    member_id: UUID
    amount: int
    status: str
    at: datetime
    wallet: Balance


@dataclass(frozen=True, slots=True)
class RecordedTopUp:
    """`created` False: the reference was known with the same content."""

    top_up: TopUpFacts
    created: bool


@dataclass(frozen=True, slots=True)
class ActivationDraft:
    """What a till asks for when it sells a card: a new one, or the printed one of `code`."""

    amount: int
    reference: str
    request_fingerprint: bytes
    code: str | None = None


@dataclass(frozen=True, slots=True)
class GiftCardFacts:
    """A card as it is on a business day; `code` only where the reader may see it, and never to be logged.

    `status`: inactive, active, blocked, cancelled; a card whose balance expired stays active with nothing on it.
    """

    id: UUID
    code: str | None
    code_masked: str
    status: str
    amount: int
    balance_amount: int
    held_amount: int
    expires_on: date | None
    issued_at: datetime
    reference: str
    batch_id: UUID | None


@dataclass(frozen=True, slots=True)
class ActivatedGiftCard:
    """`created` False: the reference was known with the same content."""

    card: GiftCardFacts
    created: bool


@dataclass(frozen=True, slots=True)
class GiftCardCheck:
    """The answer to 'what is on this card?'; unknown, foreign and malformed codes look alike."""

    usable: bool
    reason: str | None
    card: GiftCardFacts | None


@dataclass(frozen=True, slots=True)
class ShownGiftCard:
    """A card shown at the till, its row locked where the caller will write. Unknown: `card_id` None.

    `code_hash` is by what a quote recognises the code again.
    """

    card_id: UUID | None
    code_hash: str
    code_masked: str
    state: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class GiftCardBatchDraft:
    """Cards issued together. `needs_activation`: worth nothing until a till sells them. `paid`: not given away."""

    title: str
    amount: int
    count: int
    needs_activation: bool
    paid: bool
    expires_on: date | None
    reason: str

    @property
    def total_amount(self) -> int:
        return self.amount * self.count


@dataclass(frozen=True, slots=True)
class GiftCardBatchFacts:
    id: UUID
    title: str
    amount: int
    count: int
    needs_activation: bool
    paid: bool
    expires_on: date | None
    reason: str
    issued_at: datetime
    issued_by: str


@dataclass(frozen=True, slots=True)
class GiftCardFigures:
    """All cards of the merchant: how many can be used, and what is on them that the merchant owes."""

    active: int
    inactive: int
    blocked: int
    outstanding_amount: int
