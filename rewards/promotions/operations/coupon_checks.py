"""The check of what a promotion promises for later: coupons stand above promotions and hand it down at start."""

from __future__ import annotations

from typing import Protocol

from common.errors import FieldError
from merchants.facts import MerchantFacts
from rewards.engine.facts import Definition


class CouponChecker(Protocol):
    def __call__(self, definition: Definition, *, merchant: MerchantFacts) -> list[FieldError]: ...


_handed_down: list[CouponChecker] = []


def register_coupon_check(check: CouponChecker) -> None:
    """Take the one check that publishing asks; `rewards.apps` hands it down."""
    _handed_down[:] = [check]


def promise_problems(definition: Definition, *, merchant: MerchantFacts) -> list[FieldError]:
    """List what would keep the till from a promise. Without a check nothing is published: this fails."""
    (check,) = _handed_down
    return check(definition, merchant=merchant)
