"""What promotions give to one tier alone, and what the conditions of promotions are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from members.queries import tiers
from merchants.facts import MerchantFacts
from merchants.queries import all_outlets
from rewards.engine import name_key
from rewards.engine.facts import Definition
from rewards.moments.facts import OwnCalendar
from rewards.moments.queries import own_calendar
from rewards.promotions.queries.names import names_of_goods
from rewards.promotions.wording import Names


def offers_of_tier(offers: Iterable[Definition], *, tier_code: str | None, today: date) -> list[Definition]:
    """Return those of the promotions that this tier has and not everybody, in the order in which they act.

    Their condition on tiers is taken out: it goes without saying where the tier is named already.
    """
    if tier_code is None:
        return []
    own = [
        replace(offer, when=replace(offer.when, tiers_any=None))
        for offer in offers
        if offer.when.tiers_any is not None
        and name_key(tier_code) in offer.when.tiers_any
        and (offer.when.valid_to is None or offer.when.valid_to >= today)
    ]
    return sorted(own, key=lambda offer: (offer.priority, offer.id))


def names_of_conditions(*, merchant: MerchantFacts, offers: Iterable[Definition]) -> Names:
    """Return what these offers name, segments aside; at most four statements, none for nothing."""
    asked = list(offers)
    names_tier = any(offer.when.tiers_any is not None for offer in asked)
    names_outlet = any(offer.when.outlets is not None for offer in asked)
    names_moment = any(offer.when.moment is not None for offer in asked)
    return Names(
        tiers={tier.code: tier.name for tier in tiers(merchant=merchant)} if names_tier else {},
        outlets={str(outlet.id): outlet.name for outlet in all_outlets(merchant=merchant)} if names_outlet else {},
        products=names_of_goods(merchant=merchant, definitions=asked),
        calendar=own_calendar(merchant=merchant) if names_moment else OwnCalendar(),
    )
