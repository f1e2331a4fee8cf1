"""Goods as they were sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from merchants.facts import MerchantFacts

MOST_GOODS: Final = 500


@dataclass(frozen=True, slots=True)
class SoldGoods:
    """One sku over a period: the name it was last sold under, units, and net of discounts."""

    sku: str
    name: str
    category: str
    units: int
    total_amount: int
    last_on: date


# `products_known` is the view that products publishes; one pass over the period's lines whatever the assortment.
_UNKNOWN: Final = """
    SELECT line.sku, (array_agg(line.name ORDER BY sale.occurred_at DESC))[1],
           (array_agg(line.category ORDER BY sale.occurred_at DESC))[1],
           sum(line.quantity), sum(line.total_amount), max(sale.business_date)
    FROM sales_sale AS sale
    JOIN sales_saleline AS line ON line.merchant_id = sale.merchant_id AND line.sale_id = sale.id
    WHERE sale.merchant_id = %(merchant)s AND line.merchant_id = %(merchant)s
      AND sale.business_date BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT FROM products_known AS known
                      WHERE known.merchant_id = %(merchant)s AND known.sku = line.sku)
    GROUP BY line.sku
    ORDER BY sum(line.total_amount) DESC, line.sku
    LIMIT %(most)s"""


def unknown_goods(*, merchant: MerchantFacts, first: date, last: date, most: int = MOST_GOODS) -> list[SoldGoods]:
    """What was sold from `first` to `last` and is no product yet, the highest sales first, at most `most`."""
    with connection.cursor() as cursor:
        cursor.execute(_UNKNOWN, {"merchant": merchant.id, "first": first, "last": last, "most": most})
        rows = cursor.fetchall()
    return [
        SoldGoods(sku, name, category, int(units), int(total), on) for sku, name, category, units, total, on in rows
    ]
