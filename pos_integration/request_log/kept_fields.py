"""The fields of requests and answers whose values the log keeps, shape by shape. All others are hidden.

A new field is hidden until it is named here; `tests/api/test_request_log_fields.py` then asks for a decision. Names,
contacts, identifiers, codes and tokens that open something, free text and birthdays never are. A member is known by the
id alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_integration.schema.shapes import Shape
from pos_integration.schema.shapes.basics import DAY, SIGNED, TEXT, UUID, choice

_CART: Final = "member_id occurred_at redeem_points redeem_wallet_amount"
_TOTALS: Final = "subtotal_amount discount_amount total_amount"
_BILLED: Final = "tax_amount service_amount tip_amount rounding_amount"
_BILL: Final = f"{_BILLED} prices_include_tax prices_include_service"
_REFUND: Final = (
    f"{_BILLED} amount goods_amount points_reversed points_returned "
    "wallet_returned_amount gift_card_returned_amount cashback_reversed_amount points_expired points_lost "
    "cashback_expired_amount cashback_lost_amount points_balance lines.line_id lines.quantity lines.amount"
)
_WALLET: Final = "available_amount pending.amount pending.available_on held_amount expiring.amount expiring.expires_on"

_KEPT: Final[Mapping[str, str]] = {
    # requests
    "EnrolRequest": "promo_consent occurred_at household_of",
    "MemberChangeRequest": "",
    "ConsentRequest": "topic channel given wording_version",
    "CardConfirmRequest": "",
    "LineRequest": (
        "line_id sku category quantity unit_amount cost_amount tax_amount service_amount measure.value measure.unit"
    ),
    "RefundLineRequest": "line_id quantity",
    "ExchangeReturnRequest": "reference sale_id",
    "QuoteRequest": f"{_CART} {_BILL} reserve",
    "SaleRequest": f"{_CART} {_BILL} quote_id paid_at reference",
    "ChargedRequest": "payable_amount",
    "ChargedLineRequest": "line_id total_amount",
    "RefundRequest": "refund_reference occurred_at",
    "VoidRequest": "occurred_at",
    "BatchRequest": "",
    "BatchItemRequest": "idempotency_key terminal_seq operation occurred_at",
    "RefundItemRequest": "reference refund_reference occurred_at",
    "VoidItemRequest": "reference occurred_at",
    "ClaimRequest": "member_id",
    "NothingRequest": "",
    "RedemptionRequest": "member_id reward_id quantity hold pickup_outlet_id",
    "HandoverRequest": "",
    "TopUpRequest": "amount reference",
    "GiftCardRequest": "amount reference",
    "GiftCardCheckRequest": "",
    "ReversalRequest": "",
    "CouponCheckRequest": "member_id",
    "ProductsRequest": "",
    "ProductItemRequest": "sku category price_amount cost_amount cost_starts_on",
    # answers
    "Problem": "type title status code retryable",
    "FieldError": "pointer code",
    "Warning": "code",
    "Program": (
        "merchant.id merchant.currency merchant.currency_digits merchant.timezone outlet.id outlet.timezone till.id "
        "points_name points_expiry.rule points_expiry.months earning.title earning.kind earning.conditional "
        "redemption.points_per_step "
        "redemption.amount_per_step redemption.minimum_points tiers.code tiers.name tiers.rank consents.topic "
        "consents.channel consents.wording_version server_time"
    ),
    "Member": (
        "id status tier.code tier.name tier.rank tier.protected_until tier.next.code tier.next.measure "
        "tier.next.progress tier.next.threshold tier.next.by purchase_count points.available points.pending "
        "points.held points.debt points.expiring.points points.expiring.expires_on "
        + " ".join(f"wallet.{name}" for name in _WALLET.split())
        + " shared_wallet.points_available shared_wallet.wallet_available_amount"
        + " card.confirmed stamps.card_id stamps.title stamps.progress stamps.threshold"
    ),
    "MemberAnswer": "",
    "NamedMember": "id",
    "FindAnswer": "household.id",
    "EnrolAnswer": "",
    "LedgerEntry": "id at business_date kind unit change balance_after reference",
    "Coupon": (
        "id title kind valid_from valid_until uses_left status reserved_until conditions.member_bound "
        "conditions.max_uses"
    ),
    "CouponCheck": "usable reason",
    "PricedLine": f"line_id {_TOTALS} tax_amount service_amount",
    "Discount": "promotion_id title amount lines.line_id lines.amount",
    "FreeItem": "promotion_id sku quantity",
    "CouponResult": "status reason",
    "Decision": "promotion_id title applied reason measured needed period unit",
    "QuoteAnswer": (
        f"quote_id expires_at reserved {_TOTALS} {_BILL} points_to_earn cashback_to_earn_amount points_to_redeem "
        "points_value_amount wallet_to_redeem_amount gift_card_to_redeem_amount returns_amount payable_amount "
        "hints.promotion_id"
    ),
    "Sale": (
        f"id reference status occurred_at {_TOTALS} {_BILL} points_value_amount returns_amount payable_amount "
        "points_earned points_redeemed cashback_earned_amount cashback_pending.amount cashback_pending.available_on "
        "wallet_redeemed_amount gift_card_redeemed_amount points_balance quarantined tier_change.from tier_change.to"
    ),
    "TillReceipt": (
        f"id reference status occurred_at member_id {_BILLED} total_amount discount_amount returns_amount "
        "payable_amount refunded_amount points_earned"
    ),
    "TillDay": (
        "business_date count totals.sales.count totals.sales.total_amount totals.sales.payable_amount "
        "totals.returns.count totals.returns.total_amount totals.returns.payable_amount totals.net.total_amount "
        "totals.net.payable_amount totals.by_status.status totals.by_status.count totals.by_status.total_amount "
        + " ".join(f"totals.{part}.{name}" for part in ("sales", "returns", "net") for name in _BILLED.split())
    ),
    "Refund": f"id refund_reference status exchange_sale_id {_REFUND}",
    "ExchangedReturn": f"sale_id reference {_REFUND}",
    "RefundAnswer": "",
    "ParkedReturn": "parked",
    "BatchAnswer": "results.status results.replayed missing_seq missing_more",
    "TopUp": "id reference member_id amount status at " + " ".join(f"wallet.{name}" for name in _WALLET.split()),
    "GiftCard": "id status amount balance_amount held_amount expires_on reference",
    "GiftCardCheck": "usable reason",
    "GiftCardUse": "status used_amount balance_left_amount reason",
    "Redemption": "id reward_id points_spent points_balance status held_until",
    "Fulfilment": "delivery_method state since outlet_id",
    "Reward": "id title points stock_left usable reason needed delivery_method",
    "WaitingGift": "id reward_id title quantity state since member.id",
    "RunningPromotion": "id title kind for_members valid_until",
    "PricedProduct": "sku category price_amount",
    "SavedProducts": "created changed unchanged costs_added",
}
KEPT_FIELDS: Final[Mapping[str, frozenset[str]]] = {name: frozenset(fields.split()) for name, fields in _KEPT.items()}
"""By shape, the paths of kept fields inside it; a shape that it refers to has a row of its own."""

KEPT_QUERY: Final = frozenset({"member_id", "reference", "business_date", "limit", "outlet", "state"})
"""Query parameters whose values are kept. `reference` is a receipt number."""

PROBLEM_FACTS: Final[Mapping[str, Shape]] = {
    "available": SIGNED,
    "needed": SIGNED,
    "limit": SIGNED,
    "member_id": UUID,
    "reference": TEXT,
    "until": DAY,
    "reason": choice("code_missing", "code_wrong", "shares", "no_phone", "full"),
}
"""Facts that problems add to their shape; others are hidden."""
