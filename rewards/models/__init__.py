"""Tables of rewards. One file per noun; import them from `rewards.models`."""

from rewards.models.catalogue import Redemption, Reward
from rewards.models.coupons import Coupon, CouponBatch, CouponRedemption, CouponReservation
from rewards.models.moments import Moment, MomentDates
from rewards.models.promotions import Promotion, PromotionDay, PromotionTurn, PromotionUse, PromotionVersion
from rewards.models.stamps import CouponClawback, StampCard, StampEntry

__all__ = [
    "Coupon",
    "CouponBatch",
    "CouponClawback",
    "CouponRedemption",
    "CouponReservation",
    "Moment",
    "MomentDates",
    "Promotion",
    "PromotionDay",
    "PromotionTurn",
    "PromotionUse",
    "PromotionVersion",
    "Redemption",
    "Reward",
    "StampCard",
    "StampEntry",
]
