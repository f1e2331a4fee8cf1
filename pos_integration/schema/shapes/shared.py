"""Problems, the program of a shop and its products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_integration.schema.shapes.basics import (
    AMOUNT,
    COUNT,
    FLAG,
    INSTANT,
    POINTS,
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

SHARED: Final[Mapping[str, Shape]] = {
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
            "points_expiry": exactly(
                {"rule": choice("fixed", "calendar", "inactivity"), "months": nullable(COUNT), "description": TEXT},
                description="When points lapse; by `inactivity` each purchase keeps all of a member's points",
            ),
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
            "consents": listed(
                exactly(
                    {
                        "topic": choice("promo"),
                        "channel": choice("email"),
                        "wording_version": {**TEXT, "examples": ["promo-1"]},
                        "text": {**TEXT, "examples": ["I want to receive offers from Toko Kopi Ratna by e-mail."]},
                    },
                    description="What may be asked of a member, in the words to read out",
                )
            ),
            "server_time": INSTANT,
        }
    ),
}

PRODUCTS: Final[Mapping[str, Shape]] = {
    "PricedProduct": exactly(
        {
            "sku": {**TEXT, "examples": ["KOPI-250"]},
            "name": {**TEXT, "examples": ["Kopi 250 g"]},
            "category": {**TEXT, "examples": ["kopi"]},
            "price_amount": nullable({**AMOUNT, "examples": [68000]}),
        }
    ),
    "PricedProductPage": page("PricedProduct"),
    "SavedProducts": exactly({"created": COUNT, "changed": COUNT, "unchanged": COUNT, "costs_added": COUNT}),
}
