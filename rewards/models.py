"""Gathers the tables of all nouns for Django; each noun imports its own from its `models`."""

from rewards.catalogue.models import Redemption, RedemptionStep, Reward, RewardPicture, StockMovement
from rewards.coupons.models import (
    Coupon,
    CouponBatch,
    CouponClawback,
    CouponRedemption,
    CouponReservation,
    StampCard,
    StampEntry,
)
from rewards.gift_cards.models import GiftCard, GiftCardBatch, TopUp
from rewards.moments.models import Moment, MomentDates
from rewards.promotions.models import (
    BenefitGiven,
    Partner,
    PartnerFunding,
    PointsTake,
    PointsTally,
    Promotion,
    PromotionDay,
    PromotionDraft,
    PromotionStatusChange,
    PromotionUse,
    PromotionVersion,
)
from rewards.referrals.models import Referral, ReferralClawback, ReferralGrant, ReferralMove, ReferralProgram

__all__ = [
    "BenefitGiven",
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
