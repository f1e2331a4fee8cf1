"""Stamp cards and the coupons that sales bring, as other apps see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StampCardFacts:
    """How far a member's card is. `card_id` names the card and is the same for every member."""

    card_id: UUID
    title: str
    progress: int
    threshold: int


@dataclass(frozen=True, slots=True)
class CardTerms:
    """A card as a promotion describes it; `reward` is the coupon of a full card, as `issue_coupon` has it."""

    code: str
    title: str
    threshold: int
    reward: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class OfferedCard:
    """A stamp card that a promotion stamps now; `card_id` as members' cards have it."""

    promotion_id: UUID
    card_id: UUID
    terms: CardTerms


@dataclass(frozen=True, slots=True)
class GivenStamps:
    """How far the card is after stamps by hand, and what full cards brought: titles of coupons."""

    progress: int
    threshold: int
    coupons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaleRewards:
    """What a sale brought besides points. `refused` are promotions whose coupon could not be issued."""

    coupon_ids: tuple[UUID, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clawback:
    """A coupon of a returned sale: cancelled, or (`failed`) used by then, with the discount it had given."""

    coupon_id: UUID
    failed: bool
    value_amount: int
