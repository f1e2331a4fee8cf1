"""What a till asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rewards.engine.facts import Bill, Measure


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One line as the till rang it up; price and cost per unit, in the currency's smallest unit.

    `sku` is empty for goods without a code. `measure` is that of one unit, or words that are only shown. Tax and
    service charge are the line's; None where the till sent them for the whole bill, or not at all.
    """

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_amount: int
    category: str | None = None
    cost_amount: int | None = None
    measure: str | Measure | None = None
    tax_amount: int | None = None
    service_amount: int | None = None


@dataclass(frozen=True, slots=True)
class RefundLineDraft:
    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeReturnDraft:
    """Goods of an earlier sale handed back with a cart: named by this till's receipt number or its id, one of them."""

    lines: tuple[RefundLineDraft, ...]
    reference: str | None = None
    sale_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CartDraft:
    """What a quote and a sale have in common. At most one of `member_id` and `identifier`.

    `device_at` is the till's clock as it sent this, if it said so: `occurred_at` is corrected by it. `is_paid`: the
    customer had paid and left before we were asked, so nothing can be refused any more. `withholds_member`: of such a
    sale the till does not learn whether anyone is known by `identifier`, since it has asked for too many unknown ones.
    `bill`: tax, service charge, tip and rounding; None where the till sent none.
    """

    lines: tuple[LineDraft, ...]
    member_id: UUID | None = None
    identifier: str | None = None
    occurred_at: datetime | None = None
    device_at: datetime | None = None
    coupon_codes: tuple[str, ...] = ()
    redeem_points: int = 0
    redeem_wallet_amount: int = 0
    gift_card_codes: tuple[str, ...] = ()
    returns: tuple[ExchangeReturnDraft, ...] = ()
    is_paid: bool = False
    withholds_member: bool = False
    bill: Bill | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDraft(CartDraft):
    """`verification_code` is needed only with `reserve`, which is when points are set aside."""

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
    """`request_fingerprint`: 32 bytes of the validated body; the same receipt with other content is a conflict."""

    reference: str
    request_fingerprint: bytes
    unchecked_codes: tuple[str, ...] = ()
    """Codes of a sale that was paid, which are in no other list: a person has to look at them."""
    quote_id: UUID | None = None
    paid_at: datetime | None = None
    cashier: str | None = None
    verification_code: str | None = None
    tender_token: str | None = None
    device_id: str | None = None
    charged: Charged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDraft:
    """`request_fingerprint` as in `SaleDraft`, `device_at` as in `CartDraft`."""

    refund_reference: str
    request_fingerprint: bytes
    lines: tuple[RefundLineDraft, ...]
    occurred_at: datetime | None = None
    device_at: datetime | None = None
    reason: str = ""
