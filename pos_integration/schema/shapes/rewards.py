"""Rewards and their redemptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_integration.schema.shapes.basics import (
    COUNT,
    DAY,
    FLAG,
    INSTANT,
    POINTS,
    SIGNED,
    TEXT,
    UUID,
    Shape,
    choice,
    exactly,
    listed,
    nullable,
    page,
    ref,
)

REWARDS: Final[Mapping[str, Shape]] = {
    "Redemption": exactly(
        {
            "id": UUID,
            "reward_id": UUID,
            "points_spent": POINTS,
            "coupon": nullable(ref("Coupon")),
            "points_balance": SIGNED,
            "status": choice("held", "completed", "reversed", "lapsed"),
            "held_until": nullable(INSTANT),
            "fulfilment": nullable(ref("Fulfilment")),
        }
    ),
    "Fulfilment": exactly(
        {
            "delivery_method": choice("pickup", "shipping"),
            "state": choice("requested", "ready", "handed_over", "shipped", "delivered", "cancelled"),
            "since": INSTANT,
            "outlet_id": nullable(UUID),
        },
        description="Where a gift is that is fetched or sent; null for rewards handed over at once",
    ),
    "Reward": exactly(
        {
            "id": UUID,
            "title": TEXT,
            "points": POINTS,
            "stock_left": nullable(COUNT),
            "usable": FLAG,
            "reason": nullable(TEXT),
            "needed": nullable(POINTS),
            "description": TEXT,
            "delivery_method": choice("at_once", "pickup", "shipping"),
            "picture_url": nullable({"type": "string", "format": "uri-reference"}),
            "picture_alt": TEXT,
        }
    ),
    "RewardPage": page("Reward"),
    "WaitingGift": exactly(
        {
            "id": UUID,
            "reward_id": UUID,
            "title": {**TEXT, "examples": ["Mug keramik"]},
            "quantity": {**COUNT, "examples": [1]},
            "state": choice("requested", "ready"),
            "since": {**INSTANT, "examples": ["2026-03-05T07:30:00Z"]},
            "member": exactly(
                {
                    "id": UUID,
                    "name_masked": {**TEXT, "examples": ["S*** R***"]},
                    "phone_masked": nullable({**TEXT, "examples": ["0812-****-7890"]}),
                }
            ),
        },
        description="A gift that its member fetches at this outlet",
    ),
    "WaitingGiftPage": page("WaitingGift"),
    "RunningPromotion": exactly(
        {
            "id": UUID,
            "title": {**TEXT, "examples": ["Happy hour kopi"]},
            "kind": {**TEXT, "examples": ["percent_off"]},
            "for_members": {**FLAG, "description": "It asks who the member is, or gives what only a member can have"},
            "valid_until": nullable({**DAY, "examples": ["2026-03-31"]}),
            "sentences": {**listed(TEXT), "examples": [["20% off Kopi.", "Between 15.00–17.00 o'clock."]]},
        },
        description="What runs at this outlet now, in the language asked for",
    ),
    "RunningPromotionPage": page("RunningPromotion"),
}
