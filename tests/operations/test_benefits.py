"""Rows keep what promotions gave, and add up to the sale's outcome, whatever comes back of it, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, permutations
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from merchants.tenancy import merchant_scope, refusable
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from rewards.coupons.queries import coupon_by_id
from rewards.promotions.operations import create_promotion
from sales.facts import SaleFacts
from sales.invariants import verify
from sales.operations import claim_sale, refund_sale, void_sale
from sales.queries import given_by_days, given_by_promotions, receipts_with_promotion
from tests.sales_shop import NOW, SellingShop, line, member_id_of, open_selling_shop, refund_of

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
TOTE = {"sku": "TOTE", "name": "Tas", "list_amount": 12_000}
ROWS = """
    SELECT kind, promotion_id, discount_amount, gift_amount, cashback_amount, points, spend
    FROM rewards_benefit_given WHERE merchant_id = %s AND sale_id = %s
    ORDER BY kind, discount_amount DESC, points DESC"""
LEFT = """
    SELECT sum(money_amount)::bigint, sum(points)::bigint, sum(spend)::bigint
    FROM rewards_benefit_given WHERE merchant_id = %s AND sale_id = %s"""


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened
        assert verify(merchant=opened.merchant) == []


def asked(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def promote(shop: SellingShop, **fields: Any) -> UUID:
    definition = {"title": "Promo", **fields}
    return create_promotion(merchant=shop.merchant, definition=definition, starts_at=NOW, at=NOW)


def give_back(shop: SellingShop, sold: SaleFacts, line_id: str, quantity: int = 1) -> None:
    draft = refund_of((line_id, quantity))
    refund_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=draft, received_at=NOW)


def test_a_sale_without_benefits_writes_no_row_and_asks_nothing_for_it(shop: SellingShop) -> None:
    with CaptureQueriesContext(connection) as seen:
        sold = shop.sell(line(1, 25_000))
        give_back(shop, sold, "1")
    assert asked(ROWS, shop.merchant.id, sold.id) == []
    assert [q["sql"] for q in seen if "INSERT INTO rewards_benefitgiven" in q["sql"]] == []


def test_each_promotion_has_its_row_in_money_and_in_points(shop: SellingShop) -> None:
    off = promote(shop, kind="amount_off", value=5_000)
    gift = promote(shop, kind="gift_line", gift=TOTE)
    cashback = promote(shop, kind="cashback", percent="10", credit="wallet")
    with CaptureQueriesContext(connection) as seen:
        sold = shop.sell(line(1, 100_000), member=shop.join())
    rows = {row[1]: (row[0], *row[2:]) for row in asked(ROWS, shop.merchant.id, sold.id)}
    assert rows.pop(off) == ("given", 5_000, 0, 0, 0, 5_000)
    assert rows.pop(gift) == ("given", 0, 12_000, 0, 0, 12_000)
    assert rows.pop(cashback) == ("given", 0, 0, 9_500, 0, 9_500)
    [points] = rows.values()
    assert points == ("given", 0, 0, 0, sold.points_earned, sold.points_earned)
    assert len([q for q in seen if "INSERT INTO rewards_benefitgiven" in q["sql"]]) == 1


@pytest.mark.parametrize("order", list(permutations(("1", "1", "2"))))
def test_returns_take_off_what_they_take_back_down_to_nothing(shop: SellingShop, order: tuple[str, ...]) -> None:
    promote(shop, kind="percent_off", value="7")
    promote(shop, kind="cashback", percent="3", credit="wallet", when={"min_subtotal": 60_000})
    sold = shop.sell(line(1, 33_333, 2), line(2, 15_001), member=shop.join())
    left = [asked(LEFT, shop.merchant.id, sold.id)[0]]
    for line_id in order:
        give_back(shop, sold, line_id)
        left.append(asked(LEFT, shop.merchant.id, sold.id)[0])
        assert verify(merchant=shop.merchant) == []
    assert left[0][1] == sold.points_earned > 0
    assert all(before >= after for before, after in pairwise(left))
    assert left[-1] == (0, 0, 0)


def test_a_void_takes_everything_off(shop: SellingShop) -> None:
    promote(shop, kind="gift_line", gift=TOTE)
    sold = shop.sell(line(1, 33_333, 2), member=shop.join())
    give_back(shop, sold, "1")
    void_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, reason="", received_at=NOW)
    assert asked(LEFT, shop.merchant.id, sold.id) == [(0, 0, 0)]


def test_a_claimed_sale_gives_from_then_on_what_members_get(shop: SellingShop) -> None:
    off = promote(shop, kind="amount_off", value=5_000)
    sold = shop.sell(line(1, 100_000))
    member = shop.join()
    claimed = claim_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, member_id=member.id, at=NOW)
    assert member_id_of(claimed) == member.id
    rows = [(row[0], row[2], row[5]) for row in asked(ROWS, shop.merchant.id, sold.id)]
    assert rows == [("claimed", 0, claimed.points_earned), ("given", 5_000, 0)]
    assert [row[1] for row in asked(ROWS, shop.merchant.id, sold.id)][1] == off
    give_back(shop, sold, "1")
    assert asked(LEFT, shop.merchant.id, sold.id) == [(0, 0, 0)]


def test_the_coupon_shown_is_named(shop: SellingShop) -> None:
    budi = shop.join()
    batch = create_coupon_batch(
        merchant=shop.merchant, title="10 %", definition={"kind": "percent_off", "value": 10}, at=NOW, valid_days=14
    )
    coupon_id = issue_coupon(
        merchant=shop.merchant, batch_id=batch, member_id=budi.id, source_id=None, at=NOW, today=TODAY
    )
    code = coupon_by_id(merchant=shop.merchant, coupon_id=coupon_id, at=NOW, today=TODAY).code
    sold = shop.sell(line(1, 100_000), member=budi, coupon_codes=(code,))
    rows = asked(
        "SELECT coupon_id, discount_amount, points FROM rewards_benefit_given "
        "WHERE merchant_id = %s AND sale_id = %s ORDER BY points",
        shop.merchant.id,
        sold.id,
    )
    assert rows == [(coupon_id, 10_000, 0), (None, 0, sold.points_earned)]


def test_figures_of_promotions_count_what_was_given_but_not_what_was_voided(shop: SellingShop) -> None:
    off = promote(shop, kind="amount_off", value=5_000)
    kept, gone = shop.sell(line(1, 50_000)), shop.sell(line(1, 50_000))
    part = shop.sell(line(1, 50_000, 2))
    give_back(shop, part, "1")
    void_sale(merchant=shop.merchant, till=shop.till, reference=gone.reference, reason="", received_at=NOW)
    figures = given_by_promotions(merchant=shop.merchant, promotion_ids=[off], first=TODAY, last=TODAY)
    assert (figures[off].uses, figures[off].spend) == (2, 10_000)
    days = given_by_days(merchant=shop.merchant, promotion_id=off, first=TODAY, last=TODAY)
    assert {day: (given.uses, given.spend) for day, given in days.items()} == {TODAY: (2, 10_000)}
    receipts = receipts_with_promotion(
        merchant=shop.merchant, promotion_id=off, first=TODAY, last=TODAY, before=None, limit=10
    )
    assert [(used.sale_id, used.spend, used.version) for used in receipts] == [(part.id, 5_000, 1), (kept.id, 5_000, 1)]


def test_rows_are_history(shop: SellingShop) -> None:
    promote(shop, kind="amount_off", value=5_000)
    shop.sell(line(1, 50_000))
    for statement in (
        "UPDATE rewards_benefitgiven SET spend = 0 WHERE merchant_id = %s",
        "DELETE FROM rewards_benefitgiven WHERE merchant_id = %s",
    ):
        with pytest.raises(DatabaseError), refusable():
            asked(statement, shop.merchant.id)
