"""Rewards and their redemptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_integration.schema.shapes.basics import (
    COUNT,
    FLAG,
    INSTANT,
    POINTS,
    SIGNED,
    TEXT,
    UUID,
    Shape,
    choice,
    exactly,
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
}
