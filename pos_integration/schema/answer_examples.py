"""An example for each field of the answers: by its name, or by its place where one name means several things."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pos_integration.schema.request_examples import MEMBER_ID, OUTLET_ID, QUOTE_ID, REWARD_ID, SALE_ID

Json = dict[str, Any]

CARD_ID: Final = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b16"
PROMOTION_ID: Final = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b17"
AT: Final = "2026-03-05T14:30:00+07:00"
IN_TEN_MINUTES: Final = "2026-03-05T14:40:00+07:00"
DAY: Final = "2026-03-05"
AT_YEARS_END: Final = "2026-12-31"
WORDS: Final = "10 % off coffee from Rp 100.000"

BY_NAME: Final[Mapping[str, Any]] = {
    "amount": 20000,
    "amount_per_step": 1000,
    "applied": True,
    "at": AT,
    "points_available": 160,
    "wallet_available_amount": 35000,
    "available": 120,
    "available_amount": 35000,
    "available_on": "2026-03-12",
    "balance_after": 120,
    "balance_amount": 75000,
    "balance_left_amount": 75000,
    "benefit_open": False,
    "business_date": DAY,
    "by": AT_YEARS_END,
    "card_id": CARD_ID,
    "cashback_earned_amount": 5000,
    "cashback_expired_amount": 0,
    "cashback_lost_amount": 0,
    "cashback_reversed_amount": 1000,
    "cashback_to_earn_amount": 5000,
    "cashier": "Dewi",
    "cashier_message": "The member has only 40 points.",
    "change": 18,
    "changed": 1,
    "code": "K7QH2M4TX9CDR",
    "code_masked": "****9CDR",
    "conditional": False,
    "confirmed": True,
    "costs_added": 1,
    "count": 42,
    "coupon_code": "K7QH2M4TX9CDR",
    "created": 2,
    "currency": "IDR",
    "currency_digits": 0,
    "debt": 0,
    "detail": "The member has 40 points; 50 are needed.",
    "discount_amount": 20000,
    "email_masked": "si***@example.com",
    "exchange_sale_id": SALE_ID,
    "expires_at": IN_TEN_MINUTES,
    "expires_on": AT_YEARS_END,
    "for_members": True,
    "from": "bronze",
    "gift_card_redeemed_amount": 25000,
    "gift_card_returned_amount": 0,
    "gift_card_to_redeem_amount": 25000,
    "goods_amount": 20000,
    "held": 0,
    "held_amount": 0,
    "held_until": IN_TEN_MINUTES,
    "id": SALE_ID,
    "joined_at": "2025-11-14T10:05:00+07:00",
    "line_id": "1",
    "max_uses": 1,
    "measured": 85000,
    "member_bound": True,
    "member_id": MEMBER_ID,
    "minimum_points": 50,
    "name": "Siti Rahma",
    "needed": 100000,
    "next": "MjAyNi0wMy0wNX4wMTk3YThjMA",
    "next_on": "2026-05-17",
    "note": "goodwill",
    "number": "128840556671",
    "occurred_at": AT,
    "outlet_id": OUTLET_ID,
    "payable_amount": 80000,
    "pending": 0,
    "phone_masked": "0812-****-7890",
    "picture_alt": "A white mug with a jasmine flower",
    "picture_url": "/media/rewards/mug.webp",
    "pointer": "/lines/0/line_id",
    "points": 50,
    "points_balance": 138,
    "points_earned": 18,
    "points_expired": 0,
    "points_lost": 0,
    "points_name": "poin",
    "points_per_step": 10,
    "points_redeemed": 50,
    "points_returned": 10,
    "points_reversed": 4,
    "points_spent": 50,
    "points_to_earn": 18,
    "points_to_redeem": 50,
    "points_value_amount": 5000,
    "progress": 4,
    "promotion_id": PROMOTION_ID,
    "protected_until": AT_YEARS_END,
    "purchase_count": 12,
    "quantity": 1,
    "quarantined": False,
    "quote_id": QUOTE_ID,
    "rank": 1,
    "reason": "min_spend_not_met",
    "reference": "INV/2026/11/0001",
    "referral_code": "K7QH2M4T",
    "referral_link": "https://loyalty.example/m/toko-melati/join?from=K7QH2M4T",
    "refund_reference": "R-17",
    "refunded_amount": 0,
    "replayed": False,
    "reserved": False,
    "reserved_until": IN_TEN_MINUTES,
    "retryable": False,
    "returns_amount": 0,
    "reward_id": REWARD_ID,
    "rounding_amount": -34,
    "sale_id": SALE_ID,
    "sentences": "At least Rp 100.000",
    "server_time": AT,
    "service_amount": 4000,
    "since": AT,
    "sku": "KOPI-250",
    "status": 201,
    "stock_left": 14,
    "subtotal_amount": 100000,
    "tax_amount": 8400,
    "threshold": 10,
    "timezone": "Asia/Jakarta",
    "tip_amount": 5000,
    "title": WORDS,
    "to": "silver",
    "total_amount": 80000,
    "type": "/api/docs/problems#insufficient_points",
    "unchanged": 37,
    "usable": True,
    "used_amount": 25000,
    "uses_left": 1,
    "valid_from": "2026-03-01",
    "valid_until": "2026-03-31",
    "version": "1.4.0",
    "wallet_redeemed_amount": 10000,
    "wallet_returned_amount": 0,
    "wallet_to_redeem_amount": 10000,
}
BY_PLACE: Final[Mapping[str, Any]] = {
    "Coupon.conditions.fields": {"min_subtotal": 100000, "weekdays": ["mon", "tue"]},
    "Coupon.kind": "percent_off",
    "CouponCheck.message": "This code cannot be used here.",
    "CouponCheck.reason": "coupon_unknown",
    "CouponResult.message": "This coupon is blocked.",
    "CouponResult.reason": "blocked",
    "Decision.message": "Minimum spend Rp 100.000; this purchase has Rp 85.000.",
    "ExchangedReturn.reference": "INV/2026/11/0002",
    "FieldError.code": "unknown_line",
    "FieldError.message": "The sale has no line of this id.",
    "FindAnswer.household.id": MEMBER_ID,
    "FreeItem.name": "Kopi 250 g",
    "GiftCard.amount": 100000,
    "GiftCard.code": "G4QH2M4TX9CDR",
    "GiftCard.reference": "T1-GC-000007",
    "GiftCardCheck.message": "This gift card is blocked.",
    "GiftCardCheck.reason": "gift_card_blocked",
    "GiftCardUse.message": "Nothing is left on this gift card.",
    "GiftCardUse.reason": "gift_card_empty",
    "LedgerEntry.reference": "INV/2026/11/0001",
    "Member.id": MEMBER_ID,
    "Member.stamps.title": "Coffee card: the tenth is free",
    "Member.tier.code": "bronze",
    "Member.tier.name": "Bronze",
    "Member.tier.next.code": "silver",
    "Member.tier.next.progress": 1250000,
    "Member.tier.next.threshold": 3000000,
    "NamedMember.id": MEMBER_ID,
    "Problem.code": "insufficient_points",
    "Problem.status": 409,
    "Problem.title": "Not enough points",
    "Program.earning.description": "1 point for every Rp 10.000",
    "Program.earning.kind": "earn",
    "Program.earning.terms": {"per_amount": {"spend": 10000, "points": 1}},
    "Program.earning.title": "Points for every purchase",
    "Program.points_expiry.months": 12,
    "Program.points_expiry.description": "Each point lapses 12 months after it was earned.",
    "Program.merchant.name": "Toko Melati",
    "Program.outlet.id": OUTLET_ID,
    "Program.outlet.name": "Melati Dago, Bandung",
    "Program.tiers.code": "silver",
    "Program.tiers.name": "Silver",
    "Program.till.name": "Till 1",
    "QuoteAnswer.hints.message": "Spend Rp 15.000 more for a 10 % discount.",
    "Reward.description": "0,3 l, dishwasher-proof",
    "Reward.id": REWARD_ID,
    "Reward.needed": 0,
    "Reward.reason": "insufficient_points",
    "Reward.title": "Mug",
    "RunningPromotion.id": PROMOTION_ID,
    "TillDay.totals.returns.count": 2,
    "TopUp.amount": 100000,
    "TopUp.reference": "T1-TU-000012",
    "WaitingGift.member.id": MEMBER_ID,
}
"""By the path inside a shape, without the steps into lists."""
SHOWN: Final = ("example", "examples", "enum", "const")


def with_examples(shapes: Mapping[str, Json]) -> dict[str, Json]:
    """Return the shapes with an example for each field that shows no value yet. Raises KeyError where there is none."""
    copied: dict[str, Json] = json.loads(json.dumps(dict(shapes)))  # of each small shape one copy for each field
    for name, shape in copied.items():
        for place, field in fields_without_example(name, shape):
            field["example"] = BY_PLACE[place] if place in BY_PLACE else BY_NAME[place.rpartition(".")[2]]
    return copied


def fields_without_example(name: str, shape: Json) -> Iterator[tuple[str, Json]]:
    """Yield (path, schema) of each field that shows no value: of a list its items, of a nullable one what it may be."""
    if "$ref" in shape or any(word in shape for word in SHOWN):
        return
    parts = [part for part in shape.get("anyOf", ()) if part.get("type") != "null"]
    if shape.get("type") == "array":
        yield from fields_without_example(name, shape["items"])
    elif "properties" in shape or (parts and all("$ref" in part or "properties" in part for part in parts)):
        for field, inner in shape.get("properties", {}).items():
            yield from fields_without_example(f"{name}.{field}", inner)
        for part in parts:
            yield from fields_without_example(name, part)
    elif len(parts) == 1:
        yield from fields_without_example(name, parts[0])
    else:
        yield name, shape
