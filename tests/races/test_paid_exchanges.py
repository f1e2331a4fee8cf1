"""Paid receipts that hand back the same goods at the same moment: each unit comes back once, the rest is kept."""

from __future__ import annotations

import pytest

from merchants.tenancy import merchant_scope
from sales.facts import ExchangeReturnDraft, RefundLineDraft
from sales.invariants import verify
from sales.models import ParkedReturn, Refund, Sale, SaleLine
from sales.operations import exchanges
from tests.races.together import Meeting, meeting_before, outcomes
from tests.sales_shop import SellingShop, line, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")


def shop_with_three_sold() -> SellingShop:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        shop.sell(line(1, 50_000, 3), reference="S-1", member=shop.join())
    return shop


def exchange_one(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        returned = ExchangeReturnDraft(lines=(RefundLineDraft("1", 1),), reference="S-1")
        shop.sell(line(1, 20_000), returns=(returned,), is_paid=True)


def returned(shop: SellingShop) -> tuple[int, int, int]:
    """Return the units that the sale says came back, those that returns brought, and the receipts left to a person."""
    with merchant_scope(shop.merchant.id):
        units = SaleLine.objects.get(merchant_id=shop.merchant.id, sale__reference="S-1").returned_quantity
        refunds = Refund.objects.filter(merchant_id=shop.merchant.id).count()
        return units, refunds, ParkedReturn.objects.filter(merchant_id=shop.merchant.id, kind="excess").count()


def test_eight_receipts_hand_back_three_units() -> None:
    shop = shop_with_three_sold()
    assert outcomes(lambda _: exchange_one(shop), 8) == {"ok": 8}
    assert returned(shop) == (3, 3, 5)
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        assert Sale.objects.filter(merchant_id=shop.merchant.id).count() == 9


@pytest.mark.gate
def test_without_the_lock_of_the_sale_a_unit_comes_back_twice_or_the_guards_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: both have read the last units before one of them writes."""
    shop = shop_with_three_sold()
    for _ in range(2):
        exchange_one(shop)

    def read_without_lock(merchant: object, till: object, asked: object, **_: object) -> list[Sale]:
        return [Sale.objects.get(merchant_id=shop.merchant.id, reference="S-1")]

    monkeypatch.setattr(exchanges, "_lock_sales", read_without_lock)
    monkeypatch.setattr(exchanges, "lock_exchange", lambda _: None)
    meeting = Meeting(2)

    def exchange_together(_: int) -> None:
        with meeting_before(meeting, 'INSERT INTO "sales_refund"'):
            exchange_one(shop)

    ended = outcomes(exchange_together, 2)
    with merchant_scope(shop.merchant.id):
        is_broken = verify(merchant=shop.merchant) != []
    assert is_broken or ended != {"ok": 2}
    assert returned(shop)[2] == 0, "no one saw that nothing was left"
