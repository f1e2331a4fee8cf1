"""An exchange takes the locks of both its halves class by class, and two of them never hand the same goods back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from ledger.invariants import verify as verify_ledger
from merchants.tenancy import merchant_scope
from rewards.invariants import verify as verify_rewards
from sales.facts import ExchangeReturnDraft, QuoteDraft, RefundLineDraft, SaleDraft
from sales.invariants import verify
from sales.models import Sale
from sales.operations import exchanges, quote_cart, record_sale, recorded_sales
from sales.operations.sale_prices import price_sale
from tests.races.test_gift_cards import card_of
from tests.races.test_lock_order import CODE, assert_in_order, locks_taken, open_shop
from tests.races.together import Meeting, outcomes
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")

EVERYTHING = ("members_member", "rewards_coupon", "rewards_giftcard", "points", "wallet", "rewards_promotion")


def handed_back(sale_id: UUID) -> tuple[ExchangeReturnDraft, ...]:
    return (ExchangeReturnDraft(sale_id=sale_id, lines=(RefundLineDraft("1", 1),)),)


def check(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        for prove in (verify, verify_rewards, verify_ledger):
            assert prove(merchant=shop.merchant) == []


def test_an_exchange_and_its_quote_lock_in_one_order() -> None:
    """Goods of one member, paid in every way, handed back by another who pays in every way."""
    shop = open_shop()
    code = card_of(shop)
    merchant, till = shop.merchant, shop.till
    paid: dict[str, Any] = {"coupon_codes": (CODE,), "gift_card_codes": (code,), "redeem_points": 10}
    with merchant_scope(merchant.id):
        sold = shop.sell(line(1, 30_000), member=shop.join(), **paid)
        draft = sale(line(1, 60_000), member=shop.join(), returns=handed_back(sold.id), **paid)
        cart = QuoteDraft(lines=draft.lines, member_id=draft.member_id, returns=draft.returns, **paid)
        with locks_taken() as taken:
            quoted = quote_cart(merchant=merchant, till=till, draft=cart, at=NOW)
        assert_in_order(taken, "sales_sale", *EVERYTHING)
        with locks_taken() as taken:
            recorded = record_sale(merchant=merchant, till=till, draft=draft, received_at=NOW).sale
        assert_in_order(taken, "sales_sale", *EVERYTHING)
        handed = sum(one.refund.amount for one in quoted.returns)
        assert quoted.outcome.payable_amount - handed == recorded.payable_amount
    check(shop)


def crosswise(shop: SellingShop) -> Callable[[int], None]:
    """Two members, each of whom brings back what the other had bought. Each call is one of the two exchanges."""
    with merchant_scope(shop.merchant.id):
        people = [shop.join(), shop.join()]
        sold = [shop.sell(line(1, 30_000), member=person) for person in people]
        drafts: list[SaleDraft] = [
            sale(line(1, 50_000), member=people[1 - n], returns=handed_back(sold[n].id)) for n in (0, 1)
        ]

    def work(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            record_sale(merchant=shop.merchant, till=shop.till, draft=drafts[number], received_at=NOW)

    return work


def test_two_exchanges_crosswise_both_end() -> None:
    shop = open_selling_shop()
    for _ in range(5):
        assert outcomes(crosswise(shop), 2) == Counter(ok=2)
    check(shop)


def test_without_their_locks_taken_together_they_wait_in_a_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: each holds the member of its return and wants that of its sale."""
    shop = open_selling_shop()
    meeting = Meeting(2)

    def price_after_both_returns(**values: Any) -> Any:
        meeting.wait()
        return price_sale(**values)

    work = crosswise(shop)
    monkeypatch.setattr(exchanges, "lock_exchange", lambda _locks: None)
    monkeypatch.setattr(recorded_sales, "price_sale", price_after_both_returns)
    assert "OperationalError" in outcomes(work, 2)
    check(shop)


def test_goods_are_handed_back_in_one_of_many_receipts() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        member = shop.join()
        sold = shop.sell(line(1, 30_000), member=member)
        drafts = [sale(line(1, 50_000), member=member, returns=handed_back(sold.id)) for _ in range(8)]

    def work(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            record_sale(merchant=shop.merchant, till=shop.till, draft=drafts[number], received_at=NOW)

    assert outcomes(work, 8) == Counter(ok=1, refund_exceeds_sale=7)
    with merchant_scope(shop.merchant.id):
        rows = Sale.objects.filter(merchant_id=shop.merchant.id).order_by("id")
        assert [row.exchanged_amount for row in rows] == [None, 30_000]
    check(shop)
