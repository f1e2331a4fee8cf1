"""Batches of coupons and what became of them, as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from merchants.facts import WorkKind
from rewards.coupons.facts.coupons import CouponFacts

CODE_WORK: Final = WorkKind("codes", time_limit=120)
"""Codes that were ordered and do not all exist yet; its subject is the batch."""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch. `kind`: issued, codes or shared; `state`: making, ready or cancelled; `offer` is the definition's JSON.

    `shared_text` is the code itself where there is only one, and must not be logged.
    """

    id: UUID
    promotion_id: UUID
    title: str
    kind: str
    state: str
    ordered: int
    made: int
    max_uses: int
    valid_until: date | None
    created_at: datetime
    offer: dict[str, Any]
    shared_text: str


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """Coupons by what became of them, uses, and what the uses cost (`discount_amount`) and came with (`sales_amount`).

    issued = all that exist; used = at least once; expired and cancelled = never used.
    """

    issued: int = 0
    reserved: int = 0
    used: int = 0
    uses: int = 0
    expired: int = 0
    cancelled: int = 0
    discount_amount: int = 0
    sales_amount: int = 0


@dataclass(frozen=True, slots=True)
class CouponUse:
    """One use in a sale; `over` was beyond the limit in a sale already paid, `reinstated_at` was given back."""

    sale_id: UUID
    at: datetime
    discount_amount: int
    over: bool
    reinstated_at: datetime | None


@dataclass(frozen=True, slots=True)
class CouponStory:
    """A coupon with its batch and what happened to it, newest use first."""

    coupon: CouponFacts
    batch_id: UUID
    batch_kind: str
    state: str
    issued_at: datetime
    uses: tuple[CouponUse, ...]
