"""Goods that an offer names, held against the catalogue and against what tills have sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext, ngettext

from common.quantities import format_number
from merchants.facts import GoodsNames, MerchantFacts
from products.queries import product_count, products_named
from rewards.engine import name_key
from rewards.engine.facts import Filter
from sales.queries import Sent, goods_sent

DAYS: Final = 30
"""As `_span_text` says."""
NAMED: Final = 5
"""So many spellings of one name are shown, and so many names."""
LISTS: Final = ("skus", "categories", "exclude_skus", "exclude_categories")
SHOWN: Final = 10
"""So many names without a product are shown."""


@dataclass(frozen=True)
class Named:
    """Goods named at `pointer`, a list of codes or of categories, that neither catalogue nor tills offer."""

    pointer: str
    text: str


@dataclass(frozen=True)
class GoodsCheck:
    """`unknown`: what to correct or mean; `sent`: how tills spell what is named, in sentences."""

    unknown: list[Named]
    sent: list[str]


def check_goods(
    merchant: MerchantFacts,
    filters: Iterable[tuple[str, Filter]],
    today: date,
    *,
    before: Iterable[tuple[str, Filter]] = (),
) -> GoodsCheck:
    """Check the names of goods in three statements for any number of names, none without names.

    `before` are the filters of the version that it replaces: what they name already is not asked about again. A shop
    without products and sales has nothing to compare a name with.
    """
    listed = [
        (f"{pointer}/{name}", name.endswith("skus"), goods.spelled(getattr(goods, name)))
        for pointer, goods in filters
        for name in LISTS
        if getattr(goods, name)
    ]
    skus = sorted({text for _, is_sku, texts in listed if is_sku for text in texts})
    categories = sorted({text for _, is_sku, texts in listed if not is_sku for text in texts})
    if not listed:
        return GoodsCheck([], [])
    sent = goods_sent(
        merchant=merchant, skus=skus, categories=categories, first=today - timedelta(days=DAYS - 1), last=today
    )
    told = [_sent_text(one, sent.newest) for one in [*sent.skus.values(), *sent.categories.values()]][:NAMED]
    if not sent.has_sales and not product_count(merchant=merchant):
        return GoodsCheck([], told)
    named = products_named(merchant=merchant, skus=skus, categories=categories)
    missing = {
        True: {name_key(sku) for sku in named.unknown_skus} - set(sent.skus),
        False: {name_key(category) for category in named.unknown_categories} - set(sent.categories),
    }
    archived = {name_key(sku) for sku in named.archived_skus} - set(sent.skus)
    for _pointer, goods in before:
        for name in LISTS:
            seen = set(map(name_key, getattr(goods, name)))
            missing[name.endswith("skus")] -= seen
            archived -= seen if name.endswith("skus") else set()
    unknown = []
    for pointer, is_sku, texts in listed:
        if names := [text for text in texts if name_key(text) in missing[is_sku]]:
            unknown.append(Named(pointer, _unknown_text(names, sent.newest, is_sku=is_sku)))
        if is_sku and (names := [text for text in texts if name_key(text) in archived]):
            unknown.append(Named(pointer, _archived_text(names, sent.newest)))
    return GoodsCheck(unknown, told)


def tell_without_product(merchant: MerchantFacts, names: GoodsNames, today: date) -> list[str]:
    """Say which names match no product: which of them tills send, and how, and which are unknown.

    None where every name is a product's, and none in a shop without products and sales.
    """
    if not names:
        return []
    named = products_named(merchant=merchant, skus=names.skus, categories=names.categories)
    skus, categories = named.unknown_skus, named.unknown_categories
    if not skus and not categories:
        return []
    sent = goods_sent(
        merchant=merchant, skus=skus, categories=categories, first=today - timedelta(days=DAYS - 1), last=today
    )
    if not sent.has_sales and not product_count(merchant=merchant):
        return []
    told = []
    for texts, known, is_sku in ((categories, sent.categories, False), (skus, sent.skus, True)):
        unsent = [text for text in texts if name_key(text) not in known]
        if unsent:
            told.append(_unsent_text(unsent, sent.newest, is_sku=is_sku))
        sent_texts = [text for text in texts if name_key(text) in known]
        told += [_without_product_text(text, known[name_key(text)], sent.newest, is_sku=is_sku) for text in sent_texts]
    return told


def _unsent_text(names: list[str], newest: int | None, *, is_sku: bool) -> str:
    if is_sku:
        words = ngettext(
            "No product has the code %(names)s, and no till sent it %(span)s. Check the spelling.",
            "No product has one of the codes %(names)s, and no till sent them %(span)s. Check the spelling.",
            len(names),
        )
    else:
        words = ngettext(
            "No product is in the category %(names)s, and no till sent it %(span)s. Check the spelling.",
            "No product is in one of the categories %(names)s, and no till sent them %(span)s. Check the spelling.",
            len(names),
        )
    return words % {"names": _quote_names(names), "span": _span_text(newest)}


def _quote_names(names: Sequence[str]) -> str:
    """Write “A”, “B”: at most `SHOWN`, then how many more."""
    shown = ", ".join(f"“{name}”" for name in names[:SHOWN])
    if len(names) <= SHOWN:
        return shown
    return gettext("%(names)s and %(count)s more") % {"names": shown, "count": format_number(len(names) - SHOWN)}


def _without_product_text(name: str, sent: Sent, newest: int | None, *, is_sku: bool) -> str:
    if is_sku:
        words = gettext("No product has the code “%(name)s”, but tills send it.")
    else:
        words = gettext("No product is in the category “%(name)s”, but tills send it.")
    return f"{words % {'name': name}} {_sent_text(sent, newest)}"


def _unknown_text(names: list[str], newest: int | None, *, is_sku: bool) -> str:
    if is_sku:
        words = gettext(
            "No product has the code %(names)s, and no till sent it %(span)s. "
            "Choose it from the list, or add the product first."
        )
    else:
        words = gettext(
            "No product is in the category %(names)s, and no till sent it %(span)s. "
            "Choose one from the list, or put a product into it first."
        )
    return words % {"names": _quote_names(names), "span": _span_text(newest)}


def _archived_text(names: list[str], newest: int | None) -> str:
    words = ngettext(
        "The product %(names)s is archived, and no till sent it %(span)s. Choose another one, or restore it first.",
        "The products %(names)s are archived, and no till sent them %(span)s. Choose others, or restore them first.",
        len(names),
    )
    return words % {"names": _quote_names(names), "span": _span_text(newest)}


def _sent_text(sent: Sent, newest: int | None) -> str:
    words = ngettext(
        "Your tills send %(spellings)s: %(lines)s line %(span)s.",
        "Your tills send %(spellings)s: %(lines)s lines %(span)s.",
        sent.lines,
    )
    spellings = ", ".join(f"“{text}”" for text in sent.spellings[:NAMED])
    return words % {"spellings": spellings, "lines": format_number(sent.lines), "span": _span_text(newest)}


def _span_text(newest: int | None) -> str:
    """Say how far back tills were asked, for the middle of a sentence."""
    if newest is None:
        return gettext("in the last 30 days")
    words = ngettext("in the last %(receipts)s receipt", "in the last %(receipts)s receipts", newest)
    return words % {"receipts": format_number(newest)}
