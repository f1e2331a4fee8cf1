"""Raw SQL against the guards of points under caps; what is planted is found and named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from common.ids import new_id
from merchants.tenancy import merchant_scope
from rewards.invariants import verify
from rewards.promotions.operations import create_promotion
from sales.facts import QuoteDraft
from sales.operations import quote_cart
from tests.database.test_promotion_guards import refused
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop


@pytest.fixture
def shop(db: None) -> Iterator[SellingShop]:
    """30 points sold and 30 held of at most 100 a day and 200 a month."""
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        create_promotion(
            merchant=opened.merchant,
            definition={
                "title": "Bonus",
                "kind": "earn_bonus",
                "points": 30,
                "points_cap": {"per_member_day": 100, "per_member_month": 200},
            },
            starts_at=NOW,
            at=NOW,
        )
        budi = opened.join()
        opened.sell(line(1, 25_000), member=budi)
        draft = QuoteDraft(lines=(line(1, 25_000),), member_id=budi.id, reserve=True)
        quote_cart(merchant=opened.merchant, till=opened.till, draft=draft, at=NOW)
        yield opened


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("rewards_pointstally SET used_points = 71 WHERE period = 'day'", "points_tally_within_limit"),
        ("rewards_pointstally SET reserved_points = 171 WHERE period = 'month'", "points_tally_within_limit"),
        ("rewards_pointstally SET points_limit = 59 WHERE period = 'day'", "points_tally_within_limit"),
        ("rewards_pointstally SET used_points = -1", "used_points"),
        (
            "rewards_pointstally SET period = 'day', starts_on = (SELECT max(starts_on) FROM rewards_pointstally)",
            "points_tally_once",
        ),
        ("rewards_pointstake SET points = taken + 1", "points_take_gives_back"),
        ("rewards_pointstake SET over = true", "points_take_over_is_outside"),
        ("rewards_pointstake SET sale_id = NULL", "points_take_is_held_or_sold"),
        ("rewards_pointstake SET quote_id = NULL WHERE state = 'open'", "points_take_is_held_or_sold"),
        (
            "rewards_pointstake SET state = 'used', sale_id = (SELECT max(id::text)::uuid FROM sales_sale)",
            "points_take_once_per_sale",
        ),
    ],
)
def test_no_cap_is_passed_by_any_writer(shop: SellingShop, change: str, guard: str) -> None:
    assert verify(merchant=shop.merchant) == []
    assert guard in refused(f"UPDATE {change}")
    assert verify(merchant=shop.merchant) == []


@pytest.mark.parametrize("table", ["rewards_pointstally", "rewards_pointstake"])
@pytest.mark.parametrize("column", ["promotion_id", "member_id"])
def test_points_belong_to_a_promotion_and_a_member_of_the_merchant(shop: SellingShop, table: str, column: str) -> None:
    assert f"{column}_fk" in refused(f"UPDATE {table} SET {column} = %s", new_id())


CORRUPTIONS = [
    ("rewards_pointstally", "UPDATE rewards_pointstally SET used_points = used_points + 1 WHERE period = 'day'"),
    ("rewards_pointstally", "UPDATE rewards_pointstally SET used_points = 0 WHERE period = 'month'"),
    ("rewards_pointstally", "UPDATE rewards_pointstally SET reserved_points = 0 WHERE period = 'day'"),
    ("rewards_pointstally", "UPDATE rewards_pointstally SET starts_on = starts_on - 40 WHERE period = 'month'"),
    ("rewards_pointstally", "DELETE FROM rewards_pointstake WHERE state = 'used'"),
    ("rewards_pointstally", "UPDATE rewards_pointstake SET points = 1 WHERE state = 'used'"),
    ("rewards_pointstally", "UPDATE rewards_pointstake SET day = day - 40"),
    ("rewards_pointstake", "DELETE FROM rewards_pointstally WHERE period = 'day'"),
    ("rewards_pointstake", "DELETE FROM rewards_pointstally WHERE period = 'month'"),
]


@pytest.mark.parametrize(("table", "statement"), CORRUPTIONS)
def test_planted_corruption_is_found_and_named(shop: SellingShop, table: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    found = verify(merchant=shop.merchant)
    assert ("I14", table) in {(violation.invariant, violation.table) for violation in found}
