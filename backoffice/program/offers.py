"""Promotions that a page of the program lists: what each gives in a sentence, when, and where it is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.utils import timezone

from backoffice.promotions.names import names_of
from backoffice.promotions.views.listing import PromotionRow, row_of
from common.languages import reader_language
from merchants.facts import MerchantFacts
from rewards.promotions.queries import OfferFilter, OfferRow, offers_page, outlet_walls
from rewards.promotions.wording import Names, offer_in_words

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
    return [_listed_row(merchant, row, names) for row in found] if names is not None else []


def _listed_row(merchant: MerchantFacts, row: OfferRow, names: Names) -> PromotionRow:
    """Return the row with all that the promotion says: for whom, too; the list of all says what it gives."""
    listed = row_of(merchant, row, names, None)
    if row.definition is None:
        return listed
    said = offer_in_words(row.definition, currency=merchant.currency, language=reader_language(), names=names)
    return replace(listed, sentence=" ".join(said))
