"""Raw SQL, as the application role, that tries to break what the tables of sales and rewards promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from common.ids import new_id
from merchants.tenancy import merchant_scope, refusable
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from rewards.promotions.operations import create_promotion
from sales.facts import SaleFacts
from sales.invariants import verify
from sales.operations import refund_or_park, refund_sale
from tests.sales_shop import NOW, SellingShop, open_selling_shop, refund_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


@pytest.fixture
def sold(shop: SellingShop) -> SaleFacts:
    return shop.sell(member=shop.join())


def refused(statement: str, *values: Any) -> str:
    """Run it up to the deferred guards; return the database's words of refusal."""
    with pytest.raises(DatabaseError) as error, refusable(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


def one(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "change",
    [
        "total_amount = total_amount - 1, subtotal_amount = subtotal_amount - 1",
        "payable_amount = 0",
        "points_earned = points_earned + 100",
        "reference = 'OTHER'",
        "member_id = NULL",
        "occurred_at = occurred_at - interval '1 day'",
    ],
)
def test_a_recorded_sale_keeps_its_figures(sold: SaleFacts, change: str) -> None:
    words = refused(f"UPDATE sales_sale SET {change} WHERE id = %s", sold.id)
    assert "recorded" in words or "belongs to its member" in words


def test_what_came_back_cannot_be_claimed_without_a_refund(sold: SaleFacts) -> None:
    assert "refunds differ" in refused("UPDATE sales_sale SET refunded_amount = 1000 WHERE id = %s", sold.id)
    assert "refunds differ" in refused(
        "UPDATE sales_saleline SET returned_quantity = 1 WHERE sale_id = %s AND position = 0", sold.id
    )


def test_a_line_never_returns_more_than_was_sold(sold: SaleFacts) -> None:
    assert "sale_line_return_cap" in refused(
        "UPDATE sales_saleline SET returned_quantity = 3 WHERE sale_id = %s AND position = 0", sold.id
    )


def test_a_refund_without_its_lines_is_refused(shop: SellingShop, sold: SaleFacts) -> None:
    words = refused(
        "INSERT INTO sales_refund (merchant_id, id, sale_id, till_id, kind, refund_reference,"
        " request_fingerprint, occurred_at, received_at, business_date,"
        " amount, goods_amount, points_reversed, points_returned, wallet_returned_amount,"
        " cashback_reversed_amount, points_balance, reason)"
        " VALUES (%s, %s, %s, %s, 'refund', 'X', %s, %s, %s, %s, 1, 1, 0, 0, 0, 0, 0, '')",
        shop.merchant.id,
        new_id(),
        sold.id,
        shop.till.id,
        bytes(32),
        NOW,
        NOW,
        NOW.date(),
    )
    assert "refunds differ" in words


def test_sales_and_refunds_are_never_deleted_or_rewritten(shop: SellingShop, sold: SaleFacts) -> None:
    refund_sale(
        merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(("1", 1)), received_at=NOW
    )
    for table in ("sales_sale", "sales_saleline"):
        assert "for ever" in refused(f"DELETE FROM {table}")
    for table in ("sales_refund", "sales_refundline"):
        assert "permission denied" in refused(f"UPDATE {table} SET merchant_id = merchant_id")
        assert "permission denied" in refused(f"DELETE FROM {table}")
    assert "permission denied" in refused("TRUNCATE sales_sale CASCADE")
    assert verify(merchant=shop.merchant) == []


@pytest.mark.parametrize("change", ["occurred_at = received_at", "warnings = '[]'", "lines = '[]'", "reason = 'other'"])
def test_what_a_till_asked_to_take_back_is_kept_with_its_doubts(shop: SellingShop, change: str) -> None:
    draft = replace(refund_of(("1", 1)), occurred_at=NOW - timedelta(hours=3), device_at=NOW - timedelta(hours=2))
    received_at = NOW + timedelta(minutes=1)
    refund_or_park(merchant=shop.merchant, till=shop.till, reference="TO-COME", draft=draft, received_at=received_at)
    assert "what was asked stands" in refused(f"UPDATE sales_parkedreturn SET {change}")


def test_a_sale_is_voided_at_most_once(shop: SellingShop, sold: SaleFacts) -> None:
    insert = (
        "INSERT INTO sales_refund (merchant_id, id, sale_id, till_id, kind, refund_reference,"
        " request_fingerprint, occurred_at, received_at, business_date,"
        " amount, goods_amount, points_reversed, points_returned, wallet_returned_amount,"
        " cashback_reversed_amount, points_balance, reason)"
        " VALUES (%s, %s, %s, %s, 'void', %s, %s, %s, %s, %s, 0, 0, 0, 0, 0, 0, 0, '')"
    )
    values = (bytes(32), NOW, NOW, NOW.date())
    with connection.cursor() as cursor:
        cursor.execute(insert, [shop.merchant.id, new_id(), sold.id, shop.till.id, "V1", *values])
    assert "one_void_per_sale" in refused(insert, shop.merchant.id, new_id(), sold.id, shop.till.id, "V2", *values)


def coupon(shop: SellingShop, member_id: UUID | None = None, source_id: UUID | None = None) -> UUID:
    today = shop.merchant.day_of(NOW)
    batch = create_coupon_batch(
        merchant=shop.merchant, title="10 %", definition={"kind": "percent_off", "value": 10}, at=NOW
    )
    return issue_coupon(
        merchant=shop.merchant, batch_id=batch, member_id=member_id, source_id=source_id, at=NOW, today=today
    )


def test_i12_uses_and_reservations_stay_within_the_coupons_limit(shop: SellingShop) -> None:
    coupon_id = coupon(shop)
    for change in ("committed = 2", "reserved = 2", "committed = 1, reserved = 1"):
        assert "coupon_uses_within_limit" in refused(f"UPDATE rewards_coupon SET {change} WHERE id = %s", coupon_id)


def test_i12_one_use_number_exists_once(shop: SellingShop, sold: SaleFacts) -> None:
    coupon_id = coupon(shop)
    insert = (
        "INSERT INTO rewards_couponredemption (merchant_id, id, coupon_id, sale_id, use_no, over, discount_amount,"
        " sale_amount, redeemed_at) VALUES (%s, %s, %s, %s, %s, false, 0, 0, %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(insert, [shop.merchant.id, new_id(), coupon_id, sold.id, 1, NOW])
    assert "coupon_use_once" in refused(insert, shop.merchant.id, new_id(), coupon_id, sold.id, 1, NOW)
    assert "coupon_use_is_numbered" in refused(insert, shop.merchant.id, new_id(), coupon_id, sold.id, None, NOW)


def test_i14_a_promotion_never_passes_its_limit_or_budget(shop: SellingShop) -> None:
    promotion_id = create_promotion(
        merchant=shop.merchant,
        definition={
            "title": "Promo",
            "kind": "amount_off",
            "value": 5_000,
            "usage": {"limit": 3},
            "budget": {"type": "spend", "limit": 10_000, "used": 0, "on_exceed": "reject"},
        },
        starts_at=NOW,
        at=NOW,
    )
    assert "promotion_usage_limit" in refused("UPDATE rewards_promotion SET used_count = 4 WHERE id = %s", promotion_id)
    assert "promotion_budget" in refused(
        "UPDATE rewards_promotion SET spent_amount = 10001 WHERE id = %s", promotion_id
    )


def test_i16_a_code_is_nowhere_readable(shop: SellingShop) -> None:
    from rewards.coupons.queries import coupon_by_id  # noqa: PLC0415

    coupon_id = coupon(shop)
    today = shop.merchant.day_of(NOW)
    code = coupon_by_id(merchant=shop.merchant, coupon_id=coupon_id, at=NOW, today=today).code
    row = one("SELECT rewards_coupon::text FROM rewards_coupon WHERE id = %s", coupon_id)
    assert code not in row
    assert code.encode().hex() not in row


def test_i20_one_coupon_of_a_source_per_member(shop: SellingShop) -> None:
    member, source = shop.join(), new_id()
    coupon(shop, member.id, source)
    with pytest.raises(DatabaseError), refusable():
        coupon(shop, member.id, source)


def test_i21_without_a_scope_nothing_is_seen_and_nothing_is_written(sold: SaleFacts, shop: SellingShop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.merchant = ''")
        for table in (
            "sales_sale",
            "sales_saleline",
            "rewards_promotion",
            "sales_purchase",
            "sales_spend",
            "sales_receipt",
            "sales_line",
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] == 0
        cursor.execute("UPDATE sales_sale SET cashier = 'x'")
        assert cursor.rowcount == 0
        cursor.execute(f"SET LOCAL app.merchant = '{shop.merchant.id}'")


def test_a_row_cannot_point_into_another_merchant(shop: SellingShop, sold: SaleFacts) -> None:
    stranger = new_id()
    words = refused(
        "INSERT INTO sales_unmatchedreturn (merchant_id, id, till_id, reference, line_no, sku, quantity, unit_amount,"
        " occurred_at) VALUES (%s, %s, %s, 'C1', 1, 'A', 1, 1, %s)",
        shop.merchant.id,
        new_id(),
        stranger,
        NOW,
    )
    assert "sales_unmatchedreturn_till_id_fk" in words
    words = refused(
        "INSERT INTO sales_unmatchedreturn (merchant_id, id, till_id, reference, line_no, sku, quantity, unit_amount,"
        " occurred_at) VALUES (%s, %s, %s, 'C1', 1, 'A', 1, 1, %s)",
        stranger,
        new_id(),
        shop.till.id,
        NOW,
    )
    assert "row-level security" in words
