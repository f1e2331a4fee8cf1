"""Pure rules of coupons, gift cards, the catalogue, referrals and moments. One file per noun; import from here."""

from rewards.rules.catalogue import (
    NEXT_STEPS,
    RewardRefusal,
    Taker,
    next_steps,
    partner_share,
    reward_refusal,
    share_left,
    share_of,
)
from rewards.rules.coupons import CouponState, coupon_refusal, coupon_status, validity, with_days_of
from rewards.rules.gift_cards import gift_card_refusal, masked_code
from rewards.rules.moments import MOVING, STANDARD, is_standard, moment_runs, occurrences, rhythm_of, window
from rewards.rules.referrals import cap_reached, fraud_signals, friend_price, may_move

__all__ = [
    "MOVING",
    "NEXT_STEPS",
    "STANDARD",
    "CouponState",
    "RewardRefusal",
    "Taker",
    "cap_reached",
    "coupon_refusal",
    "coupon_status",
    "fraud_signals",
    "friend_price",
    "gift_card_refusal",
    "is_standard",
    "masked_code",
    "may_move",
    "moment_runs",
    "next_steps",
    "occurrences",
    "partner_share",
    "reward_refusal",
    "rhythm_of",
    "share_left",
    "share_of",
    "validity",
    "window",
    "with_days_of",
]
