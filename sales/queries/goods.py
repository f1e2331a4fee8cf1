"""Goods as they were sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.db import connection

from common.text import comparison_key
from merchants.facts import MerchantFacts

MOST_GOODS: Final = 500
MOST_RECEIPTS: Final = 20_000
"""So many of the newest are looked through for how tills spell goods."""


@dataclass(frozen=True, slots=True)
class SoldGoods:
    """One sku over a period: the name it was last sold under, units, and net of discounts."""

    sku: str
    name: str
    category: str
    units: int
    total_amount: int
    last_on: date


@dataclass(frozen=True, slots=True)
class Sent:
    """How tills wrote one code or category over a period: spellings, the most frequent first, and lines of sales.

    Goods without a code are looked up by their name, as filters know them.
    """

    spellings: tuple[str, ...]
    lines: int


@dataclass(frozen=True, slots=True)
class SentGoods:
    """What tills sent of the goods asked for, by what names are compared by; `has_sales`: whether there was a sale.

    `newest` is how many of the newest receipts were looked through, None where the period had fewer than are.
    """

    skus: Mapping[str, Sent]
    categories: Mapping[str, Sent]
    has_sales: bool
    newest: int | None = None


# A busy month would be millions of lines, for a sentence on a form. OFFSET 0 keeps the lines' look-up receipt by
# receipt: joined freely, all lines that were ever sold may be read. Spellings are compared in Python, which knows more
# of them than SQL.
_SENT: Final = """
    WITH newest AS MATERIALIZED (
        SELECT id FROM sales_sale
        WHERE merchant_id = %(merchant)s AND business_date BETWEEN %(first)s AND %(last)s
        ORDER BY business_date DESC, occurred_at DESC
        LIMIT %(most)s
    )
    SELECT line.sku, line.category, count(*), (SELECT count(*) FROM newest)
    FROM newest CROSS JOIN LATERAL (
        SELECT coalesce(nullif(sku, ''), name) AS sku, category FROM sales_saleline
        WHERE merchant_id = %(merchant)s AND sale_id = newest.id OFFSET 0
    ) AS line
    GROUP BY GROUPING SETS ((line.sku), (line.category))"""


def goods_sent(
    *, merchant: MerchantFacts, skus: Iterable[str], categories: Iterable[str], first: date, last: date
) -> SentGoods:
    """Return how tills spelled these codes and categories from `first` to `last` in the newest `MOST_RECEIPTS`.

    One statement.
    """
    asked = {comparison_key(sku) for sku in skus}, {comparison_key(category) for category in categories}
    found: tuple[dict[str, Counter[str]], dict[str, Counter[str]]] = ({}, {})
    with connection.cursor() as cursor:
        cursor.execute(_SENT, {"merchant": merchant.id, "first": first, "last": last, "most": MOST_RECEIPTS})
        rows = cursor.fetchall()
    for sku, category, lines, _ in rows:
        side, text = (1, category) if sku is None else (0, sku)
        key = comparison_key(text)
        if key in asked[side]:
            found[side].setdefault(key, Counter())[text] += lines
    told = [
        {key: Sent(tuple(text for text, _ in counter.most_common()), counter.total()) for key, counter in one.items()}
        for one in found
    ]
    receipts = rows[0][3] if rows else 0
    return SentGoods(told[0], told[1], bool(rows), receipts if receipts >= MOST_RECEIPTS else None)


# `products_known` is the view that products publishes; one pass over the period's lines whatever the assortment.
_UNKNOWN: Final = """
    SELECT line.sku, (array_agg(line.name ORDER BY line.occurred_at DESC))[1],
           (array_agg(line.category ORDER BY line.occurred_at DESC))[1],
           sum(line.quantity), sum(line.total_amount), max(line.business_date)
    FROM sales_line AS line
    WHERE line.merchant_id = %(merchant)s AND line.business_date BETWEEN %(first)s AND %(last)s
      AND line.sku <> ''
      AND NOT EXISTS (SELECT FROM products_known AS known
                      WHERE known.merchant_id = %(merchant)s AND known.sku = line.sku)
    GROUP BY line.sku
    ORDER BY sum(line.total_amount) DESC, line.sku"""
_KNOWN: Final = "SELECT sku_key FROM products_known WHERE merchant_id = %s AND sku_key = ANY(%s)"


def unknown_goods(*, merchant: MerchantFacts, first: date, last: date, most: int = MOST_GOODS) -> list[SoldGoods]:
    """Return what was sold from `first` to `last` and is no product yet, the highest sales first, at most `most`.

    Goods without a code can be no product. Spellings of one code are one product, under the spelling that sold most.
    Two statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNKNOWN, {"merchant": merchant.id, "first": first, "last": last})
        rows = cursor.fetchall()
        keys = [comparison_key(row[0]) or row[0] for row in rows]
        cursor.execute(_KNOWN, [merchant.id, keys])
        known = {key for (key,) in cursor.fetchall()}
    sold: dict[str, SoldGoods] = {}
    for key, (sku, name, category, units, total, on) in zip(keys, rows, strict=True):
        before = sold.get(key)
        if before is not None:
            sold[key] = replace(
                before,
                units=before.units + int(units),
                total_amount=before.total_amount + int(total),
                last_on=max(before.last_on, on),
            )
        elif key not in known:
            sold[key] = SoldGoods(sku, name, category, int(units), int(total), on)
    return sorted(sold.values(), key=lambda goods: (-goods.total_amount, goods.sku))[:most]
