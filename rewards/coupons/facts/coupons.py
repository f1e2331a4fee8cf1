"""Coupons as other apps see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CouponFacts:
    """A coupon; `code` is readable here and must not be logged. `status` as in the till API."""

    id: UUID
    code: str
    title: str
    kind: str
    valid_from: date | None
    valid_until: date | None
    uses_left: int
    status: str
    reserved_until: datetime | None
    conditions: Mapping[str, Any]
    member_id: UUID | None
    promotion_id: UUID


@dataclass(frozen=True, slots=True)
class CouponCheck:
    """The answer to 'can this code be used?'; unknown, foreign and malformed codes look alike."""

    code: str
    usable: bool
    reason: str | None
    coupon: CouponFacts | None


@dataclass(frozen=True, slots=True)
class GivenCoupon:
    """A coupon that a campaign gave out, as its list shows it; `status` as in `CouponFacts`."""

    id: UUID
    member_id: UUID | None
    status: str
    valid_until: date | None


class SourceCoupon(NamedTuple):
    """What a mail says of the coupon that it brings; `code` must not be logged, `until` is its last day."""

    code: str
    title: str
    until: date | None
