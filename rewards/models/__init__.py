"""Tables of rewards. One file per noun; import them from `rewards.models`."""

from rewards.models.catalogue import Redemption, RedemptionStep, Reward, RewardPicture, StockMovement
from rewards.models.coupons import Coupon, CouponBatch, CouponRedemption, CouponReservation
from rewards.models.drafts import PromotionDraft
from rewards.models.gift_cards import GiftCard, GiftCardBatch
from rewards.models.moments import Moment, MomentDates
from rewards.models.partners import Partner, PartnerFunding
from rewards.models.points_caps import PointsTake, PointsTally
from rewards.models.promotions import Promotion, PromotionDay, PromotionStatusChange, PromotionUse, PromotionVersion
from rewards.models.referrals import Referral, ReferralClawback, ReferralGrant, ReferralMove, ReferralProgram
from rewards.models.stamps import CouponClawback, StampCard, StampEntry
from rewards.models.top_ups import TopUp

__all__ = [
    "Coupon",
    "CouponBatch",
    "CouponClawback",
    "CouponRedemption",
    "CouponReservation",
    "GiftCard",
    "GiftCardBatch",
    "Moment",
    "MomentDates",
    "Partner",
    "PartnerFunding",
    "PointsTake",
    "PointsTally",
    "Promotion",
    "PromotionDay",
    "PromotionDraft",
    "PromotionStatusChange",
    "PromotionUse",
    "PromotionVersion",
    "Redemption",
    "RedemptionStep",
    "Referral",
    "ReferralClawback",
    "ReferralGrant",
    "ReferralMove",
    "ReferralProgram",
    "Reward",
    "RewardPicture",
    "StampCard",
    "StampEntry",
    "StockMovement",
    "TopUp",
]
