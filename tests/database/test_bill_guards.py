"""Raw SQL, as the application role, against what holds of tax, service charge, tip and rounding."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.ids import new_id
from merchants.tenancy import merchant_scope
from sales.facts import SaleFacts
from tests.database.test_sales_guards import refused
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db

CLAIM = (
    "INSERT INTO sales_sale (merchant_id, id, till_id, outlet_id, reference, request_fingerprint, status, source,"
    " occurred_at, received_at, business_date, refunded_amount, points_earned, points_reversed, points_redeemed,"
    " points_returned, wallet_redeemed_amount, wallet_returned_amount, cashback_earned_amount,"
    " cashback_reversed_amount, points_balance, transfers, cashier, warnings, outcome, subtotal_amount,"
    " discount_amount, total_amount, payable_amount, tax_amount, tip_amount, prices_include_tax)"
    " SELECT %s, %s, till_id, outlet_id, %s, request_fingerprint, status, source, %s, %s, %s, 0, 0, 0, 0, 0, 0, 0, 0,"
    " 0, 0, '{}', '', %s::jsonb, '{}', 100, 0, 100, %s, %s, %s, %s FROM sales_sale WHERE id = %s"
)


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


@pytest.fixture
def sold(shop: SellingShop) -> SaleFacts:
    return shop.sell(member=shop.join())


@pytest.mark.parametrize(
    ("payable", "tax", "tip", "included", "warnings"),
    [(99, 0, 0, True, "[]"), (110, 10, 0, True, "[]"), (100, 10, 0, False, "[]"), (100, 0, 5, True, "[]")],
)
def test_a_bill_that_does_not_add_up_is_no_sale(
    shop: SellingShop, sold: SaleFacts, payable: int, tax: int, tip: int, included: bool, warnings: str
) -> None:
    times = (NOW, NOW, NOW.date())
    figures = (payable, tax, tip, included, sold.id)
    assert "sale_bill_adds_up" in refused(CLAIM, shop.merchant.id, new_id(), "OTHER", *times, warnings, *figures)


@pytest.mark.parametrize("figure", ["tax_amount", "service_amount", "tip_amount"])
def test_no_part_of_a_bill_is_below_nothing(sold: SaleFacts, figure: str) -> None:
    change = f"{figure} = -1, rounding_amount = 1, prices_include_tax = false, prices_include_service = false"
    words = refused(f"UPDATE sales_sale SET {change}, recorded_at = NULL WHERE id = %s", sold.id)
    assert "sale_bill_parts" in words or "figures stand" in words


@pytest.mark.parametrize(
    "change",
    [
        "tax_amount = 1",
        "service_amount = 1",
        "tip_amount = 1, payable_amount = payable_amount + 1",
        "rounding_amount = -1, payable_amount = payable_amount - 1",
        "prices_include_tax = false",
        "prices_include_service = false",
        "spend_change_amount = 1",
        "points_value_amount = 1, payable_amount = payable_amount - 1",
    ],
)
def test_the_bill_of_a_recorded_sale_stands(sold: SaleFacts, change: str) -> None:
    assert "figures stand" in refused(f"UPDATE sales_sale SET {change} WHERE id = %s", sold.id)


@pytest.mark.parametrize("figure", ["tax_amount", "service_amount"])
def test_the_parts_of_a_line_stand(sold: SaleFacts, figure: str) -> None:
    words = refused(f"UPDATE sales_saleline SET {figure} = 1 WHERE sale_id = %s AND position = 0", sold.id)
    assert "only its returns grow" in words


@pytest.mark.parametrize("figure", ["tax_amount", "service_amount", "tip_amount", "rounding_amount"])
def test_no_more_of_a_bill_comes_back_than_there_was(shop: SellingShop, sold: SaleFacts, figure: str) -> None:
    insert = (
        "INSERT INTO sales_refund (merchant_id, id, sale_id, till_id, kind, refund_reference, request_fingerprint,"
        " occurred_at, received_at, business_date, amount, goods_amount, points_reversed, points_returned,"
        f" points_balance, wallet_returned_amount, cashback_reversed_amount, reason, {figure})"
        " VALUES (%s, %s, %s, %s, 'refund', 'X', %s, %s, %s, %s, 1, 0, 0, 0, 0, 0, 0, '', 1)"
    )
    values = (shop.merchant.id, new_id(), sold.id, shop.till.id, bytes(32), NOW, NOW, NOW.date())
    assert "refunds differ" in refused(insert, *values)
