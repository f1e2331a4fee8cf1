"""Receipts of the past as they are replayed."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from rewards.engine.facts import Bill, Cart, Line


class PastReceipt(NamedTuple):
    """A receipt as it is replayed: what was brought to the till, and what was given then. Ids as text, as the engine
    takes them. `points_balance` is the member's balance after it; `codes` are (code, promotion id) that were used;
    `returned` are the units of each line that have come back since, () where none have. `bill`: None where the till
    sent nothing beside the goods.
    """

    id: str
    reference: str
    member_id: str | None
    outlet_id: str
    occurred_at: datetime
    business_date: date
    subtotal_amount: int
    discount_amount: int
    points_earned: int
    points_redeemed: int
    points_balance: int
    codes: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    returned: tuple[int, ...] = ()
    bill: Bill | None = None

    @property
    def cart(self) -> Cart:
        """What was brought to the till, with the tax, service charge and tip of its bill."""
        return Cart(self.lines, self.outlet_id, self.bill)


class PastReturn(NamedTuple):
    """Goods handed back: what the member's figures lost by it; `emptied`: nothing of the sale is left."""

    member_id: str
    received_at: datetime
    sold_on: date
    spend_amount: int
    points_reversed: int
    emptied: bool


class PastPurchase(NamedTuple):
    """A purchase before a replay begins, as far as it still counts towards tiers; net of returns."""

    member_id: str
    on: date
    net_amount: int
    points: int
    is_purchase: bool
