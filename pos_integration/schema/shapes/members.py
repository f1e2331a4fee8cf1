"""Members: points, wallet, tier, entries, coupons and stamps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_integration.schema.shapes.basics import (
    AMOUNT,
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

_NEXT_TIER: Final = exactly(
    {
        "code": TEXT,
        "measure": choice("spend", "points", "visits"),
        "progress": COUNT,
        "threshold": COUNT,
        "by": nullable(DAY),
    }
)
_TIER: Final = exactly(
    {"code": TEXT, "name": TEXT, "rank": COUNT, "protected_until": nullable(DAY), "next": nullable(_NEXT_TIER)}
)
_POINTS: Final = exactly(
    {
        "available": POINTS,
        "pending": POINTS,
        "held": POINTS,
        "debt": POINTS,
        "expiring": listed(exactly({"points": POINTS, "expires_on": DAY})),
    }
)
WALLET: Final = exactly(
    {
        "available_amount": AMOUNT,
        "pending": listed(exactly({"amount": AMOUNT, "available_on": DAY})),
        "held_amount": AMOUNT,
        "expiring": listed(exactly({"amount": AMOUNT, "expires_on": DAY})),
    }
)
ENTRY_KINDS: Final = (
    "earn",
    "redeem",
    "redeem_reversal",
    "expire",
    "adjust",
    "refund",
    "void",
    "bonus",
    "transfer",
    "cashback",
    "top_up",
    "clawback",
    "write_off",
    "merge",
)

RESERVED_KINDS: Final = ("transfer", "merge")
"""Kinds that the contract names ahead: points given to another member, accounts made one."""

MEMBERS: Final[Mapping[str, Shape]] = {
    "Member": exactly(
        {
            "id": UUID,
            "number": nullable({**TEXT, "description": "null where a waiting card is all that the till was shown"}),
            "status": choice("active", "blocked"),
            "name": TEXT,
            "phone_masked": nullable(TEXT),
            "email_masked": nullable(TEXT),
            "joined_at": nullable(INSTANT),
            "tier": nullable(_TIER),
            "segment": nullable(choice("new", "active", "loyal", "lapsed")),
            "purchase_count": COUNT,
            "points": _POINTS,
            "wallet": WALLET,
            "card": exactly(
                {"confirmed": FLAG},
                description="False: what was shown, or all the member has, is a waiting card of the public page; "
                "where it was shown, nothing of the member is told: null, empty, 0",
            ),
            "birthday": nullable(exactly({"next_on": DAY, "benefit_open": FLAG})),
            "stamps": listed(exactly({"card_id": UUID, "title": TEXT, "progress": COUNT, "threshold": COUNT})),
            "referral_code": TEXT,
            "referral_link": nullable({**TEXT, "description": "null while friends bring nothing; null in a sale"}),
            "coupons": listed(ref("Coupon")),
        }
    ),
    "MemberAnswer": exactly({"member": ref("Member")}),
    "EnrolAnswer": exactly({"member": ref("Member"), "warnings": listed(exactly({"code": TEXT, "message": TEXT}))}),
    "LedgerEntry": exactly(
        {
            "id": UUID,
            "at": INSTANT,
            "business_date": DAY,
            "kind": {
                **choice(*ENTRY_KINDS),
                "description": f"{' and '.join(f'`{kind}`' for kind in RESERVED_KINDS)} are reserved: no entry of this "
                "version has them",
            },
            "unit": choice("points", "wallet"),
            "change": SIGNED,
            "balance_after": SIGNED,
            "reference": TEXT,
            "note": TEXT,
        }
    ),
    "LedgerPage": page("LedgerEntry"),
    "Coupon": exactly(
        {
            "id": UUID,
            "code": TEXT,
            "title": TEXT,
            "kind": TEXT,
            "valid_from": nullable(DAY),
            "valid_until": nullable(DAY),
            "uses_left": COUNT,
            "status": choice("issued", "reserved", "redeemed", "expired", "cancelled", "blocked"),
            "reserved_until": nullable(INSTANT),
            "conditions": exactly(
                {"member_bound": FLAG, "max_uses": COUNT, "sentences": listed(TEXT), "fields": {"type": "object"}},
                optional=("sentences", "fields"),
            ),
        }
    ),
    "CouponPage": page("Coupon"),
    "CouponCheck": exactly(
        {"code": TEXT, "usable": FLAG, "reason": TEXT, "message": TEXT, "coupon": ref("Coupon")},
        optional=("reason", "message", "coupon"),
    ),
}
