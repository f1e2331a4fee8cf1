"""How tills spell goods is looked up in the newest receipts of the asked days, however much the shop sells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from merchants.tenancy import merchant_scope
from sales.queries import SentGoods, goods, goods_sent
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
_SALES = """
    INSERT INTO sales_sale
    SELECT (jsonb_populate_record(sale, jsonb_build_object(
        'id', md5(sale.id::text || n)::uuid, 'reference', 'C' || n, 'business_date', sale.business_date - n / %(a_day)s,
        'occurred_at', sale.occurred_at - n * interval '1 day' / %(a_day)s))).*
    FROM sales_sale AS sale, generate_series(1, %(receipts)s) AS n WHERE sale.merchant_id = %(merchant)s"""
_LINES = """
    INSERT INTO sales_saleline
    SELECT (jsonb_populate_record(line, jsonb_build_object(
        'id', md5(line.id::text || n)::uuid, 'sale_id', md5(line.sale_id::text || n)::uuid))).*
    FROM sales_saleline AS line, generate_series(1, %(receipts)s) AS n WHERE line.merchant_id = %(merchant)s"""


def copy_sale(shop: SellingShop, receipts: int, *, a_day: int) -> None:
    """Copy the shop's one sale into the past. What was counted before lets each line find its sale by index."""
    given: dict[str, Any] = {"merchant": shop.merchant.id, "receipts": receipts, "a_day": a_day}
    with connection.cursor() as cursor:
        for statement in (_SALES, "ANALYZE sales_sale", _LINES, "ANALYZE sales_saleline"):
            cursor.execute(statement, given)


def scans(node: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield (table, rows that were read of it) of every scan that was run."""
    if "Relation Name" in node:
        read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        yield node["Relation Name"], round(read * node["Actual Loops"])
    for part in node.get("Plans", ()):
        yield from scans(part)


def rows_read(shop: SellingShop, first: date, most: int) -> dict[str, int]:
    given: dict[str, Any] = {"merchant": shop.merchant.id, "first": first, "last": TODAY, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {goods._SENT}", given)
        [told] = cursor.fetchone()
    plan = json.loads(told) if isinstance(told, str) else told
    return dict(scans(plan[0]["Plan"]))


def test_no_more_is_read_than_the_newest_receipts_and_their_lines() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        shop.sell(line(1, 25_000), line(2, 15_000))
        copy_sale(shop, 2_000, a_day=20)
        bound = rows_read(shop, TODAY - timedelta(days=29), 40)
        fortnight = rows_read(shop, TODAY - timedelta(days=13), 500)
        longer = rows_read(shop, TODAY - timedelta(days=90), 40)
    # The receipts of the day that the fortieth falls on are put in their order first.
    assert 40 <= bound["sales_sale"] <= 80
    assert bound["sales_saleline"] == 80
    assert longer == bound, "what was sold before costs nothing"
    assert 260 <= fortnight["sales_sale"] <= 300
    assert fortnight["sales_saleline"] == 2 * fortnight["sales_sale"]


def asked(shop: SellingShop, *skus: str) -> SentGoods:
    return goods_sent(merchant=shop.merchant, skus=skus, categories=(), first=TODAY - timedelta(days=29), last=TODAY)


def test_only_the_newest_receipts_are_asked_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        for hours, sku in ((3, "TEH"), (1, "KOPI"), (2, "Kopi")):
            shop.sell(line(1, 25_000, sku=sku), occurred_at=NOW - timedelta(hours=hours))
        monkeypatch.setattr(goods, "MOST_RECEIPTS", 2)
        found = asked(shop, "kopi", "teh")
        assert set(found.skus["kopi"].spellings) == {"KOPI", "Kopi"}
        assert "teh" not in found.skus
        assert found.newest == 2
        monkeypatch.setattr(goods, "MOST_RECEIPTS", 4)
        found = asked(shop, "kopi", "teh")
        assert found.skus["teh"].lines == 1
        assert found.newest is None
