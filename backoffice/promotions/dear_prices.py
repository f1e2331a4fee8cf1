"""A price that a promotion asks, held against the price list: one no lower than the goods' own saves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from common.languages import reader_language
from common.quantities import format_money
from merchants.facts import MerchantFacts
from products.queries import dearest_price
from rewards.engine.facts import Definition, Filter


@dataclass(frozen=True)
class DearPrice:
    """`pointer`: where the promotion says its price."""

    pointer: str
    text: str


def check_price(merchant: MerchantFacts, draft: Definition) -> DearPrice | None:
    """Say that no goods of the draft cost more than its price asks for them; one statement per part of a set.

    None where a product of the goods has no list price, or no product is among them: what tills ask is not known.
    """
    asked = _asked_price(draft)
    if asked is None:
        return None
    pointer, price = asked
    most = 0
    for quantity, goods in _units_of(draft):
        dearest = dearest_price(
            merchant=merchant,
            skus=goods.skus,
            categories=goods.categories,
            exclude_skus=goods.exclude_skus,
            exclude_categories=goods.exclude_categories,
        )
        if dearest is None:
            return None
        most += quantity * dearest
    if most > price:
        return None
    language = reader_language()
    words = gettext(
        "By your price list these goods cost %(most)s at most, and the promotion asks %(price)s: it would save nobody "
        "anything. Ask less, or correct the prices of the products."
    )
    texts = {
        name: format_money(amount, merchant.currency, language) for name, amount in (("most", most), ("price", price))
    }
    return DearPrice(pointer, words % texts)


def _asked_price(draft: Definition) -> tuple[str, int] | None:
    """Return where the draft says the price of a set or of a unit, and the price; None for other kinds."""
    if draft.kind == "bundle_price":
        return "/price", draft.terms.price
    if draft.kind == "new_unit_price" and draft.terms.per_bundle is None:
        return "/value", draft.terms.value
    return None


def _units_of(draft: Definition) -> Iterator[tuple[int, Filter]]:
    """Yield how many units of which goods the price is for."""
    own = draft.terms.filter or Filter()
    if draft.kind == "bundle_price" and draft.terms.parts:
        for part in draft.terms.parts:
            yield part.qty, part.filter or own
        return
    yield (draft.terms.qty if draft.kind == "bundle_price" else 1), own
