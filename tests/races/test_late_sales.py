"""Two people who decide about one late sale at the same moment: one decision, and what it earns is posted once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from merchants.facts import Actor
from merchants.tenancy import merchant_scope
from sales.invariants import verify
from sales.models import Sale
from sales.operations import approve_late_sale, late_sales, refuse_late_sale
from tests.races.together import outcomes, overlap
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")


def late_shop() -> tuple[SellingShop, UUID, UUID]:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        member = shop.join()
        sold = shop.sell(member=member, occurred_at=NOW - timedelta(days=8))
    return shop, sold.id, member.id


def person(number: int) -> Actor:
    return Actor(user_id=UUID(int=number + 1), label=f"Staff {number}")


def decide(shop: SellingShop, sale_id: UUID, number: int = 0) -> None:
    decide_it = refuse_late_sale if number % 2 else approve_late_sale
    decide_it(merchant=shop.merchant, sale_id=sale_id, reason="x", at=NOW, actor=person(number))


def earned(shop: SellingShop, sale_id: UUID) -> tuple[str, int]:
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        row = Sale.objects.get(merchant_id=shop.merchant.id, id=sale_id)
        return row.quarantine, row.points_earned


def test_the_second_of_two_finds_it_decided() -> None:
    shop, sale_id, _ = late_shop()
    second = overlap(shop.merchant.id, lambda: decide(shop, sale_id), lambda: decide(shop, sale_id, 2))
    assert second == "late_sale_decided"
    state, points = earned(shop, sale_id)
    assert (state, points > 0) == ("approved", True)


def test_without_the_lock_the_database_is_all_that_holds_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: both find it waiting, and the second is stopped by the approval's own lock alone."""
    shop, sale_id, _ = late_shop()

    def read_without_lock(merchant: object, wanted: UUID) -> Sale:
        return Sale.objects.get(merchant_id=shop.merchant.id, id=wanted)

    monkeypatch.setattr(late_sales, "_lock_waiting", read_without_lock)
    second = overlap(shop.merchant.id, lambda: decide(shop, sale_id), lambda: decide(shop, sale_id, 2))
    assert second not in ("ok", "late_sale_decided")
    assert earned(shop, sale_id)[0] == "approved"


def test_ten_who_approve_and_refuse_at_once_decide_once() -> None:
    shop, sale_id, _ = late_shop()

    def arrive(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            decide(shop, sale_id, number)

    assert outcomes(arrive, 10) == {"ok": 1, "late_sale_decided": 9}
    assert earned(shop, sale_id)[0] in ("approved", "refused")
