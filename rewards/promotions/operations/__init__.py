"""Writes of promotions. One file per noun; import from here."""

from rewards.promotions.operations.benefits import PricedSale, claim_benefits, record_benefits, return_benefits
from rewards.promotions.operations.coupon_checks import register_coupon_check
from rewards.promotions.operations.drafts import discard_draft, keep_draft
from rewards.promotions.operations.limit_counters import LimitMoved
from rewards.promotions.operations.limits import (
    PromotionClaim,
    consume_promotions,
    limited_promotions,
    lock_promotions,
    lock_promotions_of_sales,
    release_promotions,
    reserve_promotions,
    return_promotion_spend,
    return_promotion_uses,
)
from rewards.promotions.operations.moments import MomentInUse, remove_moment
from rewards.promotions.operations.partners import add_partner, change_partner, end_promotion_funding, fund_promotion
from rewards.promotions.operations.people import absorb_member, release_member
from rewards.promotions.operations.point_caps import return_points
from rewards.promotions.operations.program_copies import copy_promotions, promotion_rows
from rewards.promotions.operations.promotions import (
    PromotionEnded,
    VersionMoved,
    create_promotion,
    end_promotion,
    open_starter_program,
    pause_promotion,
    publish_version,
    resume_promotion,
)
from rewards.promotions.operations.publications import NotExplainable, publish_checked
from rewards.promotions.operations.shares import record_promotion_funding, return_promotion_funding, returned_share

__all__ = [
    "LimitMoved",
    "MomentInUse",
    "NotExplainable",
    "PricedSale",
    "PromotionClaim",
    "PromotionEnded",
    "VersionMoved",
    "absorb_member",
    "add_partner",
    "change_partner",
    "claim_benefits",
    "consume_promotions",
    "copy_promotions",
    "create_promotion",
    "discard_draft",
    "end_promotion",
    "end_promotion_funding",
    "fund_promotion",
    "keep_draft",
    "limited_promotions",
    "lock_promotions",
    "lock_promotions_of_sales",
    "open_starter_program",
    "pause_promotion",
    "promotion_rows",
    "publish_checked",
    "publish_version",
    "record_benefits",
    "record_promotion_funding",
    "register_coupon_check",
    "release_member",
    "release_promotions",
    "remove_moment",
    "reserve_promotions",
    "resume_promotion",
    "return_benefits",
    "return_points",
    "return_promotion_funding",
    "return_promotion_spend",
    "return_promotion_uses",
    "returned_share",
]
