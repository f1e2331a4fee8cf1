"""Frozen values about sales that cross app borders: what a till asks for, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from ledger.facts import Balance
from members.facts import MemberFacts
from rewards.coupons.facts import CouponFacts, StampCardFacts
from rewards.engine.facts import Line, Outcome


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One line as the till rang it up; amounts per unit, tax included, in the currency's smallest unit."""

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_amount: int
    category: str | None = None
    cost_amount: int | None = None
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A receipt in a list."""

    id: UUID
    reference: str
    status: str
    occurred_at: datetime
    total_amount: int
    discount_amount: int
    refunded_amount: int
    points_earned: int


class PastReceipt(NamedTuple):
    """A receipt as it is replayed: what was brought to the till, and what was given then. Ids as text, as the engine
    takes them. `points_balance` is the member's balance after it; `codes` are (code, promotion id) that were used;
    `returned` are the units of each line that have come back since, () where none have.
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


class PastReturn(NamedTuple):
    """Goods handed back: what the member's figures lost by it. `emptied`: nothing of the sale is left."""

    member_id: str
    received_at: datetime
    sold_on: date
    goods_amount: int
    points_reversed: int
    emptied: bool


class PastPurchase(NamedTuple):
    """A purchase before a replay begins, as far as it still counts towards tiers; net of returns."""

    member_id: str
    on: date
    net_amount: int
    points: int
    is_purchase: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CartDraft:
    """What a quote and a sale have in common. At most one of `member_id` and `identifier`."""

    lines: tuple[LineDraft, ...]
    member_id: UUID | None = None
    identifier: str | None = None
    occurred_at: datetime | None = None
    coupon_codes: tuple[str, ...] = ()
    redeem_points: int = 0
    redeem_wallet_amount: int = 0
    gift_card_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDraft(CartDraft):
    """`verification_code` counts only with `reserve`: it is then that points are promised away."""

    reserve: bool = False
    verification_code: str | None = None


@dataclass(frozen=True, slots=True)
class ChargedLine:
    line_id: str
    total_amount: int


@dataclass(frozen=True, slots=True)
class Charged:
    """What the customer really paid, by line and in all."""

    lines: tuple[ChargedLine, ...]
    payable_amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleDraft(CartDraft):
    """`request_fingerprint` has 32 bytes of the validated body: the same receipt with other content is a conflict."""

    reference: str
    request_fingerprint: bytes
    quote_id: UUID | None = None
    paid_at: datetime | None = None
    cashier: str | None = None
    verification_code: str | None = None
    tender_token: str | None = None
    device_id: str | None = None
    charged: Charged | None = None


@dataclass(frozen=True, slots=True)
class RefundLineDraft:
    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDraft:
    """`request_fingerprint` as in `SaleDraft`."""

    refund_reference: str
    request_fingerprint: bytes
    lines: tuple[RefundLineDraft, ...]
    occurred_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SaleWarning:
    """Something the merchant should know about a sale that stands all the same; `facts` feed the sentence."""

    code: str
    facts: Mapping[str, Any]


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
    hidden: frozenset[str] = frozenset()
    """Promotions whose decisions would tell who the member is to whoever shows a card that nobody confirmed."""


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


@dataclass(frozen=True, slots=True)
class RefundLineFacts:
    line_id: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """`amount` is money handed back; `goods_amount` the goods' value, whatever had paid for them.

    `…_reversed` was taken from the member; `…_expired` had run out unused before, `…_lost` could not be had back: it
    is the merchant's loss. The three together are what the goods no longer earn.
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
    points_expired: int = 0
    points_lost: int = 0
    cashback_expired_amount: int = 0
    cashback_lost_amount: int = 0


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """A sale as it stands now. `points`/`wallet` are the member's balances after it, None without a member."""

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
    tier_change: tuple[str | None, str] | None
    coupons_issued: tuple[CouponFacts, ...]
    refunds: tuple[RefundFacts, ...]
    warnings: tuple[SaleWarning, ...]
    birthday_benefit_open: bool = False


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt that a number names."""

    id: UUID
    reference: str
    till_id: UUID
    occurred_at: datetime
    total_amount: int
    status: str


@dataclass(frozen=True, slots=True)
class ReturnDetail:
    """Goods that came back; `kind` is refund or void, `reason` in the till's words."""

    refund: RefundFacts
    kind: str
    reason: str


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
    cashback_earned_amount: int
    outcome: Outcome | None
    lines: tuple[LineFacts, ...]
    returns: tuple[ReturnDetail, ...]
    warnings: tuple[SaleWarning, ...]


@dataclass(frozen=True, slots=True)
class RecordedSale:
    """`created` False: the receipt was known with the same content, `sale` is what it became."""

    sale: SaleFacts
    created: bool


@dataclass(frozen=True, slots=True)
class RecordedRefund:
    refund: RefundFacts
    sale: SaleFacts
    created: bool
