"""What tiers, outlets, segments, moments and products are called in the sentences that a till is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from members.queries import tiers
from merchants.facts import MerchantFacts
from pos_integration.presentation import NO_OFFERS, Offers
from rewards.coupons.facts import CouponFacts
from rewards.engine.facts import Decision, Definition
from rewards.promotions.queries import names_of_conditions, offers_in_force
from rewards.promotions.wording import Names, names_tiers
from segments.wording import SEGMENT_NAMES


def condition_names(merchant: MerchantFacts, offers: Iterable[Definition]) -> Names:
    """Return everything that the conditions of these offers name; at most four statements, none for nothing."""
    segments = {segment.value: name for segment, name in SEGMENT_NAMES.items()}
    return replace(names_of_conditions(merchant=merchant, offers=offers), segments=segments)


def offers_of(merchant: MerchantFacts, coupons: Iterable[CouponFacts], *, at: datetime) -> Offers:
    """Return the offers in force behind these coupons and what they name: one statement, more for names."""
    promotion_ids = {coupon.promotion_id for coupon in coupons}
    if not promotion_ids:
        return NO_OFFERS
    found = offers_in_force(merchant=merchant, promotion_ids=promotion_ids, at=at)
    return Offers(found, condition_names(merchant, found.values()))


def decision_names(merchant: MerchantFacts, decisions: Iterable[Decision]) -> Names:
    """Return what the sentences of these decisions name; no statement where they name no tier."""
    if not names_tiers(decisions):
        return Names()
    return Names(tiers={tier.code: tier.name for tier in tiers(merchant=merchant)})
