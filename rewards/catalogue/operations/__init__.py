"""Writes of catalogue. One file per noun; import from here."""

from rewards.catalogue.operations.catalogue import (
    StockBelowReserved,
    add_reward,
    change_reward,
    correct_stock,
    offer_reward_again,
    restock_reward,
    retire_reward,
)
from rewards.catalogue.operations.fulfilments import StepNotPossible, hand_over, move_gift
from rewards.catalogue.operations.people import (
    absorb_member,
    forget_member,
    forget_words,
    release_member,
)
from rewards.catalogue.operations.pictures import clean_picture, describe_picture, remove_picture, set_picture
from rewards.catalogue.operations.program_copies import copy_rewards, reward_rows
from rewards.catalogue.operations.redemptions import (
    RedemptionHandedOver,
    RewardNotOpen,
    RewardOutOfStock,
    confirm_redemption,
    redeem_reward,
    reverse_redemption,
)
from rewards.catalogue.operations.staff_redemptions import redeem_by_staff

__all__ = [
    "RedemptionHandedOver",
    "RewardNotOpen",
    "RewardOutOfStock",
    "StepNotPossible",
    "StockBelowReserved",
    "absorb_member",
    "add_reward",
    "change_reward",
    "clean_picture",
    "confirm_redemption",
    "copy_rewards",
    "correct_stock",
    "describe_picture",
    "forget_member",
    "forget_words",
    "hand_over",
    "move_gift",
    "offer_reward_again",
    "redeem_by_staff",
    "redeem_reward",
    "release_member",
    "remove_picture",
    "restock_reward",
    "retire_reward",
    "reverse_redemption",
    "reward_rows",
    "set_picture",
]
