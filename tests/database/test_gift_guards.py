"""Raw SQL, as the application role, against what stamp cards and coupons of sales promise; then verified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from common.ids import new_id
from merchants.tenancy import merchant_scope, refusable
from rewards.invariants import verify
from rewards.promotions.operations import create_promotion
from sales.facts import SaleFacts
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


@pytest.fixture
def full(shop: SellingShop) -> SaleFacts:
    """A sale of six that fills a card of five."""
    create_promotion(
        merchant=shop.merchant,
        definition={
            "title": "Stempel",
            "kind": "stamp",
            "per_unit": 1,
            "card": {"code": "k", "threshold": 5, "reward": {"kind": "percent_off", "value": 50}},
        },
        starts_at=NOW,
        at=NOW,
    )
    return shop.sell(line(1, 10_000, 6), member=shop.join())


def refused(statement: str, *values: Any) -> str:
    with pytest.raises(DatabaseError) as error, refusable(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


def found_after(shop: SellingShop, statement: str, *values: Any) -> set[tuple[str, str]]:
    """Return what `verify` names with the row changed without the guards; the change is undone."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount
        broken = {(v.invariant, v.table) for v in verify(merchant=shop.merchant)}
        transaction.set_rollback(True)
    return broken


def test_a_card_says_what_its_entries_add_up_to(shop: SellingShop, full: SaleFacts) -> None:
    changed = "UPDATE rewards_stampcard SET progress = 2 WHERE merchant_id = %s"
    assert "2 stamps stand, its entries add up to 1" in refused(changed, shop.merchant.id)
    insert = (
        "INSERT INTO rewards_stampentry (merchant_id, id, stamp_card_id, kind, change, promotion_id, sale_id, at)"
        " SELECT merchant_id, %s, id, %s, %s, %s, %s, %s FROM rewards_stampcard WHERE merchant_id = %s"
    )
    extra = (new_id(), full.id, NOW, shop.merchant.id)
    assert "entries add up to" in refused(insert, new_id(), "earn", 3, *extra)
    assert "stamp_entry_sign" in refused(insert, new_id(), "fill", 3, *extra)
    assert "stamp_entry_sign" in refused(insert, new_id(), "earn", -1, *extra)


def test_stamps_are_history(full: SaleFacts) -> None:
    for table in ("rewards_stampentry", "rewards_couponclawback"):
        assert "permission denied" in refused(f"UPDATE {table} SET merchant_id = merchant_id")
        assert "permission denied" in refused(f"DELETE FROM {table}")


def test_a_sale_stamps_a_card_once_per_promotion(full: SaleFacts) -> None:
    again = (
        "INSERT INTO rewards_stampentry (merchant_id, id, stamp_card_id, kind, change, promotion_id, sale_id, at)"
        " SELECT merchant_id, %s, stamp_card_id, kind, change, promotion_id, sale_id, at"
        " FROM rewards_stampentry WHERE kind = 'earn'"
    )
    assert "stamps_earned_once" in refused(again, new_id())


def test_verify_names_what_the_guards_did_not_see(shop: SellingShop, full: SaleFacts) -> None:
    assert verify(merchant=shop.merchant) == []
    me = shop.merchant.id
    assert found_after(shop, "UPDATE rewards_stampcard SET progress = progress + 1 WHERE merchant_id = %s", me) == {
        ("R6", "rewards_stampcard")
    }
    taken_twice = (
        "INSERT INTO rewards_stampentry (merchant_id, id, stamp_card_id, kind, change, promotion_id, sale_id, at)"
        " SELECT merchant_id, %s, stamp_card_id, 'return', -7, promotion_id, sale_id, at"
        " FROM rewards_stampentry WHERE merchant_id = %s AND kind = 'earn'"
    )
    assert ("R6", "rewards_stampentry") in found_after(shop, taken_twice, new_id(), me)
    still_usable = (
        "INSERT INTO rewards_couponclawback (merchant_id, id, coupon_id, sale_id, refund_id, failed, value_amount, at)"
        " SELECT merchant_id, %s, id, %s, %s, false, 0, %s FROM rewards_coupon WHERE merchant_id = %s"
    )
    assert found_after(shop, still_usable, new_id(), full.id, new_id(), NOW, me) == {("R6", "rewards_couponclawback")}
