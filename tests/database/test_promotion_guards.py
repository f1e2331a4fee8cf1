"""Raw SQL against the guards of promotions, and the verifier's own test: what is planted is found and named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from common.ids import new_id
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope, refusable
from rewards.invariants import verify
from rewards.promotions.operations import create_promotion, pause_promotion
from sales.facts import QuoteDraft, SaleFacts
from sales.operations import quote_cart
from tests.databases import database_url
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

USAGE = {"limit": 5, "per_member_limit": 2, "per_day_limit": 5, "per_member_day_limit": 2}


def limited(shop: SellingShop) -> tuple[UUID, SaleFacts]:
    """A promotion with every limit, used once and held once by the same member. Needs the scope."""
    promotion_id = create_promotion(
        merchant=shop.merchant,
        definition={
            "title": "Promo",
            "kind": "amount_off",
            "value": 5_000,
            "usage": USAGE,
            "budget": {"type": "spend", "limit": 20_000},
        },
        starts_at=NOW,
        at=NOW,
    )
    pause_promotion(
        merchant=shop.merchant,
        promotion_id=create_promotion(
            merchant=shop.merchant, definition={"title": "B", "kind": "amount_off", "value": 1}, starts_at=NOW, at=NOW
        ),
        starts_at=NOW,
        at=NOW,
        actor=SYSTEM,
    )
    budi = shop.join()
    sold = shop.sell(line(1, 25_000), member=budi)
    draft = QuoteDraft(lines=(line(1, 25_000),), member_id=budi.id, reserve=True)
    quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=NOW)
    return promotion_id, sold


@pytest.fixture
def shop(db: None) -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


def refused(statement: str, *values: Any) -> str:
    with pytest.raises(DatabaseError) as error, refusable():
        _execute(statement, values)
    return str(error.value)


def _execute(statement: str, values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", ["rewards_promotionversion", "rewards_promotionstatuschange"])
def test_versions_and_turns_are_history(shop: SellingShop, table: str) -> None:
    limited(shop)
    for statement in (f"UPDATE {table} SET starts_at = now()", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        assert "permission denied" in refused(statement)


@pytest.mark.usefixtures("real_commits")
@pytest.mark.parametrize("table", ["rewards_promotionversion", "rewards_promotionstatuschange"])
def test_not_even_the_owner_changes_a_version_or_a_turn(table: str) -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        limited(shop)
    with closing(as_owner()) as owner, owner.cursor() as cursor:
        cursor.execute(f"SET app.merchant = '{shop.merchant.id}'")
        for statement in (f"UPDATE {table} SET starts_at = now()", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(psycopg2.Error, match="never changed"):
                cursor.execute(statement)


def as_owner() -> Any:
    owner = psycopg2.connect(database_url(settings.DATABASE_OWNER_URL, settings.DATABASES["default"]["NAME"]))
    owner.autocommit = True
    return owner


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("rewards_promotion SET used_count = 5 WHERE id = %s", "promotion_usage_limit"),
        ("rewards_promotion SET reserved_count = 5 WHERE id = %s", "promotion_usage_limit"),
        ("rewards_promotion SET usage_limit = 1 WHERE id = %s", "promotion_usage_limit"),
        ("rewards_promotion SET spent_amount = 15001 WHERE id = %s", "promotion_budget"),
        ("rewards_promotion SET reserved_amount = 15001 WHERE id = %s", "promotion_budget"),
        ("rewards_promotionday SET used_count = 5 WHERE promotion_id = %s", "promotion_day_limit"),
        ("rewards_promotionday SET day_limit = 1 WHERE promotion_id = %s", "promotion_day_limit"),
        ("rewards_promotionuse SET slot = 1 WHERE promotion_id = %s", "promotion_use_slot"),
        ("rewards_promotionuse SET day_slot = 1 WHERE promotion_id = %s", "promotion_use_day_slot"),
        ("rewards_promotionuse SET slot = 3 WHERE promotion_id = %s AND state = 'used'", "promotion_use_within_slots"),
        ("rewards_promotionuse SET day_slot = 0 WHERE promotion_id = %s AND slot = 1", "promotion_use_within_slots"),
        ("rewards_promotionuse SET spend = taken + 1 WHERE promotion_id = %s", "promotion_use_gives_back"),
        ("rewards_promotionuse SET over = true WHERE promotion_id = %s", "promotion_use_over_is_outside"),
        ("rewards_promotionuse SET sale_id = NULL WHERE promotion_id = %s", "promotion_use_is_held_or_sold"),
        ("rewards_promotionuse SET sale_id = '{sale}', state = 'used' WHERE promotion_id = %s", "promotion_use_once"),
    ],
)
def test_no_limit_is_passed_by_any_writer(shop: SellingShop, change: str, guard: str) -> None:
    promotion_id, sold = limited(shop)
    assert guard in refused(f"UPDATE {change.replace('{sale}', str(sold.id))}", promotion_id)
    assert verify(merchant=shop.merchant) == []


def test_a_use_belongs_to_a_promotion_and_a_member_of_its_own_merchant(shop: SellingShop) -> None:
    limited(shop)
    for column in ("promotion_id", "member_id"):
        assert f"{column}_fk" in refused(f"UPDATE rewards_promotionuse SET {column} = %s WHERE slot = 1", new_id())


CORRUPTIONS = [
    ("I14", "rewards_promotion", "UPDATE rewards_promotion SET used_count = used_count + 1 WHERE id = {p}"),
    ("I14", "rewards_promotion", "UPDATE rewards_promotion SET spent_amount = spent_amount - 1 WHERE id = {p}"),
    ("I14", "rewards_promotion", "UPDATE rewards_promotion SET reserved_count = 0 WHERE id = {p}"),
    ("I14", "rewards_promotion", "UPDATE rewards_promotion SET reserved_amount = 1 WHERE id = {p}"),
    ("I14", "rewards_promotionday", "UPDATE rewards_promotionday SET used_count = 2 WHERE promotion_id = {p}"),
    ("I14", "rewards_promotionday", "UPDATE rewards_promotionday SET reserved_count = 0 WHERE promotion_id = {p}"),
]


@pytest.mark.parametrize(("invariant", "table", "statement"), CORRUPTIONS)
def test_planted_corruption_is_found_and_named(shop: SellingShop, invariant: str, table: str, statement: str) -> None:
    """What row checks let through: counters that are within their limits and still not what was sold."""
    promotion_id, _ = limited(shop)
    assert verify(merchant=shop.merchant) == []
    with connection.cursor() as cursor:
        cursor.execute(f"{statement.replace('{p}', '%s')} RETURNING id", [promotion_id])
        row_id = cursor.fetchone()[0]
    found = {(v.invariant, v.table, v.row_id) for v in verify(merchant=shop.merchant)}
    assert found == {(invariant, table, str(row_id))}
