"""Tables of coupons. One file per noun; import from here."""

from rewards.coupons.models.coupons import Coupon, CouponBatch, CouponRedemption, CouponReservation
from rewards.coupons.models.stamps import CouponClawback, StampCard, StampEntry

__all__ = [
    "Coupon",
    "CouponBatch",
    "CouponClawback",
    "CouponRedemption",
    "CouponReservation",
    "StampCard",
    "StampEntry",
]
