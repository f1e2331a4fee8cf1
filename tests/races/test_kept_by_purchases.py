"""A purchase keeps points alive while the night lapses them, while another keeps them, and while one is voided."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from ledger.invariants import verify
from ledger.models import Account, Extension, Transfer
from ledger.operations import expire_due
from ledger.queries import balance
from ledger.rules import points_expiry_day
from merchants.facts import ExpiryKind
from merchants.tenancy import merchant_scope
from sales.operations import record_sale, void_sale
from tests.races.together import outcomes, overlap
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")

FIRST_DAY = date(2026, 3, 5)
LAST_EVENING = datetime(2027, 3, 5, 16, 59, 30, tzinfo=UTC)
"""The last day of what was earned a year before has half a minute left."""
LOCKING = re.compile(r" FOR (NO KEY )?UPDATE( OF [\w\", ]+)?")
MIDNIGHT = LAST_EVENING + timedelta(seconds=30)


def open_keeping_shop() -> tuple[SellingShop, UUID]:
    """Return a shop whose points lapse a year after the last purchase, and a member who bought once."""
    opened = open_selling_shop()
    merchant = replace(opened.merchant, points_expiry=ExpiryKind.INACTIVITY)
    shop = SellingShop(merchant, replace(opened.till, merchant=merchant), opened.outlet)
    with merchant_scope(merchant.id):
        sari = shop.join().id
        buy(shop, sari, "R-1", NOW)
    assert points_of(shop, sari, FIRST_DAY) > 0
    return shop, sari


def buy(shop: SellingShop, member_id: UUID, reference: str, at: datetime) -> None:
    draft = sale(line(1, 100_000), reference=reference, member_id=member_id)
    record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=at)


def void(shop: SellingShop, reference: str, at: datetime) -> None:
    void_sale(merchant=shop.merchant, till=shop.till, reference=reference, reason="salah", received_at=at)


def lapse(shop: SellingShop, ended: date) -> None:
    expire_due(merchant=shop.merchant, business_date=ended, after=None, limit=100)


def points_of(shop: SellingShop, member_id: UUID, day: date) -> int:
    """Return what the member can spend on that day, after the ledger was verified."""
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        return balance(merchant=shop.merchant, owner_id=member_id, business_date=day).points_balance


def extensions_of(shop: SellingShop, member_id: UUID) -> list[date]:
    """Return the days to which purchases moved the last day; the newest is the account's."""
    with merchant_scope(shop.merchant.id):
        account = Account.objects.get(merchant_id=shop.merchant.id, owner_id=member_id, unit="points")
        rows = Extension.objects.filter(merchant_id=shop.merchant.id, account_id=account.id)
        moved = sorted(rows.values_list("extended_until", flat=True))
        assert account.extended_until == moved[-1]
        return moved


def lapsed(shop: SellingShop) -> int:
    with merchant_scope(shop.merchant.id):
        return Transfer.objects.filter(merchant_id=shop.merchant.id, kind="expire").count()


def until(day: date, shop: SellingShop) -> date:
    last = points_expiry_day(day, shop.merchant.expiry_rule)
    assert last is not None
    return last


def test_a_night_that_waits_for_the_last_evenings_purchase_lapses_nothing() -> None:
    shop, sari = open_keeping_shop()
    ended = overlap(
        shop.merchant.id, lambda: buy(shop, sari, "R-2", LAST_EVENING), lambda: lapse(shop, LAST_EVENING.date())
    )
    assert ended == "ok"
    assert lapsed(shop) == 0
    assert points_of(shop, sari, date(2027, 3, 6)) == 2 * points_of_one(shop)


def test_a_purchase_that_waits_for_the_night_keeps_only_what_it_earns() -> None:
    """It is of the last evening, but was received after the night had lapsed them: what has lapsed stays so."""
    shop, sari = open_keeping_shop()
    ended = overlap(shop.merchant.id, lambda: lapse(shop, FIRST_DAY.replace(year=2027)), late_purchase(shop, sari))
    assert ended == "ok"
    assert lapsed(shop) == 1
    assert points_of(shop, sari, date(2027, 3, 6)) == points_of_one(shop)
    assert extensions_of(shop, sari)[-1] == until(date(2027, 3, 6), shop)


