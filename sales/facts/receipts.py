"""What a till and a screen learn of quotes, sales and returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.facts import Balance
from members.facts import MemberFacts
from rewards.coupons.facts import CouponFacts, StampCardFacts
from rewards.engine.facts import Bill, Outcome
from sales.facts.stored import ParkedLine, SaleWarning, TierCodes


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A receipt in a list; `earn_transfer_id` is the ledger's transfer of what it earned, None for nothing."""

    id: UUID
    reference: str
    status: str
    occurred_at: datetime
    total_amount: int
    discount_amount: int
    refunded_amount: int
    points_earned: int
    earn_transfer_id: UUID | None
    outlet_id: UUID


@dataclass(frozen=True, slots=True)
class GiftCardUse:
    """What one gift card pays. `status`: used, not_needed or rejected; `reason` why a rejected one pays nothing."""

    code_masked: str
    status: str
    used_amount: int
    balance_left_amount: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """An evaluated cart. `title_of` names promotions; `coupon_refusals` says per code why it cannot be used."""

    quote_id: UUID
    expires_at: datetime
    reserved: bool
    member: MemberFacts | None
    outcome: Outcome
    gift_cards: tuple[GiftCardUse, ...] = ()
    returns: tuple[ExchangedReturn, ...] = ()
    """What the goods handed back with the cart would bring."""
    hidden: frozenset[str] = frozenset()
    """Promotions whose decisions would show who the member is to a person with a card that is not confirmed."""
    warnings: tuple[SaleWarning, ...] = ()
    """What was wrong with the time that the till claims."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    line_id: str
    sku: str
    name: str
    category: str | None
    quantity: int
    unit_amount: int
    subtotal_amount: int
    discount_amount: int
    total_amount: int
    returned_quantity: int
    measure: str = ""
    tax_amount: int = 0
    service_amount: int = 0


@dataclass(frozen=True, slots=True)
class RefundLineFacts:
    line_id: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """`amount` is money handed back; `goods_amount` the goods' value, whatever had paid for them.

    Of tax, service charge, tip and rounding it is what goes back with the goods, in their prices or on top of them.

    `…_reversed` is what the goods no longer earn. Of it `…_expired` had run out unused before and `…_lost` could not be
    taken back (the merchant's loss); the rest was taken from the member.
    """

    id: UUID
    refund_reference: str
    status: str
    occurred_at: datetime
    amount: int
    goods_amount: int
    points_reversed: int
    points_returned: int
    wallet_returned_amount: int
    gift_card_returned_amount: int
    cashback_reversed_amount: int
    points_balance: int
    lines: tuple[RefundLineFacts, ...]
    tax_amount: int = 0
    service_amount: int = 0
    tip_amount: int = 0
    rounding_amount: int = 0
    points_expired: int = 0
    points_lost: int = 0
    cashback_expired_amount: int = 0
    cashback_lost_amount: int = 0
    warnings: tuple[SaleWarning, ...] = ()
    exchange_sale_id: UUID | None = None
    """The sale in whose receipt the goods were handed back."""


@dataclass(frozen=True, slots=True)
class ExchangedReturn:
    """Goods of an earlier sale that were handed back in a receipt; all but `refund` is that sale's."""

    sale_id: UUID
    reference: str
    member_id: UUID | None
    refund: RefundFacts
    withholds_member: bool = False


@dataclass(frozen=True, slots=True)
class ExchangedGoods:
    """The same for the screen: what they are called, and how many."""

    returned: ExchangedReturn
    goods: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ParkedReturnFacts:
    """A return whose sale is not known yet.

    `kind` is refund or void, `state` one of waiting, applied, refused, unmatched and closed; `problem` the code why the
    sale refused it. `created` False: the till had sent it before.
    """

    id: UUID
    till_id: UUID
    reference: str
    kind: str
    refund_reference: str
    state: str
    occurred_at: datetime
    received_at: datetime
    lines: tuple[ParkedLine, ...]
    exchange_sale_id: UUID | None = None
    reason: str = ""
    warnings: tuple[SaleWarning, ...] = ()
    problem: str = ""
    settled_at: datetime | None = None
    created: bool = True


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """A sale as it is now. `points`/`wallet` are the member's balances after it, None without a member.

    `payable_amount` is what went over the counter: below 0 where goods handed back with it (`returns`) were worth more.
    `withholds_member`: no till learns whether it has a member (`CartDraft`).
    """

    id: UUID
    reference: str
    status: str
    occurred_at: datetime
    business_date: date
    member: MemberFacts | None
    points: Balance | None
    wallet: Balance | None
    member_coupons: tuple[CouponFacts, ...]
    member_stamps: tuple[StampCardFacts, ...]
    outcome: Outcome
    lines: tuple[LineFacts, ...]
    payable_amount: int
    points_earned: int
    points_redeemed: int
    cashback_earned_amount: int
    cashback_pending: tuple[tuple[int, date], ...]
    wallet_redeemed_amount: int
    gift_card_redeemed_amount: int
    gift_cards: tuple[GiftCardUse, ...]
    points_balance: int
    quarantined: bool
    tier_change: TierCodes | None
    coupons_issued: tuple[CouponFacts, ...]
    refunds: tuple[RefundFacts, ...]
    warnings: tuple[SaleWarning, ...]
    birthday_benefit_open: bool = False
    returns: tuple[ExchangedReturn, ...] = ()
    withholds_member: bool = False


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt found by its number."""

    id: UUID
    reference: str
    till_id: UUID
    occurred_at: datetime
    total_amount: int
    status: str


@dataclass(frozen=True, slots=True)
class ReturnDetail:
    """Goods that came back; `kind` is refund or void, `reason` in the till's words.

    `exchanged_in`: the number of the receipt in which they were handed back for others.
    """

    refund: RefundFacts
    kind: str
    reason: str
    exchanged_in: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """A receipt for the screen: what was sold, what the engine gave and why, what came back.

    `outcome` is None for sales from a file that no engine has seen. `claimed_at`: when an anonymous sale became the
    member's.
    """

    id: UUID
    reference: str
    status: str
    source: str
    till_id: UUID
    outlet_id: UUID
    cashier: str
    member_id: UUID | None
    occurred_at: datetime
    received_at: datetime
    claimed_at: datetime | None
    subtotal_amount: int
    discount_amount: int
    total_amount: int
    payable_amount: int
    refunded_amount: int
    points_earned: int
    points_reversed: int
    points_redeemed: int
    points_returned: int
    wallet_redeemed_amount: int
    gift_card_redeemed_amount: int
    points_value_amount: int
    bill: Bill
    cashback_earned_amount: int
    outcome: Outcome | None
    lines: tuple[LineFacts, ...]
    returns: tuple[ReturnDetail, ...]
    warnings: tuple[SaleWarning, ...]
    exchanged_amount: int | None = None
    exchanged: tuple[ExchangedGoods, ...] = ()

    @property
    def counter_amount(self) -> int:
        """Money over the counter: below 0 where goods handed back in the receipt were worth more than those sold."""
        return self.payable_amount - (self.exchanged_amount or 0)

    @property
    def charged_otherwise_amount(self) -> int:
        """How much more the till charged than the bill comes to; below 0 where it was less."""
        stored = self.points_value_amount + self.wallet_redeemed_amount + self.gift_card_redeemed_amount
        return self.payable_amount - (self.total_amount + self.bill.added_amount - stored)


@dataclass(frozen=True, slots=True)
class RecordedSale:
    """`created` False: the receipt was known with the same content, and `sale` is the recorded one.

    `by_waiting_card`: whether the till knows the member only by a waiting card; None: the sale did not ask.
    """

    sale: SaleFacts
    created: bool
    by_waiting_card: bool | None = None


@dataclass(frozen=True, slots=True)
class RecordedRefund:
    refund: RefundFacts
    sale: SaleFacts
    created: bool
