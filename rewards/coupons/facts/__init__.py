"""Frozen values of coupons that cross its border. One file per noun; import from here."""

from rewards.coupons.facts.asked import COUPONS_ABOVE, AskedCoupons
from rewards.coupons.facts.batches import CODES_JOB, BatchFacts, BatchFigures, CodesJob, CouponStory, CouponUse
from rewards.coupons.facts.coupons import CouponCheck, CouponFacts, GivenCoupon, SourceCoupon
from rewards.coupons.facts.returns import ReturnedRewards
from rewards.coupons.facts.stamps import (
    CardTerms,
    Clawback,
    GivenStamps,
    OfferedCard,
    SaleRewards,
    StampCardFacts,
)

__all__ = [
    "CODES_JOB",
    "COUPONS_ABOVE",
    "AskedCoupons",
    "BatchFacts",
    "BatchFigures",
    "CardTerms",
    "Clawback",
    "CodesJob",
    "CouponCheck",
    "CouponFacts",
    "CouponStory",
    "CouponUse",
    "GivenCoupon",
    "GivenStamps",
    "OfferedCard",
    "ReturnedRewards",
    "SaleRewards",
    "SourceCoupon",
    "StampCardFacts",
]
