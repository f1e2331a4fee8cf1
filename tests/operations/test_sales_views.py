"""The views that sales publishes: what they say of receipts and lines, and how little is read for a few days."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from merchants.facts import SYSTEM, OutletFacts, TillFacts
from merchants.operations import add_outlet, add_till
from merchants.tenancy import merchant_scope
from rewards.engine.facts import Bill
from sales.operations import refund_sale, void_sale
from tests.operations.test_goods_sent import copy_sale, scans
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of

pytestmark = pytest.mark.django_db

LINES = """
    SELECT position, hour, quantity, net_quantity, total_amount, net_amount, cost_amount, net_cost_amount, category
    FROM sales_line WHERE merchant_id = %s AND sale_id = %s ORDER BY position"""
RECEIPT = """
    SELECT reference, member_id, outlet_id, status, business_date, hour, total_amount, net_amount, net_points_earned
    FROM sales_receipt WHERE merchant_id = %s AND sale_id = %s"""


def asked(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def till_in(shop: SellingShop, timezone: str) -> TillFacts:
    """A till of a new outlet in another zone than the merchant's. Needs the scope."""
    merchant = shop.merchant
    outlet = add_outlet(merchant=merchant, name=f"Outlet {timezone}", timezone=timezone, at=NOW, actor=SYSTEM)
    till = add_till(merchant=merchant, outlet_id=outlet.id, name="Kasir", at=NOW, actor=SYSTEM)
    place = OutletFacts(outlet.id, outlet.name, outlet.timezone)
    return TillFacts(till, "Kasir", place, merchant, frozenset())


def test_a_line_says_what_is_left_of_it_after_returns() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        coffee = replace(line(1, 25_000, 2), cost_amount=9_000, category="kopi")
        sold = shop.sell(coffee, line(2, 15_000))
        refund_sale(
            merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(("1", 1)), received_at=NOW
        )
        assert asked(LINES, shop.merchant.id, sold.id) == [
            (0, 12, 2, 1, 50_000, 25_000, 9_000, 9_000, "kopi"),
            (1, 12, 1, 1, 15_000, 15_000, None, None, ""),
        ]


def test_the_hour_is_that_of_the_outlet_and_the_day_that_of_the_merchant() -> None:
    shop = open_selling_shop()
    at = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)  # 23.30 in Jakarta, half past one at night in Jayapura
    with merchant_scope(shop.merchant.id):
        east = replace(shop, till=till_in(shop, "Asia/Jayapura"))
        sold = east.sell(line(1, 25_000), occurred_at=at)
        [receipt] = asked(RECEIPT, shop.merchant.id, sold.id)
        [of_line] = asked(LINES, shop.merchant.id, sold.id)
    assert receipt[2] == east.till.outlet.id
    assert receipt[4] == sold.business_date == at.date()
    assert (receipt[5], of_line[1]) == (1, 1)


def test_a_receipt_says_whose_it_is_and_what_is_left() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        member = shop.join()
        kept = shop.sell(line(1, 25_000, 2), line(2, 15_000), member=member)
        gone = shop.sell(line(1, 25_000))
        refund_sale(
            merchant=shop.merchant, till=shop.till, reference=kept.reference, draft=refund_of(("1", 1)), received_at=NOW
        )
        void_sale(merchant=shop.merchant, till=shop.till, reference=gone.reference, reason="", received_at=NOW)
        [first] = asked(RECEIPT, shop.merchant.id, kept.id)
        [second] = asked(RECEIPT, shop.merchant.id, gone.id)
        nets = asked(
            "SELECT receipt.net_amount, sum(line.net_amount)::bigint FROM sales_receipt AS receipt "
            "JOIN sales_line AS line ON line.merchant_id = receipt.merchant_id AND line.sale_id = receipt.sale_id "
            "WHERE receipt.merchant_id = %s GROUP BY receipt.sale_id, receipt.net_amount",
            shop.merchant.id,
        )
    assert first[:2] == (kept.reference, member.id)
    assert first[3] == "partially_refunded"
    assert first[6:8] == (65_000, 40_000)
    assert 0 < first[8] < kept.points_earned
    assert second[1] is None
    assert (second[3], second[7]) == ("voided", 0)
    assert all(net == of_lines for net, of_lines in nets)


BILL = """
    SELECT tax_amount, service_amount, tip_amount, rounding_amount,
           net_tax_amount, net_service_amount, net_tip_amount, net_rounding_amount, net_amount
    FROM sales_receipt WHERE merchant_id = %s AND sale_id = %s"""


