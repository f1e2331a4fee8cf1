"""Tables of rewards. One file per noun; import them from `rewards.models`."""

from rewards.models.catalogue import Redemption, RedemptionStep, Reward, RewardPicture, StockMovement
from rewards.models.coupons import Coupon, CouponBatch, CouponRedemption, CouponReservation
from rewards.models.drafts import PromotionDraft
from rewards.models.moments import Moment, MomentDates
from rewards.models.partners import Partner, PartnerShare
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
    "Partner",
    "PartnerShare",
    "Promotion",
    "PromotionDay",
    "PromotionDraft",
    "PromotionTurn",
    "PromotionUse",
    "PromotionVersion",
    "Redemption",
    "RedemptionStep",
    "Reward",
    "RewardPicture",
    "StampCard",
    "StampEntry",
    "StockMovement",
]
