"""A sale and a return of it that arrive at the same moment do not miss each other, whichever is first."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from django.db import connection

from merchants.tenancy import merchant_scope
from sales.invariants import verify
from sales.models import ParkedReturn, Refund
from sales.operations import record_sale, recorded_sales, refund_or_park
from tests.races.together import PATIENCE_SECONDS, outcomes, overlap
from tests.sales_shop import NOW, SellingShop, open_selling_shop, refund_of, sale

pytestmark = pytest.mark.usefixtures("real_commits")


def park_one(shop: SellingShop, reference: str = "F1") -> None:
    refund_or_park(
        merchant=shop.merchant,
        till=shop.till,
        reference="S-1",
        draft=refund_of(("3", 1), reference=reference),
        received_at=NOW,
    )


def sell_it(shop: SellingShop) -> None:
    record_sale(merchant=shop.merchant, till=shop.till, draft=sale(reference="S-1"), received_at=NOW)


def states(shop: SellingShop) -> list[str]:
    with merchant_scope(shop.merchant.id):
        rows = ParkedReturn.objects.filter(merchant_id=shop.merchant.id).order_by("id")
        return list(rows.values_list("state", flat=True))


def refund_count(shop: SellingShop) -> int:
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        return Refund.objects.filter(merchant_id=shop.merchant.id).count()


def test_a_sale_waits_for_the_return_that_is_being_parked_and_takes_it_along() -> None:
    shop = open_selling_shop()
    assert overlap(shop.merchant.id, lambda: park_one(shop), lambda: sell_it(shop)) == "ok"
    assert (states(shop), refund_count(shop)) == (["applied"], 1)


def test_a_return_waits_for_the_sale_that_is_being_recorded_and_is_applied() -> None:
    shop = open_selling_shop()
    assert overlap(shop.merchant.id, lambda: sell_it(shop), lambda: park_one(shop)) == "ok"
    assert (states(shop), refund_count(shop)) == ([], 1)


def test_without_the_lock_they_miss_each_other_and_verify_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the sale locks another receipt, so that nothing holds the two apart."""
    shop = open_selling_shop()
    monkeypatch.setattr(recorded_sales, "receipt_lock_key", lambda *_: "another receipt")
    parked, sold = Event(), Event()

    def park_slowly() -> None:
        with merchant_scope(shop.merchant.id):
            park_one(shop)
            parked.set()
            sold.wait(timeout=PATIENCE_SECONDS)
        connection.close()

    thread = Thread(target=park_slowly)
    thread.start()
    parked.wait(timeout=PATIENCE_SECONDS)
    with merchant_scope(shop.merchant.id):
        sell_it(shop)
    sold.set()
    thread.join()
    assert states(shop) == ["waiting"]
    with merchant_scope(shop.merchant.id):
        assert [(one.invariant, one.table) for one in verify(merchant=shop.merchant)] == [("I10", "sales_parkedreturn")]


def test_ten_returns_and_the_sale_at_once_are_each_carried_out_once() -> None:
    shop = open_selling_shop()

    def arrive(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            if number == 5:
                sell_it(shop)
            else:
                park_one(shop, f"F{number % 3}")

    assert outcomes(arrive, 10).keys() <= {"ok"}
    assert refund_count(shop) == 3
    assert set(states(shop)) <= {"applied"}
