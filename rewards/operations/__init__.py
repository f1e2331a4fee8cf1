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
from rewards.operations.gifts import bind_gifts, give_gifts
from rewards.operations.moments import (
    MomentInUse,
    add_moment,
    change_moment,
    remove_moment,
    reset_moment_dates,
    set_moment_dates,
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
from rewards.operations.taking_back import take_back_gifts

__all__ = [
    "CouponNotUsable",
    "LimitMoved",
    "LockedCoupon",
    "MomentInUse",
    "RewardOutOfStock",
    "add_moment",
    "add_reward",
    "bind_gifts",
    "cancel_coupons",
    "change_moment",
    "commit_coupons",
    "confirm_redemption",
    "consume_promotions",
    "create_coupon_batch",
    "create_promotion",
    "expire_coupons",
    "give_gifts",
    "issue_coupon",
    "issue_coupons",
    "limited_promotions",
    "lock_coupons",
    "open_starter_programme",
    "publish_version",
    "redeem_reward",
    "reinstate_coupons",
    "release_coupons",
    "remove_moment",
    "reserve_coupons",
    "reset_moment_dates",
    "return_promotion_uses",
    "reverse_redemption",
    "set_moment_dates",
    "take_back_gifts",
]
