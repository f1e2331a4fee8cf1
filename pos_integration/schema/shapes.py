"""JSON Schemas of every answer, as named components. Answers have exactly the fields listed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Shape = dict[str, Any]

TEXT: Final[Shape] = {"type": "string"}
FLAG: Final[Shape] = {"type": "boolean"}
UUID: Final[Shape] = {"type": "string", "format": "uuid"}
DAY: Final[Shape] = {"type": "string", "format": "date"}
INSTANT: Final[Shape] = {"type": "string", "format": "date-time"}
AMOUNT: Final[Shape] = {"type": "integer", "minimum": 0, "description": "Money in the merchant's currency digits"}
POINTS: Final[Shape] = {"type": "integer", "minimum": 0}
COUNT: Final[Shape] = {"type": "integer", "minimum": 0}
SIGNED: Final[Shape] = {"type": "integer"}
# Figures of a decision are money, units, points, days or codes, by reason.
FIGURE: Final[Shape] = {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}


def ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def listed(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def nullable(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def choice(*values: str) -> Shape:
    return {"type": "string", "enum": list(values)}


def exactly(fields: Mapping[str, Shape], *, optional: tuple[str, ...] = (), description: str = "") -> Shape:
    """An object with these fields and no other; all required but the `optional` ones."""
    shape: Shape = {
        "type": "object",
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }
    return {**shape, "description": description} if description else shape


def page(item: str) -> Shape:
    return exactly({"results": listed(ref(item)), "next": nullable(TEXT)})


_PROBLEM: Final[Shape] = {
    "type": "object",
    "description": "RFC 9457. Some codes add members of their own: member_exists has member_id.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "detail": TEXT,
        "cashier_message": {"type": "string", "maxLength": 60},
        "retryable": FLAG,
        "errors": listed(ref("FieldError")),
    },
    "required": ["type", "title", "status", "code", "detail", "cashier_message", "retryable"],
}

_COMMON: Final[Mapping[str, Shape]] = {
    "Problem": _PROBLEM,
    "FieldError": exactly({"pointer": TEXT, "code": TEXT, "message": TEXT}),
    "Health": exactly(
        {
            "status": choice("ok", "degraded", "down"),
            "database": choice("ok", "down"),
            "broker": choice("ok", "down"),
            "version": TEXT,
        }
    ),
    "Program": exactly(
        {
            "merchant": exactly(
                {"id": UUID, "name": TEXT, "currency": TEXT, "currency_digits": COUNT, "timezone": TEXT}
            ),
            "outlet": exactly({"id": UUID, "name": TEXT, "timezone": TEXT}),
            "till": exactly({"id": UUID, "name": TEXT}),
            "points_name": TEXT,
            "earning": listed(
                exactly(
                    {"title": TEXT, "description": TEXT, "kind": TEXT, "terms": {"type": "object"}, "conditional": FLAG}
                )
            ),
            "redemption": exactly(
                {"points_per_step": POINTS, "amount_per_step": AMOUNT, "minimum_points": POINTS},
                description="All 0 where points are no means of payment",
            ),
            "tiers": listed(exactly({"code": TEXT, "name": TEXT, "rank": COUNT})),
            "server_time": INSTANT,
        }
    ),
}

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
_WALLET: Final = exactly(
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

_MEMBERS: Final[Mapping[str, Shape]] = {
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
            "wallet": _WALLET,
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

_TOTALS: Final[Mapping[str, Shape]] = {"subtotal_amount": AMOUNT, "discount_amount": AMOUNT, "total_amount": AMOUNT}
_PRICED_LINE: Final = exactly({"line_id": TEXT, **_TOTALS})
_DISCOUNT: Final = exactly(
    {
        "promotion_id": TEXT,
        "title": TEXT,
        "amount": AMOUNT,
        "lines": listed(exactly({"line_id": TEXT, "amount": AMOUNT})),
        "coupon_code": TEXT,
    },
    optional=("coupon_code",),
)
_FREE_ITEM: Final = exactly({"promotion_id": TEXT, "sku": TEXT, "name": TEXT, "quantity": COUNT})
_COUPON_RESULT: Final = exactly(
    {"code": TEXT, "status": choice("applied", "rejected"), "reason": TEXT, "message": TEXT},
    optional=("reason", "message"),
)
_DECISION: Final = exactly(
    {
        "promotion_id": TEXT,
        "title": TEXT,
        "applied": FLAG,
        "reason": TEXT,
        "measured": FIGURE,
        "needed": FIGURE,
        "period": choice("day", "month", "sale"),
        "unit": choice("points"),
        "message": TEXT,
    },
    optional=("measured", "needed", "period", "unit"),
)

_CARTS: Final[Mapping[str, Shape]] = {
    "PricedLine": _PRICED_LINE,
    "Discount": _DISCOUNT,
    "FreeItem": _FREE_ITEM,
    "CouponResult": _COUPON_RESULT,
    "Decision": _DECISION,
    "QuoteAnswer": exactly(
        {
            "quote_id": UUID,
            "expires_at": INSTANT,
            "reserved": FLAG,
            **_TOTALS,
            "lines": listed(ref("PricedLine")),
            "discounts": listed(ref("Discount")),
            "free_items": listed(ref("FreeItem")),
            "points_to_earn": POINTS,
            "cashback_to_earn_amount": AMOUNT,
            "points_to_redeem": POINTS,
            "points_value_amount": AMOUNT,
            "wallet_to_redeem_amount": AMOUNT,
            "gift_card_to_redeem_amount": AMOUNT,
            "gift_cards": listed(ref("GiftCardUse")),
            "payable_amount": AMOUNT,
            "coupons": listed(ref("CouponResult")),
            "decisions": listed(ref("Decision")),
            "hints": listed(exactly({"promotion_id": TEXT, "message": TEXT})),
        }
    ),
    "Sale": exactly(
        {
            "id": UUID,
            "reference": TEXT,
            "status": choice("completed", "partially_refunded", "refunded", "voided"),
            "occurred_at": INSTANT,
            "member": nullable(ref("Member")),
            **_TOTALS,
            "points_value_amount": AMOUNT,
            "payable_amount": AMOUNT,
            "lines": listed(ref("PricedLine")),
            "discounts": listed(ref("Discount")),
            "free_items": listed(ref("FreeItem")),
            "coupons": listed(ref("CouponResult")),
            "decisions": listed(ref("Decision")),
            "points_earned": POINTS,
            "points_redeemed": POINTS,
            "cashback_earned_amount": AMOUNT,
            "cashback_pending": listed(exactly({"amount": AMOUNT, "available_on": DAY})),
            "wallet_redeemed_amount": AMOUNT,
            "gift_card_redeemed_amount": AMOUNT,
            "gift_cards": listed(ref("GiftCardUse")),
            "points_balance": SIGNED,
            "quarantined": {
                **FLAG,
                "description": "Reserved: no sale is set aside in this version, so it is always false",
            },
            "tier_change": nullable(exactly({"from": nullable(TEXT), "to": TEXT})),
            "coupons_issued": listed(ref("Coupon")),
            "refunds": listed(ref("Refund")),
            "warnings": listed(exactly({"code": TEXT, "message": TEXT})),
        }
    ),
    "Refund": exactly(
        {
            "id": UUID,
            "refund_reference": TEXT,
            "status": {
                **choice("applied", "parked"),
                "description": "Always `applied` in this version; `parked` is reserved for returns of unknown sales",
            },
            "amount": AMOUNT,
            "goods_amount": AMOUNT,
            "points_reversed": POINTS,
            "points_returned": POINTS,
            "wallet_returned_amount": AMOUNT,
            "gift_card_returned_amount": AMOUNT,
            "cashback_reversed_amount": AMOUNT,
            "points_expired": POINTS,
            "points_lost": POINTS,
            "cashback_expired_amount": AMOUNT,
            "cashback_lost_amount": AMOUNT,
            "points_balance": SIGNED,
            "lines": listed(exactly({"line_id": TEXT, "quantity": COUNT, "amount": AMOUNT})),
        }
    ),
    "RefundAnswer": exactly({"refund": ref("Refund"), "sale": ref("Sale")}),
    "RefundPage": page("Refund"),
}

_STORED_VALUE: Final[Mapping[str, Shape]] = {
    "TopUp": exactly(
        {
            "id": UUID,
            "reference": TEXT,
            "member_id": UUID,
            "amount": AMOUNT,
            "status": choice("completed", "reversed"),
            "at": INSTANT,
            "wallet": _WALLET,
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

_REWARDS: Final[Mapping[str, Shape]] = {
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

_PRODUCTS: Final[Mapping[str, Shape]] = {
    "SavedProducts": exactly({"created": COUNT, "changed": COUNT, "unchanged": COUNT, "costs_added": COUNT}),
}

SHAPES: Final[Mapping[str, Shape]] = {**_COMMON, **_MEMBERS, **_CARTS, **_STORED_VALUE, **_REWARDS, **_PRODUCTS}
