"""Promotions that a page of the program lists: what each gives in a sentence, when, and where it is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils import timezone

from backoffice.promotions.names import names_of
from backoffice.promotions.views.listing import PromotionRow, row_of
from merchants.facts import MerchantFacts
from rewards.promotions.queries import OfferFilter, offers_page, outlet_walls

LISTED: Final = 50
STATES: Final = ("live", "scheduled", "paused")


def offers_of_kinds(merchant: MerchantFacts, kinds: Sequence[str], *, without: str = "") -> list[PromotionRow]:
    """Return the promotions of these kinds that run, are to come or rest, running ones first; `without` one of them."""
    now = timezone.now()
    walls = outlet_walls(merchant=merchant, at=now)
    found = [
        row
        for kind in kinds
        for row in offers_page(merchant=merchant, at=now, walls=walls, filters=OfferFilter(kind=kind), limit=LISTED)
        if row.state in STATES and str(row.id) != without
    ]
    found.sort(key=lambda row: (STATES.index(row.state), row.title.lower(), row.id))
    names = names_of(merchant, [row.definition for row in found if row.definition is not None]) if found else None
    return [row_of(merchant, row, names, None) for row in found] if names is not None else []
