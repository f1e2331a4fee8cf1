"""T08 and T09: many keys for one receipt; many refunds and voids of one sale."""

from __future__ import annotations

from collections import Counter

import pytest

from ledger.facts import Unit
from ledger.invariants import verify as verify_ledger
from ledger.queries import balance
from merchants.tenancy import merchant_scope
from sales.invariants import verify
from sales.models import Sale
from sales.operations import record_sale, refund_sale, void_sale
from tests.races.together import outcomes
from tests.sales_shop import NOW, SellingShop, open_selling_shop, refund_of, sale

pytestmark = pytest.mark.usefixtures("real_commits")


def check(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        assert verify_ledger(merchant=shop.merchant) == []


def test_one_receipt_sent_twenty_times_at_once_is_one_sale() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        budi = shop.join()
    draft = sale(member=budi, reference="S-1")
    ids = set()

    def send(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            recorded = record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)
        ids.add((recorded.sale.id, recorded.sale.points_balance))

    assert outcomes(send, 20) == Counter(ok=20)
    assert len(ids) == 1
    with merchant_scope(shop.merchant.id):
        assert Sale.objects.filter(merchant_id=shop.merchant.id).count() == 1
    check(shop)


def test_twenty_refunds_and_twenty_voids_at_once_reverse_what_was_sold_and_no_more() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        budi = shop.join()
        sold = shop.sell(member=budi)

    def give_back(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            if number % 2:
                void_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, reason="", received_at=NOW)
            else:
                refund_sale(
                    merchant=shop.merchant,
                    till=shop.till,
                    reference=sold.reference,
                    draft=refund_of(("3", 1), reference=f"F{number}"),
                    received_at=NOW,
                )

    ended = outcomes(give_back, 40)
    assert set(ended) <= {"ok", "refund_exceeds_sale", "sale_already_voided"}
    with merchant_scope(shop.merchant.id):
        row = Sale.objects.get(merchant_id=shop.merchant.id, id=sold.id)
        today = shop.merchant.day_of(NOW)
        left = balance(merchant=shop.merchant, owner_id=budi.id, unit=Unit.POINTS, business_date=today)
    assert (row.status, row.refunded_amount, row.points_reversed) == ("voided", row.total_amount, row.points_earned)
    assert left.points_balance == 0
    check(shop)
