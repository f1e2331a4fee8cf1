"""What the goods are called that promotions name by code."""

from __future__ import annotations

from collections.abc import Iterable

from merchants.facts import MerchantFacts
from products.queries import product_names
from rewards.engine.facts import Definition
from rewards.engine.linter.overlap import filters_of


def skus_named(definitions: Iterable[Definition]) -> set[str]:
    """Return every product code that these wordings name, as codes are compared."""
    named: set[str] = set()
    for definition in definitions:
        for _pointer, goods in filters_of(definition):
            named |= goods.skus | goods.exclude_skus
        bonus = getattr(definition.terms, "product_bonus", None)
        if isinstance(bonus, tuple):
            named |= {sku for sku, _points in bonus}
    return named


def names_of_goods(*, merchant: MerchantFacts, definitions: Iterable[Definition]) -> dict[str, str]:
    """Return what these wordings' products are called, by what codes are compared by.

    One statement whatever their number, none where they name no code.
    """
    return product_names(merchant=merchant, skus=skus_named(definitions))
