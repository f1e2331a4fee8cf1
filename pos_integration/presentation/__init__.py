"""Facts to JSON, exactly as docs/api.md has them. One file per noun; nothing here reads a database."""

from pos_integration.presentation.carts import (
    parked_return_json,
    quote_json,
    refund_json,
    sale_json,
    warnings_json,
)
from pos_integration.presentation.days import till_day_json, till_receipt_json
from pos_integration.presentation.members import (
    MemberCard,
    card_url,
    coupon_json,
    entry_json,
    member_json,
    named_member_json,
    referral_link,
)
from pos_integration.presentation.offers import product_json, promotion_json, waiting_gift_json
from pos_integration.presentation.program import program_json
from pos_integration.presentation.rewards import (
    NO_OFFERS,
    Offers,
    coupon_check_json,
    coupons_with_conditions_json,
    redemption_json,
    reward_json,
)
from pos_integration.presentation.stored_value import gift_card_check_json, gift_card_json, top_up_json

__all__ = [
    "NO_OFFERS",
    "MemberCard",
    "Offers",
    "card_url",
    "coupon_check_json",
    "coupon_json",
    "coupons_with_conditions_json",
    "entry_json",
    "gift_card_check_json",
    "gift_card_json",
    "member_json",
    "named_member_json",
    "parked_return_json",
    "product_json",
    "program_json",
    "promotion_json",
    "quote_json",
    "redemption_json",
    "referral_link",
    "refund_json",
    "reward_json",
    "sale_json",
    "till_day_json",
    "till_receipt_json",
    "top_up_json",
    "waiting_gift_json",
    "warnings_json",
]
