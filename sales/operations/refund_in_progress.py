"""Goods on their way back, between the locked sale and the written refund."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from members.facts import MemberFacts
from merchants.facts import MerchantFacts
from rewards.engine.facts import Outcome
from rewards.engine.returns import BillBack, Paid, ReturnedLine
from sales.facts import RefundDraft
from sales.models import Sale, SaleLine
from sales.rules import BelievedTime

Returns = tuple[Mapping[str, int], ...]
"""Every return of a sale in the order they came: units by line id."""


@dataclass(frozen=True, slots=True)
class Untaken:
    """What of a claim the member did not give: it had expired unused, or it is the merchant's loss."""

    expired: int = 0
    lost: int = 0


NOTHING_UNTAKEN: Final = Untaken()


@dataclass(frozen=True)
class RefundShares:
    """What the goods that come back carry of the sale.

    `paid` is what had paid for them, `bill` what of tax, service charge, tip and rounding goes with them,
    `spend_change_amount` what of the difference between goods and the member's spending does;
    `points_reversed` and `cashback_reversed` what they no longer earn. `spends` is
    what the promotions' budgets have left of the sale, `kept_points` what they still give, by promotion id.
    """

    lines: Sequence[tuple[SaleLine, ReturnedLine]]
    paid: Paid
    bill: BillBack
    spend_change_amount: int
    points_reversed: int
    cashback_reversed: int
    spends: Mapping[str, int]
    kept_points: Mapping[str, int]

    @property
    def money_amount(self) -> int:
        """Return the money to hand back, for the goods and the rest of the bill."""
        return self.paid.money_amount + self.bill.money_amount

    @property
    def wallet_amount(self) -> int:
        return self.paid.wallet_amount + self.bill.on_top.wallet_amount

    @property
    def gift_card_amount(self) -> int:
        return self.paid.gift_card_amount + self.bill.on_top.gift_card_amount


@dataclass
class RefundInProgress:
    """Carry a refund or a void through its steps: each reads what it needs here and leaves its results here.

    `sale` is the locked row, `till_id` who takes the goods back. `kind` is refund or void; `quantities` are the units
    by line row, `returns` all returns of the sale, this one last. `was_purchase`: goods of some worth were left before
    it, `was_partly_left`: any goods were.
    """

    id: UUID
    merchant: MerchantFacts
    till_id: UUID
    sale: Sale
    sale_lines: Sequence[SaleLine]
    quantities: Mapping[UUID, int]
    kind: str
    draft: RefundDraft
    time: BelievedTime
    received_at: datetime
    outcome: Outcome
    returns: Returns
    shares: RefundShares
    was_purchase: bool
    was_partly_left: bool
    exchange_sale_id: UUID | None = None
    also_unspent_amount: int = 0
    """What came back before the sale had its member, and counts for what they have spent only now."""

    # What the steps leave: `…_untaken` is the part that the ledger could not take, `…_returned` what it gave back,
    # which is the share, or less where a paid sale took less.
    member: MemberFacts | None = None
    points_balance: int = 0
    points_untaken: Untaken = NOTHING_UNTAKEN
    cashback_untaken: Untaken = NOTHING_UNTAKEN
    points_returned: int = 0
    wallet_returned: int = 0
    cards_returned: int = 0

    @property
    def today(self) -> date:
        return self.merchant.day_of(self.received_at)

    @property
    def is_void(self) -> bool:
        return self.kind == "void"

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the sale is left after it."""
        return self.is_void or all(
            line.quantity == line.returned_quantity + self.quantities.get(line.id, 0) for line in self.sale_lines
        )

    @property
    def is_last_of_purchase(self) -> bool:
        """Whether the sale was a purchase until now and is none any more; asked once the sale's figures are written."""
        return self.was_purchase and self.sale.refunded_amount >= self.sale.total_amount
