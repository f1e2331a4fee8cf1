"""Frozen values of coupons that cross its border. One file per noun; import from here."""

from rewards.coupons.facts.batches import CODE_WORK, BatchFacts, BatchFigures, CouponStory, CouponUse
from rewards.coupons.facts.coupons import CouponCheck, CouponFacts, GivenCoupon
from rewards.coupons.facts.stamps import CardTerms, Clawback, SaleRewards, StampCardFacts

__all__ = [
    "CODE_WORK",
    "BatchFacts",
    "BatchFigures",
    "CardTerms",
    "Clawback",
    "CouponCheck",
    "CouponFacts",
    "CouponStory",
    "CouponUse",
    "GivenCoupon",
    "SaleRewards",
    "StampCardFacts",
]
