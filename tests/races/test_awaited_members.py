"""A paid sale that finds no one, and the person who joins at that moment, do not miss each other."""

from __future__ import annotations

from threading import Event, Thread
from uuid import UUID

import pytest
from django.db import connection

from enrolment.operations import enrol_member
from members.facts import EnrolDraft
from members.models import AwaitedMember
from members.operations import enrolments
from merchants.tenancy import merchant_scope
from sales.models import Sale
from sales.operations import unknown_members
from tests.nights import tick
from tests.races.together import PATIENCE_SECONDS, overlap
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")


def sell_it(shop: SellingShop) -> None:
    shop.sell(line(1, 100_000), reference="S-1", identifier="0812 3456 7890", is_paid=True)


def join_them(shop: SellingShop) -> None:
    enrol_member(merchant=shop.merchant, draft=EnrolDraft(name="Budi", phone="+62 812-3456-7890"), at=NOW)


def whose(shop: SellingShop) -> tuple[UUID | None, int]:
    """Return whose the sale is and what it earned, once the work that waits is done."""
    tick(NOW, shop.merchant)
    with merchant_scope(shop.merchant.id):
        row = Sale.objects.get(merchant_id=shop.merchant.id)
        return row.member_id, row.points_earned


def test_a_sale_waits_for_the_one_who_is_joining_and_is_theirs() -> None:
    shop = open_selling_shop()
    assert overlap(shop.merchant.id, lambda: join_them(shop), lambda: sell_it(shop)) == "ok"
    member_id, points = whose(shop)
    assert (member_id is not None, points) == (True, 10)


def test_who_joins_waits_for_the_sale_that_found_nobody_and_has_it() -> None:
    shop = open_selling_shop()
    assert overlap(shop.merchant.id, lambda: sell_it(shop), lambda: join_them(shop)) == "ok"
    member_id, points = whose(shop)
    assert (member_id is not None, points) == (True, 10)


def test_without_the_lock_they_miss_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: each looks before the other has committed, and the sale never has a member."""
    shop = open_selling_shop()
    for module in (enrolments, unknown_members):
        monkeypatch.setattr(module, "lock_joining", lambda **_: None)
    joined, sold = Event(), Event()

    def join_slowly() -> None:
        with merchant_scope(shop.merchant.id):
            join_them(shop)
            joined.set()
            sold.wait(timeout=PATIENCE_SECONDS)
        connection.close()

    thread = Thread(target=join_slowly)
    thread.start()
    joined.wait(timeout=PATIENCE_SECONDS)
    with merchant_scope(shop.merchant.id):
        sell_it(shop)
    sold.set()
    thread.join()
    assert whose(shop) == (None, 0)
    with merchant_scope(shop.merchant.id):
        assert AwaitedMember.objects.get(merchant_id=shop.merchant.id).member_id is None
