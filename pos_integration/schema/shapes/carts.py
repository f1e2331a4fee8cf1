"""Carts priced, sold and returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_integration.schema.shapes.basics import (
    AMOUNT,
    COUNT,
    DAY,
    FIGURE,
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

_BILL: Final[Mapping[str, Shape]] = {
    "tax_amount": {**AMOUNT, "example": 8400},
    "service_amount": {**AMOUNT, "example": 4000},
    "tip_amount": {**AMOUNT, "example": 5000},
    "rounding_amount": {**SIGNED, "example": -34},
}
"""As the till sent them; of a return, what goes back with the goods."""
_INCLUDED: Final[Mapping[str, Shape]] = {
    "prices_include_tax": {**FLAG, "example": False},
    "prices_include_service": {**FLAG, "example": False},
}
_TOTALS: Final[Mapping[str, Shape]] = {"subtotal_amount": AMOUNT, "discount_amount": AMOUNT, "total_amount": AMOUNT}
_PRICED_LINE: Final = exactly(
    {
        "line_id": TEXT,
        **_TOTALS,
        "tax_amount": {**AMOUNT, "description": "The line's share of the tax", "example": 8400},
        "service_amount": {**AMOUNT, "description": "The line's share of the service charge", "example": 4000},
    }
)
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
_STATUS: Final = choice("completed", "partially_refunded", "refunded", "voided")
_DAY_TOTAL: Final = exactly({"count": COUNT, "total_amount": AMOUNT, "payable_amount": AMOUNT, **_BILL})
_REFUND_FIGURES: Final[Mapping[str, Shape]] = {
    "amount": AMOUNT,
    "goods_amount": AMOUNT,
    **_BILL,
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
_PAYABLE: Final[Shape] = {
    **SIGNED,
    "description": "Below 0: money handed back, where goods came back in the same receipt",
}

_WARNING: Final[Shape] = {
    **exactly({"code": TEXT, "message": TEXT}),
    "description": "Something to know about what was recorded all the same. Of the till's clock: `clock_corrected`, "
    "`clock_wrong`, `clock_future`, `clock_past`; `late` for a sale of a past day, `before_sale` for a return dated "
    "before its sale. Of a sale that was paid, which no limit refuses: `points_missing`, `wallet_missing`, "
    "`till_debt_limit_reached`, `coupon_over_redeemed`, `coupon_not_applied`, `code_not_checked`, "
    "`points_not_redeemed`, `wallet_not_redeemed`, "
    "`promotion_limit_exceeded`, `points_cap_exceeded`, `gift_card_missing`, `gift_card_skipped`, "
    "`verification_missing`, `card_not_confirmed`, "
    "`member_blocked`, `member_unknown`, `member_withheld`, `rounding_capped`; "
    "`return_waits` for goods of a receipt that is not here yet, `return_not_taken_back` for those it has "
    "not left. `quarantined`: what the sale earns waits for a person of the shop. Of a member who joins: "
    "`referral_code_unknown`, and `guardian_needed` for one under 18, whose consent was not taken.",
    "example": {
        "code": "clock_corrected",
        "message": "The till's clock was 120 minutes behind; the time was corrected.",
    },
}

CARTS: Final[Mapping[str, Shape]] = {
    "Warning": _WARNING,
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
            **_BILL,
            **_INCLUDED,
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
            "returns": listed(ref("ExchangedReturn")),
            "returns_amount": AMOUNT,
            "payable_amount": _PAYABLE,
            "coupons": listed(ref("CouponResult")),
            "decisions": listed(ref("Decision")),
            "hints": listed(exactly({"promotion_id": TEXT, "message": TEXT})),
            "warnings": listed(ref("Warning")),
        }
    ),
    "Sale": exactly(
        {
            "id": UUID,
            "reference": TEXT,
            "status": _STATUS,
            "occurred_at": INSTANT,
            "member": nullable(ref("Member")),
            **_TOTALS,
            **_BILL,
            **_INCLUDED,
            "points_value_amount": AMOUNT,
            "returns": listed(ref("ExchangedReturn")),
            "returns_amount": AMOUNT,
            "payable_amount": _PAYABLE,
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
                "description": "It came more than 7 days late: what it earns is posted only once the shop approves it",
            },
            "tier_change": nullable(exactly({"from": nullable(TEXT), "to": TEXT})),
            "coupons_issued": listed(ref("Coupon")),
            "refunds": listed(ref("Refund")),
            "warnings": listed(ref("Warning")),
        }
    ),
    "TillReceipt": exactly(
        {
            "id": UUID,
            "reference": TEXT,
            "status": _STATUS,
            "occurred_at": INSTANT,
            "member_id": nullable(UUID),
            "cashier": TEXT,
            "total_amount": AMOUNT,
            "discount_amount": AMOUNT,
            **_BILL,
            "returns_amount": AMOUNT,
            "payable_amount": _PAYABLE,
            "refunded_amount": AMOUNT,
            "points_earned": POINTS,
        }
    ),
    "TillDay": exactly(
        {
            "business_date": DAY,
            "count": COUNT,
            "totals": exactly(
                {
                    "sales": _DAY_TOTAL,
                    "returns": _DAY_TOTAL,
                    "net": exactly(dict.fromkeys(("total_amount", "payable_amount", *_BILL), SIGNED)),
                    "by_status": listed(exactly({"status": _STATUS, "count": COUNT, "total_amount": AMOUNT})),
                }
            ),
            "results": listed(ref("TillReceipt")),
            "next": nullable(TEXT),
        },
        description="`total_amount` is goods at the prices paid, `payable_amount` money over the counter; tax and "
        "service charge are in the one or only in the other, as each receipt says",
    ),
    "SalesFound": {"anyOf": [ref("Sale"), ref("TillDay")]},
    "Refund": exactly(
        {
            "id": UUID,
            "refund_reference": TEXT,
            "status": {
                **choice("applied", "parked", "unmatched_return", "refused", "closed"),
                "description": "`parked`: the sale is not known yet. `unmatched_return`: it did not come in 30 days. "
                "`refused`: it came and does not allow the return. `closed`: a person has dealt with it.",
            },
            "exchange_sale_id": nullable(UUID),
            **_REFUND_FIGURES,
            "warnings": listed(ref("Warning")),
        }
    ),
    "ExchangedReturn": exactly(
        {"sale_id": UUID, "reference": TEXT, **_REFUND_FIGURES},
        description="Goods of an earlier sale handed back in a receipt; `sale_id` and `reference` are that sale's",
    ),
    "RefundAnswer": exactly({"refund": ref("Refund"), "sale": ref("Sale")}),
    "RefundPage": page("Refund"),
    "BatchAnswer": exactly(
        {
            "results": listed(
                exactly(
                    {
                        "idempotency_key": nullable({**TEXT, "examples": ["sale-T1-000041-a1b2"]}),
                        "status": {
                            "type": "integer",
                            "minimum": 200,
                            "maximum": 599,
                            "description": "What the request alone would have been answered",
                        },
                        "replayed": {
                            **FLAG,
                            "description": "Done before, under this key or another one: the answer is that of then",
                        },
                        "body": {
                            "anyOf": [
                                ref(name) for name in ("Sale", "RefundAnswer", "ParkedReturn", "EnrolAnswer", "Problem")
                            ]
                        },
                    },
                    description="One item's answer, at the item's place; `idempotency_key` is null where none was sent",
                )
            ),
            "missing_seq": {
                **listed(COUNT),
                "maxItems": 1000,
                "description": "Numbers between the lowest and the highest of this till and device that never came",
                "examples": [[43, 44]],
            },
            "missing_more": {"type": "boolean", "const": True, "description": "Only where more than 1,000 are missing"},
        },
        optional=("missing_more",),
    ),
    "ParkedReturn": exactly({"parked": {"type": "boolean", "const": True}}),
}
