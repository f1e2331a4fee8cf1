"""Coupons: given out, locked at checkout, reserved, used, given back, expired. One file per noun; import from here."""

from rewards.operations.coupons.checkout import (
    CouponNotUsable,
    LockedCoupon,
    commit_coupons,
    coupon_is_held,
    lock_coupons,
    lock_coupons_of_sale,
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
    record_codes_read,
    set_coupon_state,
)
from rewards.operations.coupons.making import MOST_CODES, BatchNotOpen, cancel_batch, make_codes, order_codes
from rewards.operations.coupons.recounting import recount_reserved_coupons
from rewards.operations.coupons.shared import UNLIMITED, create_shared_code, is_shared_code

__all__ = [
    "MOST_CODES",
    "UNLIMITED",
    "BatchNotOpen",
    "CouponNotUsable",
    "LockedCoupon",
    "cancel_batch",
    "cancel_coupons",
    "commit_coupons",
    "coupon_is_held",
    "create_coupon_batch",
    "create_shared_code",
    "expire_coupons",
    "is_shared_code",
    "issue_coupon",
    "issue_coupons",
    "lock_coupons",
    "lock_coupons_of_sale",
    "make_codes",
    "order_codes",
    "record_codes_read",
    "recount_reserved_coupons",
    "reinstate_coupons",
    "release_coupons",
    "reserve_coupons",
    "set_coupon_state",
]
