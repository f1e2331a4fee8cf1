"""`verify` finds nothing after honest nights, and names the row of each planted corruption.

The corruptions are written by the application role, which may change standings, the pointer and members but not runs,
counts and moves: those are corrupted by one more row.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from merchants.tenancy import merchant_scope
from segments.invariants import counted, verify
from segments.operations import label_members, recalculate
from tests.buyers import BuyersShop, add_members, add_purchases, days_before, open_shop, void_sale

TODAY = date(2026, 7, 2)
NIGHT = datetime(2026, 7, 2, 17, 5, tzinfo=UTC)


@pytest.fixture
def shop(db: None) -> BuyersShop:
    return open_shop()


@pytest.fixture
def members(shop: BuyersShop) -> list[UUID]:
    """Twelve buyers of all kinds after three nights."""
    with merchant_scope(shop.merchant.id):
        ids = add_members(shop, 12)
        purchases = {member: days_before(TODAY, *range(5 + n, 200, 9 * (n + 1))) for n, member in enumerate(ids)}
        add_purchases(shop, purchases)
        for days in (0, 1, 30):
            run = recalculate(merchant=shop.merchant, business_date=TODAY + timedelta(days=days), at=NIGHT)
            assert run is not None
            label_members(merchant=shop.merchant, until=run.number, after=None)
    return ids


def found(shop: BuyersShop) -> list[tuple[str, str, str]]:
    return [(v.invariant, v.table, v.row_id) for v in verify(merchant=shop.merchant)]


def test_honest_nights_break_nothing(shop: BuyersShop, members: list[UUID]) -> None:
    with merchant_scope(shop.merchant.id):
        assert found(shop) == []
        assert counted(merchant=shop.merchant)["segments_segmentrun"] == 3


def test_nothing_is_wrong_before_the_first_night(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        assert found(shop) == []


@pytest.mark.parametrize(
    ("statement", "invariant", "table"),
    [
        ("UPDATE segments_segmentpointer SET run_number = 2, labelled_run = 2", "I22", "segments_segmentpointer"),
        ("UPDATE segments_segmentpointer SET business_date = '2026-01-01'", "I22", "segments_segmentpointer"),
        (
            "UPDATE segments_segmentmembership SET segment = CASE segment WHEN 'loyal' THEN 'active' ELSE 'loyal' END",
            "G2",
            "segments_segmentmembership",
        ),
        ("UPDATE segments_segmentmembership SET monetary = 6 - monetary", "G3", "segments_segmentmembership"),
        ("UPDATE segments_segmentmembership SET spend_amount = spend_amount + 1", "G6", "segments_segmentmembership"),
        ("UPDATE members_member SET segment = 'new'", "G5", "members_member"),
        ("DELETE FROM segments_segmentmembership", "G4", "segments_segmentcount"),
    ],
)
def test_each_corruption_is_named(
    shop: BuyersShop, members: list[UUID], statement: str, invariant: str, table: str
) -> None:
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(f"{statement} WHERE merchant_id = %s", [shop.merchant.id])
        assert cursor.rowcount > 0
        assert (invariant, table) in {(broken, where) for broken, where, _ in found(shop)}


def test_two_rows_of_one_member_in_one_run_are_named(shop: BuyersShop, members: list[UUID]) -> None:
    rest = (
        "segment, first_purchase_on, last_purchase_on, purchase_count, window_purchases, spend_amount, "
        "recency, frequency, monetary"
    )
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO segments_segmentmembership (merchant_id, id, member_id, from_run, until_run, {rest}) "
            f"SELECT merchant_id, uuidv7(), member_id, 1, 1000, {rest} FROM segments_segmentmembership "
            "WHERE merchant_id = %s AND member_id = %s AND until_run > 1000 RETURNING id",
            [shop.merchant.id, members[0]],
        )
        assert "G1" in {broken for broken, _, _ in found(shop)}


def test_what_was_learned_after_the_run_is_no_violation(shop: BuyersShop, members: list[UUID]) -> None:
    """A return or a late sale waits for the next night, and so does one that was under way while the night counted."""
    with merchant_scope(shop.merchant.id):
        add_purchases(shop, {members[1]: days_before(TODAY, 3)}, received_at=NIGHT - timedelta(seconds=2))
        assert found(shop) == []
        later = NIGHT + timedelta(hours=3)
        [sale] = add_purchases(shop, {members[0]: days_before(TODAY, 3)}, received_at=later)
        assert found(shop) == []
        void_sale(shop, sale, on=TODAY + timedelta(days=1))
        assert found(shop) == []
