"""Money paid in: top-ups and gift cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_integration.schema.shapes.basics import (
    AMOUNT,
    DAY,
    FLAG,
    INSTANT,
    TEXT,
    UUID,
    Shape,
    choice,
    exactly,
    nullable,
    ref,
)
from pos_integration.schema.shapes.members import WALLET

STORED_VALUE: Final[Mapping[str, Shape]] = {
    "TopUp": exactly(
        {
            "id": UUID,
            "reference": TEXT,
            "member_id": UUID,
            "amount": AMOUNT,
            "status": choice("completed", "reversed"),
            "at": INSTANT,
            "wallet": WALLET,
        }
    ),
    "GiftCard": exactly(
        {
            "id": UUID,
            "code": TEXT,
            "code_masked": TEXT,
            "status": choice("inactive", "active", "blocked", "cancelled"),
            "amount": AMOUNT,
            "balance_amount": AMOUNT,
            "held_amount": AMOUNT,
            "expires_on": nullable(DAY),
            "reference": TEXT,
        },
        optional=("code",),
        description="`code` only for the till that sold it; `amount` was put on it, `balance_amount` is left of it",
    ),
    "GiftCardCheck": exactly(
        {"usable": FLAG, "reason": TEXT, "message": TEXT, "gift_card": ref("GiftCard")},
        optional=("reason", "message", "gift_card"),
    ),
    "GiftCardUse": exactly(
        {
            "code_masked": TEXT,
            "status": choice("used", "not_needed", "rejected"),
            "used_amount": AMOUNT,
            "balance_left_amount": AMOUNT,
            "reason": TEXT,
            "message": TEXT,
        },
        optional=("reason", "message"),
    ),
}
