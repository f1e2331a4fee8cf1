"""A campaign's coupon: checked, written as a promotion definition, and what it can cost at most."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from campaigns.facts import CouponOffer, OfferKind
from common.quantities import MAX_AMOUNT

MAX_VALID_DAYS: Final = 366


def problems_of(offer: CouponOffer) -> list[tuple[str, str]]:
    """Return (field, code) of each mistake; the codes are keys of `campaigns.wording.FIELD_PROBLEMS`."""
    found: list[tuple[str, str]] = []
    if offer.kind is OfferKind.PERCENT and not (offer.percent.is_finite() and 0 < offer.percent <= 100):
        found.append(("offer_percent", "percent_range"))
    if offer.kind is OfferKind.AMOUNT and not 0 < offer.amount <= MAX_AMOUNT:
        found.append(("offer_amount", "amount_range"))
    if offer.cap_amount is not None and not 0 < offer.cap_amount <= MAX_AMOUNT:
        found.append(("offer_cap_amount", "cap_range"))
    if not 0 <= offer.min_spend_amount <= MAX_AMOUNT:
        found.append(("offer_min_spend_amount", "min_spend_range"))
    if offer.kind is OfferKind.AMOUNT and 0 < offer.min_spend_amount <= offer.amount:
        found.append(("offer_min_spend_amount", "min_below_amount"))
    if not 1 <= offer.valid_days <= MAX_VALID_DAYS:
        found.append(("offer_valid_days", "days_range"))
    return found


def definition_of(offer: CouponOffer, *, title: str) -> dict[str, Any]:
    """Return the offer as the promotion engine reads it, without a code: `rewards` adds that."""
    definition: dict[str, Any] = {"title": title}
    if offer.kind is OfferKind.PERCENT:
        definition |= {"kind": "percent_off", "value": offer.percent_text}
        if offer.cap_amount is not None:
            definition["cap"] = offer.cap_amount
    else:
        definition |= {"kind": "amount_off", "value": offer.amount}
    if offer.min_spend_amount:
        definition["when"] = {"min_subtotal": offer.min_spend_amount}
    return definition


def max_cost(offer: CouponOffer, coupons: int) -> int | None:
    """Return what `coupons` coupons can cost together; None for a percentage without a cap."""
    most = offer.amount if offer.kind is OfferKind.AMOUNT else offer.cap_amount
    return None if most is None else most * coupons


def last_valid_day(offer: CouponOffer, issued_on: date) -> date:
    """Return the last valid day; the day of issue counts, so 14 days from the 1st end on the 14th."""
    return issued_on + timedelta(days=offer.valid_days - 1)