def test_a_receipt_says_its_bill_as_taken_and_what_returns_left_of_it() -> None:
    """Three of Rp 30.000 with tax and service on top, a tip of 5.000, rounded down by 50: one comes back, then all."""
    shop = open_selling_shop()
    bill = Bill(9_000, 4_500, 5_000, -50, prices_include_tax=False, prices_include_service=False)
    taken = (9_000, 4_500, 5_000, -50)
    with merchant_scope(shop.merchant.id):
        sold = shop.sell(line(1, 30_000, 3), bill=bill)
        found = [asked(BILL, shop.merchant.id, sold.id)]
        for units in (1, 2):
            draft = refund_of(("1", units))
            refund_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=draft, received_at=NOW)
            found.append(asked(BILL, shop.merchant.id, sold.id))
        of_line = asked(
            "SELECT tax_amount, service_amount FROM sales_line WHERE merchant_id = %s AND sale_id = %s",
            shop.merchant.id,
            sold.id,
        )
        handed_back = asked("SELECT sum(amount) FROM sales_refund WHERE merchant_id = %s", shop.merchant.id)
    assert found == [
        [(*taken, 9_000, 4_500, 5_000, -50, 90_000)],
        [(*taken, 6_000, 3_000, 5_000, -50, 60_000)],
        [(*taken, 0, 0, 0, 0, 0)],
    ]
    assert of_line == [(9_000, 4_500)], "as taken, before returns"
    assert handed_back == [(sold.payable_amount,)]


def test_a_voided_bill_leaves_nothing_and_one_without_bill_fields_is_nought() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        gone = shop.sell(line(1, 100_000), bill=Bill(10_000, 0, 0, 20, prices_include_tax=False))
        plain = shop.sell(line(1, 100_000))
        void_sale(merchant=shop.merchant, till=shop.till, reference=gone.reference, reason="", received_at=NOW)
        assert asked(BILL, shop.merchant.id, gone.id) == [(10_000, 0, 0, 20, 0, 0, 0, 0, 0)]
        assert asked(BILL, shop.merchant.id, plain.id) == [(0, 0, 0, 0, 0, 0, 0, 0, 100_000)]


@pytest.mark.parametrize(("columns", "read"), [("net_amount, tax_amount", False), ("net_tax_amount", True)])
def test_refunds_are_read_only_for_who_asks_what_is_left_of_a_bill(columns: str, read: bool) -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        plan = asked(f"EXPLAIN SELECT {columns} FROM sales_receipt WHERE merchant_id = %s", shop.merchant.id)
    assert any("sales_refund" in row[0] for row in plan) is read


TEN_DAYS = """
    SELECT sku, sum(net_amount) FROM sales_line
    WHERE merchant_id = %(merchant)s AND business_date BETWEEN %(first)s AND %(last)s GROUP BY sku"""
JOINED_FREELY = """
    SELECT line.sku, sum(line.total_amount - line.returned_amount)
    FROM sales_sale AS sale
    JOIN sales_saleline AS line ON line.merchant_id = sale.merchant_id AND line.sale_id = sale.id
    WHERE sale.merchant_id = %(merchant)s AND line.merchant_id = %(merchant)s
      AND sale.business_date BETWEEN %(first)s AND %(last)s GROUP BY line.sku"""


def rows_read(shop: SellingShop, statement: str) -> dict[str, int]:
    """Return rows read by table where PostgreSQL avoids nested loops as it does among a million lines."""
    given: dict[str, Any] = {"merchant": shop.merchant.id, "first": NOW.date() - timedelta(days=9), "last": NOW.date()}
    with connection.cursor() as cursor:
        # The rows of this test are new to the planner, which may have learned other tests' figures.
        cursor.execute("SELECT refresh_statistics('sales_sale'), refresh_statistics('sales_saleline')")
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", given)
        [told] = cursor.fetchone()
    plan = json.loads(told) if isinstance(told, str) else told
    return dict(scans(plan[0]["Plan"]))


def test_ten_days_read_the_lines_of_ten_days() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        shop.sell(line(1, 25_000), line(2, 15_000))
        copy_sale(shop, 2_000, a_day=10)
        by_view, freely = rows_read(shop, TEN_DAYS), rows_read(shop, JOINED_FREELY)
    assert 90 <= by_view["sales_sale"] <= 101
    assert by_view["sales_saleline"] == 2 * by_view["sales_sale"]
    assert freely["sales_saleline"] > 10 * by_view["sales_saleline"], "or the view needs no OFFSET any more"
