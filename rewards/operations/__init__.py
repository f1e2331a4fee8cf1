"""Writes of promotions, coupons and the reward catalogue. One file per noun; import from here."""

from rewards.operations.catalogue import (
    RewardOutOfStock,
    add_reward,
    confirm_redemption,
    redeem_reward,
    reverse_redemption,
)
from rewards.operations.coupons import (
    CouponNotUsable,
    LockedCoupon,
    cancel_coupons,
    commit_coupons,
    create_coupon_batch,
    expire_coupons,
    issue_coupon,
    issue_coupons,
    lock_coupons,
    reinstate_coupons,
    release_coupons,
    reserve_coupons,
)
from rewards.operations.promotions import (
    LimitMoved,
    consume_promotions,
    create_promotion,
    limited_promotions,
    open_starter_programme,
    publish_version,
    return_promotion_uses,
)

__all__ = [
    "CouponNotUsable",
    "LimitMoved",
    "LockedCoupon",
    "RewardOutOfStock",
    "add_reward",
    "cancel_coupons",
    "commit_coupons",
    "confirm_redemption",
    "consume_promotions",
    "create_coupon_batch",
    "create_promotion",
    "expire_coupons",
    "issue_coupon",
    "issue_coupons",
    "limited_promotions",
    "lock_coupons",
    "open_starter_programme",
    "publish_version",
    "redeem_reward",
    "reinstate_coupons",
    "release_coupons",
    "reserve_coupons",
    "return_promotion_uses",
    "reverse_redemption",
]
