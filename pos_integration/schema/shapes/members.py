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
            "perks": nullable(
                {
                    **listed(TEXT),
                    "description": "What this tier gives: the store's own words, then promotions for it alone; null in "
                    "a sale, which does not look",
                    "examples": [["Free coffee on your birthday", "20% off all goods. On Tuesday."]],
                }
            ),
            "segment": nullable(choice("new", "active", "loyal", "lapsed")),
            "purchase_count": COUNT,
            "points": _POINTS,
            "wallet": WALLET,
            "shared_wallet": nullable(
                exactly(
                    {"points_available": POINTS, "wallet_available_amount": AMOUNT},
                    description="What this member can redeem together with who shares their phone, where the household "
                    "chose one wallet; `points` and `wallet` are the member's own. null elsewhere, and in a sale",
                )
            ),
            "card": exactly(
                {"confirmed": FLAG},
                description="False: what was shown, or all the member has, is a waiting card of the public page; "
                "where it was shown, nothing of the member is told: null, empty, 0",
            ),
            "card_url": nullable(
                {
                    "type": "string",
                    "format": "uri",
                    "description": "The card page, for the receipt or the member's phone. null in a sale, and where "
                    "the merchant asks members for the code of that page: then only the answer of joining has it",
                    "examples": ["https://loyal.example/m/toko-kopi-ratna/card/kq0Yb1vX3m9ZsT5wR7uD2A"],
                }
            ),
            "consents": {
                **listed(exactly({"topic": choice("promo"), "channel": choice("email"), "given": FLAG})),
                "examples": [[{"topic": "promo", "channel": "email", "given": True}]],
            },
            "birthday": nullable(exactly({"next_on": DAY, "benefit_open": FLAG})),
            "stamps": listed(exactly({"card_id": UUID, "title": TEXT, "progress": COUNT, "threshold": COUNT})),
            "referral_code": TEXT,
            "referral_link": nullable({**TEXT, "description": "null while friends bring nothing; null in a sale"}),
            "coupons": listed(ref("Coupon")),
        }
    ),
    "MemberAnswer": exactly({"member": ref("Member")}),
    "NamedMember": exactly(
        {
            "id": UUID,
            "name_masked": {**TEXT, "examples": ["S*** R***"]},
            "phone_masked": nullable({**TEXT, "examples": ["0812-****-7890"]}),
            "email_masked": nullable({**TEXT, "examples": ["si***@example.com"]}),
        }
    ),
    "FindAnswer": {
        "anyOf": [
            exactly(
                {
                    "member": ref("Member"),
                    "household": listed(exactly({"id": UUID, "name_masked": {**TEXT, "examples": ["A*** R***"]}})),
                },
                description="By `identifier`. `household`: who shares the member's phone; a sale may name any of them",
            ),
            exactly(
                {"results": listed(ref("NamedMember")), "next": nullable(TEXT)}, description="By `name`: at most 10"
            ),
        ]
    },
    "EnrolAnswer": exactly({"member": ref("Member"), "warnings": listed(ref("Warning"))}),
    "LedgerEntry": exactly(
        {
            "id": UUID,
            "at": INSTANT,
            "business_date": DAY,
            "kind": {
                **choice(*ENTRY_KINDS),
                "description": "transfer: moved between people who share one wallet, when one of them redeems",
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
