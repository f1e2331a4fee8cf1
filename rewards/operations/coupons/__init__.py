"""Coupons: given out, locked at checkout, reserved, used, given back, expired. One file per noun; import from here."""

from rewards.operations.coupons.checkout import (
    CouponNotUsable,
    LockedCoupon,
    commit_coupons,
    lock_coupons,
    reinstate_coupons,
    release_coupons,
    reserve_coupons,
)
from rewards.operations.coupons.giving import (
    cancel_coupons,
    create_coupon_batch,
    expire_coupons,
    issue_coupon,
    issue_coupons,
)

__all__ = [
    "CouponNotUsable",
    "LockedCoupon",
    "cancel_coupons",
    "commit_coupons",
    "create_coupon_batch",
    "expire_coupons",
    "issue_coupon",
    "issue_coupons",
    "lock_coupons",
    "reinstate_coupons",
    "release_coupons",
    "reserve_coupons",
]
