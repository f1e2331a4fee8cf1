"""Two sales of one till that leave debt at the same moment: together they leave no more than its day allows."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from django.db import connection

from members.facts import MemberFacts
from merchants.tenancy import merchant_scope
from sales.facts import SaleFacts
from sales.invariants import verify
from sales.models import TillDebt, TillDebtDay
from sales.operations import till_debts, void_sale
from tests.races.together import PATIENCE_SECONDS, outcomes, overlap
from tests.sales_shop import SellingShop, line, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")

LIMIT = 12_000
READ_WITHOUT_LOCK = """
    SELECT coalesce(max(owed_amount), 0) FROM sales_tilldebtday
    WHERE merchant_id = %(merchant)s AND till_id = %(till)s AND day = %(day)s"""


def two_members() -> tuple[SellingShop, MemberFacts, MemberFacts]:
    shop = open_selling_shop(settings={"till_debt_limit_amount": LIMIT})
    with merchant_scope(shop.merchant.id):
        return shop, shop.join(), shop.join()


def pay(shop: SellingShop, member: MemberFacts) -> None:
    shop.sell(line(1, 100_000), member=member, is_paid=True, redeem_points=70)


def left(shop: SellingShop) -> tuple[int, list[tuple[int, int]]]:
    """Return the day's counter, and what each sale left: owed and lost."""
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        rows = TillDebt.objects.filter(merchant_id=shop.merchant.id).order_by("noted_at", "id")
        day = TillDebtDay.objects.get(merchant_id=shop.merchant.id)
        return day.owed_amount, list(rows.values_list("owed", "lost"))


def test_the_second_waits_and_takes_what_is_left() -> None:
    shop, first, second = two_members()
    with merchant_scope(shop.merchant.id):  # the day has its row already
        pay(shop, first)
    assert left(shop) == (7_000, [(70, 0)])
    with merchant_scope(shop.merchant.id):
        third = shop.join()
    assert overlap(shop.merchant.id, lambda: pay(shop, second), lambda: pay(shop, third)) == "ok"
    assert left(shop) == (LIMIT, [(70, 0), (50, 20), (0, 70)])


def test_twelve_at_once_leave_no_more_than_the_day_allows() -> None:
    shop, *_ = two_members()
    with merchant_scope(shop.merchant.id):
        members = [shop.join() for _ in range(12)]

    def pay_one(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            pay(shop, members[number])

    assert outcomes(pay_one, 12) == {"ok": 12}
    owed, rows = left(shop)
    assert (owed, sorted(rows, reverse=True)) == (LIMIT, [(70, 0), (50, 20), *[(0, 70)] * 10])


def void(shop: SellingShop, sold: SaleFacts) -> None:
    void_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, reason="", received_at=sold.occurred_at)


def test_a_void_and_a_sale_at_once_count_each_other() -> None:
    """Each waits for the day's row: the void takes its own debt out, the sale adds its own."""
    shop, first, second = two_members()
    with merchant_scope(shop.merchant.id):
        sold = shop.sell(line(1, 100_000), member=first, is_paid=True, redeem_points=70)
    assert overlap(shop.merchant.id, lambda: void(shop, sold), lambda: pay(shop, second)) == "ok"
    assert left(shop) == (7_000, [(70, 0), (70, 0)])


def test_a_void_that_writes_what_it_had_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: it would lose what the other sale left, and the guard says so."""
    shop, first, second = two_members()
    with merchant_scope(shop.merchant.id):
        sold = shop.sell(line(1, 100_000), member=first, is_paid=True, redeem_points=70)
    lost = "UPDATE sales_tilldebtday SET owed_amount = 0 WHERE merchant_id = %(merchant)s AND %(sale)s IS NOT NULL"
    monkeypatch.setattr(till_debts, "_COUNT_DOWN", lost)
    ending = overlap(shop.merchant.id, lambda: pay(shop, second), lambda: void(shop, sold))
    assert ending != "ok"
    assert left(shop) == (LIMIT, [(70, 0), (50, 20)])


def test_without_the_lock_the_guarded_count_refuses_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: both read the same room; the count that would pass the limit takes its sale back."""
    shop, first, second = two_members()
    with merchant_scope(shop.merchant.id):
        pay(shop, shop.join())
    monkeypatch.setattr(till_debts, "_LOCK_DAY", READ_WITHOUT_LOCK)
    has_read, ended = Event(), list[str]()
    allowed = till_debts.debt_allowed

    def read_and_wait() -> None:
        with merchant_scope(shop.merchant.id):
            pay(shop, first)
            has_read.set()
            wait_for_reader()
        connection.close()

    second_has_read = Event()

    def wait_for_reader() -> None:
        second_has_read.wait(timeout=PATIENCE_SECONDS)

    def read_first(*arguments: object) -> int:
        room = allowed(*arguments)  # type: ignore[arg-type]
        if has_read.is_set():
            second_has_read.set()
        return room

    monkeypatch.setattr("sales.operations.payments.debt_allowed", read_first)

    def follow() -> None:
        has_read.wait(timeout=PATIENCE_SECONDS)
        try:
            with merchant_scope(shop.merchant.id):
                pay(shop, second)
        except AssertionError as error:
            ended.append(str(error))
        connection.close()

    threads = [Thread(target=read_and_wait), Thread(target=follow)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * PATIENCE_SECONDS)
    assert ended == ["the day was locked with room for it"]
    assert left(shop) == (LIMIT, [(70, 0), (50, 20)])
