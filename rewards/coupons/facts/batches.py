"""Batches of coupons and what became of them, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from rewards.coupons.facts.coupons import CouponFacts

CODES_JOB: Final = "coupon_codes"
"""The kind of job that makes the codes of a batch."""


@dataclass(frozen=True, slots=True)
class CodesJob:
    """What a job of this kind is asked for: a batch, until `ordered` codes of it exist."""

    batch_id: UUID
    ordered: int

    def to_json(self) -> dict[str, Any]:
        return {"batch_id": str(self.batch_id), "ordered": self.ordered}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CodesJob:
        return cls(UUID(data["batch_id"]), int(data["ordered"]))


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch. `kind`: issued, codes or shared; `state`: partial, ready or cancelled; `offer` is the definition's JSON.

    `job_id` is the job that makes, or last made, its codes; None where none were ordered. `shared_text` is the code
    itself where there is only one, and must not be logged. `approval_id`: another person approved what is above the
    limit of what one may make alone. `valid_days` counts from the day a coupon is given, that day included.
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
    job_id: UUID | None
    offer: dict[str, Any]
    shared_text: str
    approval_id: UUID | None
    valid_days: int | None = None


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