def late_purchase(shop: SellingShop, member_id: UUID) -> Callable[[], None]:
    return lambda: buy(shop, member_id, "R-2", MIDNIGHT + timedelta(seconds=1))


def points_of_one(shop: SellingShop) -> int:
    """Return what each purchase of the test earned."""
    with merchant_scope(shop.merchant.id):
        earned = Transfer.objects.filter(merchant_id=shop.merchant.id, kind="earn").values_list("change", flat=True)
        (points,) = set(earned)
        return int(points)


def without_row_locks(work: Callable[[], None]) -> Callable[[], None]:
    """Return the work with no row locked before it is read."""

    def read_at_once(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        return execute(LOCKING.sub("", sql), *rest)

    def act() -> None:
        with connection.execute_wrapper(read_at_once):
            work()

    return act


def test_without_the_accounts_lock_only_the_book_refuses_the_night() -> None:
    """The control: the night has looked before the purchase was there, and takes what it kept."""
    shop, sari = open_keeping_shop()
    ended = overlap(
        shop.merchant.id,
        lambda: buy(shop, sari, "R-2", LAST_EVENING),
        without_row_locks(lambda: lapse(shop, LAST_EVENING.date())),
    )
    assert ended == "IntegrityError"
    assert lapsed(shop) == 0
    assert points_of(shop, sari, date(2027, 3, 6)) == 2 * points_of_one(shop)


def test_a_night_that_waits_for_the_void_of_the_purchase_leaves_what_it_kept() -> None:
    """The member was there: what the purchase earned goes with the goods, what it kept stays."""
    shop, sari = open_keeping_shop()

    def buy_and_void() -> None:
        buy(shop, sari, "R-2", LAST_EVENING)
        void(shop, "R-2", LAST_EVENING)

    ended = overlap(shop.merchant.id, buy_and_void, lambda: lapse(shop, LAST_EVENING.date()))
    assert ended == "ok"
    assert lapsed(shop) == 0
    assert points_of(shop, sari, date(2027, 3, 6)) == points_of_one(shop)


def test_a_void_and_the_night_that_lapses_the_same_points_take_them_once() -> None:
    for night_first in (True, False):
        shop, sari = open_keeping_shop()
        acts = [lambda s=shop: lapse(s, FIRST_DAY.replace(year=2027)), lambda s=shop: void(s, "R-1", LAST_EVENING)]
        assert overlap(shop.merchant.id, *(acts if night_first else reversed(acts))) == "ok"
        assert points_of(shop, sari, date(2027, 3, 6)) == 0, night_first


def test_two_purchases_at_once_move_the_day_once() -> None:
    shop, sari = open_keeping_shop()
    at = NOW + timedelta(days=40)
    ended = overlap(shop.merchant.id, lambda: buy(shop, sari, "R-2", at), lambda: buy(shop, sari, "R-3", at))
    assert ended == "ok"
    assert extensions_of(shop, sari) == [until(FIRST_DAY, shop), until(shop.merchant.day_of(at), shop)]
    assert points_of(shop, sari, shop.merchant.day_of(at)) == 3 * points_of_one(shop)


def test_without_locks_two_purchases_would_both_move_the_day() -> None:
    """The control: the second has read the day of before the first, and only the guards of the book are left."""
    shop, sari = open_keeping_shop()
    at = NOW + timedelta(days=40)
    ended = overlap(
        shop.merchant.id, lambda: buy(shop, sari, "R-2", at), without_row_locks(lambda: buy(shop, sari, "R-3", at))
    )
    assert ended == "IntegrityError"
    assert len(extensions_of(shop, sari)) == 2


def test_purchases_of_many_days_in_any_order_leave_the_latest() -> None:
    shop, sari = open_keeping_shop()

    def act(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            buy(shop, sari, f"S-{number}", NOW + timedelta(days=number * 7 % 20 + 1))

    assert outcomes(act, 20, workers=8) == {"ok": 20}
    moved = extensions_of(shop, sari)
    assert len(moved) == len(set(moved))
    assert moved[-1] == until(FIRST_DAY + timedelta(days=20), shop)
    assert points_of(shop, sari, FIRST_DAY + timedelta(days=21)) == 21 * points_of_one(shop)
