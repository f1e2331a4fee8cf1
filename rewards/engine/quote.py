"""An outcome in the shape of a quote of the till API."""

from typing import Any

from rewards.engine.facts import NO_BILL, Bill, Outcome


def quote_form(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome under the keys of a quote of the till API, without sentences; absent figures left out."""
    body: dict[str, Any] = {
        name: getattr(outcome, name) for name in ("subtotal_amount", "discount_amount", "total_amount")
    }
    body["lines"] = [
        {
            "line_id": line.line_id,
            "subtotal_amount": line.subtotal_amount,
            "discount_amount": line.discount_amount,
            "total_amount": line.total_amount,
            "tax_amount": line.tax_amount,
            "service_amount": line.service_amount,
        }
        for line in outcome.lines
    ]
    body["discounts"] = [
        _without_none(
            promotion_id=discount.promotion_id,
            title=discount.title,
            amount=discount.amount,
            lines=[{"line_id": share.line_id, "amount": share.amount} for share in discount.lines],
            coupon_code=discount.coupon_code,
        )
        for discount in outcome.discounts
    ]
    body["free_items"] = [
        {"promotion_id": item.promotion_id, "sku": item.sku, "name": item.name, "quantity": item.quantity}
        for item in outcome.free_items
    ]
    body |= bill_form(outcome.bill or NO_BILL)
    for name in _FIGURES:
        body[name] = getattr(outcome, name)
    body["coupons"] = [_without_none(code=c.code, status=c.status, reason=c.reason) for c in outcome.coupons]
    body["decisions"] = [
        _without_none(
            promotion_id=decision.promotion_id,
            title=decision.title,
            applied=decision.applied,
            reason=decision.reason,
            measured=decision.measured,
            needed=decision.needed,
            period=decision.period,
            unit=decision.unit,
        )
        for decision in outcome.decisions
    ]
    body["hints"] = [{"promotion_id": hint.promotion_id} for hint in outcome.hints]
    return body


def bill_form(bill: Bill) -> dict[str, Any]:
    """Return tax, service charge, tip and rounding under the keys of the till API."""
    return {
        "tax_amount": bill.tax_amount,
        "service_amount": bill.service_amount,
        "tip_amount": bill.tip_amount,
        "rounding_amount": bill.rounding_amount,
        "prices_include_tax": bill.prices_include_tax,
        "prices_include_service": bill.prices_include_service,
    }


_FIGURES = (
    "points_to_earn",
    "cashback_to_earn_amount",
    "points_to_redeem",
    "points_value_amount",
    "wallet_to_redeem_amount",
    "gift_card_to_redeem_amount",
    "payable_amount",
)


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
