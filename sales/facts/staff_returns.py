"""Receipts that staff change at the screen: what is taken back or given, and what it would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from rewards.coupons.facts import ReturnedRewards
from sales.facts.receipts import RefundFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReturn:
    """What a person takes back: units by line id, or None for all that is left. `till_id`: where the goods are.

    `seen` (rules.receipt_seen) is what the person saw of the receipt; where it is another by now, ReceiptMoved.
    """

    sale_id: UUID
    till_id: UUID
    quantities: Mapping[str, int] | None
    seen: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnEffects:
    """What one return did, or would do: money, points, wallet, coupons and stamps."""

    refund: RefundFacts
    rewards: ReturnedRewards


@dataclass(frozen=True, slots=True)
class ClaimEffects:
    """What giving an anonymous receipt to a member brought, or would bring them. `coupons` are titles."""

    points_earned: int
    cashback_amount: int
    points_balance: int
    coupons: tuple[str, ...]
    tier_code: str = ""
    """The tier that the member comes to have by it; empty where it stays."""
