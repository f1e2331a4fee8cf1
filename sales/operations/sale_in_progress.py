"""One sale between its claimed receipt and its written row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from members.facts import MemberFacts, TierChange
from merchants.facts import MerchantFacts
from rewards.engine.facts import Outcome
from sales.facts import Charged, ExchangedReturn, GiftCardPayment, LateEarnings, SaleTransfers, SaleWarning
from sales.models import Quote, SaleLine
from sales.operations.pricing_context import PricingContext


@dataclass
class SaleInProgress:
    """Carry a sale through its steps: each reads what it needs here and leaves its results here.

    `id` and `reference` are the receipt's. `outcome` is what the cart is given: where a reserved `quote` is paid, it is
    the quote's. `charged` is what the till charged, None where it charged what we said.
    """

    id: UUID
    reference: str
    received_at: datetime
    context: PricingContext
    outcome: Outcome
    quote: Quote | None = None
    charged: Charged | None = None
    warnings: list[SaleWarning] = field(default_factory=list)
    returns: tuple[ExchangedReturn, ...] = ()
    """Goods of earlier sales that were handed back in this receipt."""

    # What the steps leave.
    member: MemberFacts | None = field(init=False)
    """The member as they are now: with this purchase, once it is applied."""
    lines: list[SaleLine] = field(default_factory=list)
    points_earned: int = 0
    transfers: SaleTransfers = field(default_factory=SaleTransfers)
    gift_card_payments: list[GiftCardPayment] = field(default_factory=list)
    """In the order in which the cards were shown."""
    tier_change: TierChange | None = None
    referral_id: UUID | None = None
    set_aside: LateEarnings | None = None
    """What the sale would earn, where a person has to decide about it."""

    def __post_init__(self) -> None:
        self.member = self.context.member

    @property
    def merchant(self) -> MerchantFacts:
        return self.context.merchant

    @property
    def member_id(self) -> UUID | None:
        return self.context.member_id

    @property
    def quote_id(self) -> UUID | None:
        return self.quote.id if self.quote else None

    @property
    def is_paid(self) -> bool:
        """Whether the customer has paid: such a sale is never refused for a limit."""
        return self.context.is_paid

    @property
    def is_sent_afterwards(self) -> bool:
        """Whether the customer had paid before we were asked: nothing could be held for them."""
        return self.context.draft.is_paid

    @property
    def withholds_member(self) -> bool:
        """Whether the till is not to learn if the sale has a member (`CartDraft`)."""
        return self.context.draft.withholds_member

    @property
    def is_quarantined(self) -> bool:
        """Whether the sale came too late to earn by itself; a sale without a member earns nothing anyway."""
        sale_time = self.context.sale_time
        return self.context.member is not None and sale_time.at != sale_time.priced_at

    @property
    def payable_amount(self) -> int:
        return self.charged.payable_amount if self.charged else self.outcome.payable_amount

    def warn(self, code: str, /, **facts: Any) -> None:
        """Add something that the merchant should know about the sale, which is recorded all the same."""
        self.warnings.append(SaleWarning(code, facts))
