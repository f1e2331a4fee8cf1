"""Pure rules of coupons and of the calendar of moments. One file per noun; import from here."""

from rewards.rules.coupons import CouponState, coupon_refusal, coupon_status, validity
from rewards.rules.moments import MOVING, STANDARD, is_standard, moment_runs, occurrences, rhythm_of, window

__all__ = [
    "MOVING",
    "STANDARD",
    "CouponState",
    "coupon_refusal",
    "coupon_status",
    "is_standard",
    "moment_runs",
    "occurrences",
    "rhythm_of",
    "validity",
    "window",
]
