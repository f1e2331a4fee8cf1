"""Every action of the counter takes its locks in one order, so that no two of them wait for each other in a circle.

Receipt or quote, member, coupons, gift cards, points, wallet money (gift cards' too), counters of promotions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from django.db import connection

from merchants.facts import SYSTEM, MerchantFacts
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_shared_code
from rewards.invariants import verify
from rewards.promotions.operations import create_promotion
from sales.facts import QuoteDraft
from sales.operations import claim_sale, quote_cart, record_sale, refund_sale, refunds, release_quote, void_sale
from tests.races.test_gift_cards import card_of
from tests.referral_shop import open_referring_shop
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of, sale

pytestmark = pytest.mark.usefixtures("real_commits")

ORDER: Final = (
    "sales_sale",
    "sales_quote",
    "members_member",
    "rewards_coupon",
    "rewards_giftcard",
    "points",
    "wallet",
    "rewards_promotion",
)
TABLES: Final = (*ORDER, "ledger_account", "rewards_referral")
CODE: Final = "LEBARAN27"


def open_shop() -> SellingShop:
    """With a limited offer, points and cashback, a code that everybody may use, and a bonus to pay with."""
    shop = open_selling_shop(settings={"join_bonus_points": 1_000})
    off: dict[str, Any] = {"title": "Diskon", "kind": "percent_off", "value": 10}
    with merchant_scope(shop.merchant.id):
        create_promotion(merchant=shop.merchant, definition={**off, "usage": {"limit": 100}}, starts_at=NOW, at=NOW)
        cashback = {"title": "Cashback", "kind": "cashback", "credit": "wallet", "percent": 5}
        create_promotion(merchant=shop.merchant, definition=cashback, starts_at=NOW, at=NOW)
        share_code(shop.merchant)
    return shop


def share_code(merchant: MerchantFacts) -> None:
    """Needs the scope."""
    off = {"title": "Diskon", "kind": "percent_off", "value": 10}
    create_shared_code(
        merchant=merchant, text=CODE, title="Lebaran", definition=off, at=NOW, today=NOW.date(), actor=SYSTEM
    )


@contextmanager
def locks_taken() -> Iterator[list[str]]:
    """List what is locked for the first time, in order. A referral is locked only with both its members."""
    taken: list[str] = []

    def note(execute: Callable[..., Any], statement: str, values: Any, *rest: Any) -> Any:
        if "FOR UPDATE" in statement or "FOR NO KEY UPDATE" in statement:
            name = next(table for table in TABLES if f"FROM {table}" in statement.replace('"', ""))
            name = str(values[-1]) if name == "ledger_account" else name
            taken.extend([name] if name in ORDER and name not in taken else [])
        elif _changes_coupons(statement) and "rewards_coupon" not in taken:
            taken.append("rewards_coupon")
        return execute(statement, values, *rest)

    with connection.execute_wrapper(note):
        yield taken


def _changes_coupons(statement: str) -> bool:
    return f"{statement.replace(chr(34), '')} ".startswith("UPDATE rewards_coupon ") or (
        "UPDATE rewards_coupon c " in statement
    )


def assert_in_order(taken: list[str], *expected: str) -> None:
    assert taken == [name for name in ORDER if name in taken], taken
    assert set(expected) <= set(taken), taken


def test_a_quote_its_sale_its_returns_and_a_release_lock_in_one_order() -> None:
    shop = open_shop()
    code = card_of(shop)
    merchant, till = shop.merchant, shop.till
    everything = ("members_member", "rewards_coupon", "rewards_giftcard", "points", "wallet", "rewards_promotion")
    with merchant_scope(merchant.id):
        member = shop.join()
        paid: dict[str, Any] = {"coupon_codes": (CODE,), "gift_card_codes": (code,), "redeem_points": 10}
        cart = QuoteDraft(lines=(line(1, 30_000, 2),), member_id=member.id, reserve=True, **paid)
        with locks_taken() as taken:
            quoted = quote_cart(merchant=merchant, till=till, draft=cart, at=NOW)
        assert_in_order(taken, *everything)
        with locks_taken() as taken:
            release_quote(merchant=merchant, till=till, quote_id=quoted.quote_id, at=NOW)
        assert_in_order(taken, *(name for name in everything if name != "rewards_giftcard"))
        quoted = quote_cart(merchant=merchant, till=till, draft=cart, at=NOW)
        other_cart = sale(line(1, 20_000), member=member, gift_card_codes=(code,), quote_id=quoted.quote_id)
        with locks_taken() as taken:
            record_sale(merchant=merchant, till=till, draft=other_cart, received_at=NOW)
        assert_in_order(taken, *everything)
        quoted = quote_cart(merchant=merchant, till=till, draft=cart, at=NOW)
        draft = sale(line(1, 30_000, 2), member=member, quote_id=quoted.quote_id, **paid)
        with locks_taken() as taken:
            sold = record_sale(merchant=merchant, till=till, draft=draft, received_at=NOW).sale
        assert_in_order(taken, *everything)
        with locks_taken() as taken:
            refund_sale(
                merchant=merchant, till=till, reference=str(sold.id), draft=refund_of(("1", 1)), received_at=NOW
            )
        assert_in_order(taken, "sales_sale", "members_member", "rewards_giftcard", "points", "wallet")
        with locks_taken() as taken:
            void_sale(merchant=merchant, till=till, reference=str(sold.id), reason="", received_at=NOW)
        assert_in_order(taken, "sales_sale", *everything)
        assert verify(merchant=merchant) == []


def test_a_claimed_receipt_locks_the_coupons_it_brought_before_money_and_limits() -> None:
    """A sale by one of them, on another till, takes the coupon first and the limited offer last."""
    shop = open_selling_shop()
    merchant, till = shop.merchant, shop.till
    bonus: dict[str, Any] = {"title": "Bonus", "kind": "earn_bonus", "points": 5, "usage": {"limit": 100}}
    gift = {"title": "Kupon", "kind": "issue_coupon", "coupon": {"kind": "percent_off", "value": 10, "valid_days": 30}}
    with merchant_scope(merchant.id):
        for definition in (bonus, gift):
            create_promotion(merchant=merchant, definition=definition, starts_at=NOW, at=NOW)
        sold = record_sale(merchant=merchant, till=till, draft=sale(line(1, 30_000)), received_at=NOW).sale
        member = shop.join()
        with locks_taken() as taken:
            claim_sale(merchant=merchant, till=till, reference=str(sold.id), member_id=member.id, at=NOW)
        assert_in_order(taken, "sales_sale", "members_member", "rewards_coupon", "points", "rewards_promotion")
        assert verify(merchant=merchant) == []


def test_a_night_of_referrals_and_the_return_of_a_friends_sale_lock_in_one_order() -> None:
    """Both lock both members first, the friend's and the referrer's; a third action waits there."""
    everything = ("sales_sale", "members_member", "rewards_coupon", "rewards_giftcard", "points", "wallet")
    for is_granted in (False, True):
        shop = open_referring_shop()
        merchant, till = shop.shop.merchant, shop.shop.till
        with merchant_scope(merchant.id):
            share_code(merchant)
        code = card_of(shop.shop)
        with merchant_scope(merchant.id):
            friend = shop.shop.join(referral_code=shop.shop.join().referral_code)
            sold = shop.buy(friend, amount=300_000, coupon_codes=(CODE,), gift_card_codes=(code,))
        if is_granted:
            with locks_taken() as taken:
                shop.night()
            assert_in_order(taken, "members_member", "wallet")
        with merchant_scope(merchant.id), locks_taken() as taken:
            void_sale(merchant=merchant, till=till, reference=str(sold.id), reason="", received_at=NOW)
        assert_in_order(taken, *everything)


def test_a_void_that_waits_with_its_coupons_takes_them_after_the_money(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: beside a sale with the same code and card, such a void waits in a circle."""
    shop = open_shop()
    code = card_of(shop)
    monkeypatch.setattr(refunds, "lock_coupons_of_sale", lambda **_: None)
    with merchant_scope(shop.merchant.id):
        sold = shop.sell(line(1, 30_000), member=shop.join(), coupon_codes=(CODE,), gift_card_codes=(code,))
        with locks_taken() as taken:
            void_sale(merchant=shop.merchant, till=shop.till, reference=str(sold.id), reason="", received_at=NOW)
    assert taken.index("rewards_coupon") > taken.index("wallet")
