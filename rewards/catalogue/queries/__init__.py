"""Reads of catalogue. One file per noun; import from here."""

from rewards.catalogue.queries.catalogue import (
    NOTHING_TAKEN,
    catalogue,
    catalogue_entry,
    coupon_batches,
    draft_of,
    picture,
    reward_list,
    rewards_for_member,
    rewards_giving,
    rewards_titled,
    stock_lines,
    taken_counts,
    taker_of,
)
from rewards.catalogue.queries.redemptions import (
    fulfilment_queue,
    open_gifts,
    redemption,
    redemption_facts,
    steps_of,
    taken_by,
    taken_reward,
)

__all__ = [
    "NOTHING_TAKEN",
    "catalogue",
    "catalogue_entry",
    "coupon_batches",
    "draft_of",
    "fulfilment_queue",
    "open_gifts",
    "picture",
    "redemption",
    "redemption_facts",
    "reward_list",
    "rewards_for_member",
    "rewards_giving",
    "rewards_titled",
    "steps_of",
    "stock_lines",
    "taken_by",
    "taken_counts",
    "taken_reward",
    "taker_of",
]
