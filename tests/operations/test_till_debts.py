"""Debt from tills: what paid sales leave is kept by sale, and one till leaves no more in a day than is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.facts import Unit
from ledger.queries import balance
from loyalty.management.commands.verify import verification_modules
from members.facts import MemberFacts
from merchants.rules import usual_till_debt
from merchants.tenancy import merchant_scope
from sales.facts import QuoteDraft, SaleFacts
from sales.models import TillDebtDay
from sales.operations import quote_cart, record_sale
from sales.queries import till_debt_totals, till_debts
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = pytest.mark.django_db

GOODS = line(1, 100_000)
DAY = date(2026, 3, 5)
LIMIT = 12_000
"""What one till may leave in a day: 120 points at Rp 100 each."""


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop(settings={"till_debt_limit_amount": LIMIT}, program_from=NOW - timedelta(days=7))
    with merchant_scope(opened.merchant.id):
        yield opened
        for _, module in verification_modules():
            assert module.verify(merchant=opened.merchant) == []


def pay(shop: SellingShop, member: MemberFacts, **fields: Any) -> SaleFacts:
    """Record a sale that was paid before we were asked."""
    return shop.sell(GOODS, member=member, is_paid=True, **fields)


def warned(sold: SaleFacts) -> list[tuple[str, dict[str, Any]]]:
    return [(warning.code, dict(warning.facts)) for warning in sold.warnings]


def debt(shop: SellingShop, member: MemberFacts, unit: Unit = Unit.POINTS) -> int:
    return balance(merchant=shop.merchant, owner_id=member.id, unit=unit, business_date=DAY).debt


def test_what_a_sale_leaves_is_listed_with_its_worth(shop: SellingShop) -> None:
    member = shop.join()
    sold = pay(shop, member, redeem_points=50)
    assert warned(sold) == [("points_missing", {"debt": 50, "loss": 0})]
    [found] = till_debts(merchant=shop.merchant, first=DAY, last=DAY)
    assert (found.reference, found.till_id, found.member_id, found.day) == (
        sold.reference,
        shop.till.id,
        member.id,
        DAY,
    )
    assert (found.unit, found.owed, found.lost, found.owed_amount) == ("points", 50, 0, 5_000)


def test_a_till_leaves_no_more_than_its_day_allows_and_the_rest_is_the_merchants_loss(shop: SellingShop) -> None:
    first, second, third = shop.join(), shop.join(), shop.join()
    assert warned(pay(shop, first, redeem_points=70)) == [("points_missing", {"debt": 70, "loss": 0})]
    over = ("till_debt_limit_reached", {"limit": LIMIT})
    assert warned(pay(shop, second, redeem_points=70)) == [("points_missing", {"debt": 50, "loss": 20}), over]
    assert warned(pay(shop, third, redeem_wallet_amount=1_000)) == [
        ("wallet_missing", {"debt": 0, "loss": 1_000}),
        over,
    ]
    assert (debt(shop, first), debt(shop, second), debt(shop, third, Unit.WALLET)) == (
        61,
        41,
        0,
    )  # less what they earned
    [total] = till_debt_totals(merchant=shop.merchant, first=DAY, last=DAY)
    assert (total.receipts, total.owed_amount) == (3, LIMIT)
    assert TillDebtDay.objects.get(merchant_id=shop.merchant.id).owed_amount == LIMIT


def test_each_till_and_each_day_has_its_own(shop: SellingShop) -> None:
    other, tomorrow = replace(shop, till=shop.second_till()), NOW + timedelta(days=1)
    for till in (shop.till, other.till):
        draft = sale(GOODS, member=shop.join(), is_paid=True, redeem_points=120)
        sold = record_sale(merchant=shop.merchant, till=till, draft=draft, received_at=NOW).sale
        assert [code for code, _ in warned(sold)] == ["points_missing"]
    draft = sale(GOODS, member=shop.join(), is_paid=True, redeem_points=120)
    sold = record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=tomorrow).sale
    assert warned(sold) == [("points_missing", {"debt": 120, "loss": 0})]


def test_the_day_is_that_of_our_own_clock(shop: SellingShop) -> None:
    """A till that dates its sales apart has no more days by that."""
    for days in (1, 2):
        draft = sale(GOODS, member=shop.join(), is_paid=True, redeem_points=100, occurred_at=NOW - timedelta(days=days))
        record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)
    [day] = TillDebtDay.objects.filter(merchant_id=shop.merchant.id)
    assert (day.day, day.owed_amount) == (DAY, LIMIT)


def test_a_lower_limit_counts_at_once_and_a_higher_one_too(shop: SellingShop) -> None:
    pay(shop, shop.join(), redeem_points=100)
    lower = replace(shop, merchant=replace(shop.merchant, till_debt_limit_amount=5_000))
    assert warned(pay(lower, shop.join(), redeem_points=10))[0][1] == {"debt": 0, "loss": 10}
    higher = replace(shop, merchant=replace(shop.merchant, till_debt_limit_amount=50_000))
    assert warned(pay(higher, shop.join(), redeem_points=100)) == [("points_missing", {"debt": 100, "loss": 0})]


def test_a_sale_that_has_enough_counts_nothing(shop: SellingShop) -> None:
    member = shop.join()
    shop.sell(line(1, 1_000_000), member=member)
    assert warned(pay(shop, member, redeem_points=100)) == []
    assert not TillDebtDay.objects.filter(merchant_id=shop.merchant.id).exists()


def test_a_reserved_quote_was_asked_before_and_does_not_count(shop: SellingShop) -> None:
    member = shop.join()
    shop.sell(line(1, 1_000_000), member=member)
    draft = QuoteDraft(lines=(GOODS,), member_id=member.id, redeem_points=100, reserve=True)
    held = quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=NOW)
    later = NOW + timedelta(minutes=11)
    spent = sale(GOODS, member=member, redeem_points=100)
    record_sale(merchant=shop.merchant, till=shop.till, draft=spent, received_at=later)
    paid = sale(GOODS, member=member, redeem_points=100, quote_id=held.quote_id)
    sold = record_sale(merchant=shop.merchant, till=shop.till, draft=paid, received_at=later).sale
    assert warned(sold)[0][0] == "points_missing"
    assert not TillDebtDay.objects.filter(merchant_id=shop.merchant.id).exists()


@pytest.mark.parametrize(("currency", "amount"), [("IDR", 500_000), ("USD", 5_000), ("JPY", 50), ("BHD", 50_000)])
def test_a_new_shop_begins_with_a_limit_in_its_own_money(currency: str, amount: int) -> None:
    assert usual_till_debt(currency) == amount
    assert open_selling_shop(currency=currency).merchant.till_debt_limit_amount == amount
