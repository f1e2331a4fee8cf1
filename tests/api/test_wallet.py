"""Cashback and wallet money at the till: pending, credited, spent, returned. Cashback: 10 % into the wallet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from itertools import count, permutations
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from ledger.invariants import verify as verify_ledger
from merchants.tenancy import merchant_scope
from rewards.promotions.operations import create_promotion
from sales.invariants import verify as verify_sales
from tests.api.conftest import ApiShop, open_shop
from tests.api.till import ApiTill, line

NOON = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
"""A Thursday, noon in Jakarta."""
_serial = count(1)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


def open_with(*, settings: dict[str, Any] | None = None, **cashback: Any) -> tuple[ApiShop, ApiTill]:
    """Open a shop that gives cashback from `NOON` on; 10 % into the wallet unless said otherwise."""
    with at(NOON - timedelta(days=1)):
        shop = open_shop("Toko Kopi Ratna", settings=settings)
        terms = {"percent": 10} if "value" not in cashback else {}
        with merchant_scope(shop.merchant.id):
            create_promotion(
                merchant=shop.merchant,
                definition={"title": "Cashback", "kind": "cashback", "credit": "wallet", **terms, **cashback},
                starts_at=NOON - timedelta(days=1),
                at=NOON - timedelta(days=1),
            )
    return shop, shop.till()


def enrol(till: ApiTill) -> str:
    return str(till.enrol(f"0812 3456 {next(_serial):04}")["id"])


def wallet(till: ApiTill, member_id: str) -> dict[str, Any]:
    found: dict[str, Any] = till.get(f"/members/{member_id}")["member"]["wallet"]
    return found


def figures(till: ApiTill, member_id: str) -> tuple[int, int]:
    """Return (available, pending)."""
    found = wallet(till, member_id)
    return found["available_amount"], sum(part["amount"] for part in found["pending"])


def give_back(till: ApiTill, reference: str, *lines: tuple[str, int], name: str = "") -> dict[str, Any]:
    body = {
        "refund_reference": name or f"F-{next(_serial)}",
        "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in lines],
    }
    answer: dict[str, Any] = till.post(f"/sales/{reference}/refunds", body, status=201)
    return answer


def assert_books_are_right(shop: ApiShop) -> None:
    with merchant_scope(shop.merchant.id):
        assert verify_ledger(merchant=shop.merchant) == []
        assert verify_sales(merchant=shop.merchant) == []


pytestmark = pytest.mark.django_db


# --- credited after n days ---------------------------------------------------------------------------------------


def test_cashback_waits_its_days_in_sight_and_cannot_be_spent_before() -> None:
    shop, till = open_with(after_days=7)
    with at(NOON):
        member = enrol(till)
        sale = till.sell("R-1", line(unit_amount=200_000), member_id=member)
        assert sale["cashback_earned_amount"] == 20_000
        assert sale["cashback_pending"] == [{"amount": 20_000, "available_on": "2026-03-12"}]
        assert sale["member"]["wallet"]["pending"] == sale["cashback_pending"]
        assert till.get("/sales/R-1") == sale
        paying = {"member_id": member, "lines": [line()], "redeem_wallet_amount": 1}
        refused = till.refused("POST", "/sales", {**paying, "reference": "R-2"}, status=409, code="wallet_insufficient")
        assert (refused["available"], refused["needed"]) == (0, 1)
        till.refused("POST", "/quotes", {**paying, "reserve": True}, status=409, code="wallet_insufficient")
        assert till.post("/quotes", paying)["wallet_to_redeem_amount"] == 0
    with at(NOON + timedelta(days=7)):
        assert figures(till, member) == (20_000, 0)
        assert till.get("/sales/R-1")["cashback_pending"] == []
        till.post("/sales", {**paying, "redeem_wallet_amount": 20_000, "reference": "R-3"}, status=201)
    assert_books_are_right(shop)


@pytest.mark.parametrize(
    ("day_starts_at", "sold_at", "usable_at"),
    [
        # Jakarta is UTC+7: midnight there is 17:00 UTC.
        (time(0), datetime(2026, 3, 5, 16, 59, 59, tzinfo=UTC), datetime(2026, 3, 5, 17, 0, tzinfo=UTC)),
        (time(0), datetime(2026, 3, 5, 17, 0, tzinfo=UTC), datetime(2026, 3, 6, 17, 0, tzinfo=UTC)),
        (time(4), datetime(2026, 3, 5, 20, 59, 59, tzinfo=UTC), datetime(2026, 3, 5, 21, 0, tzinfo=UTC)),
        (time(4), datetime(2026, 3, 5, 21, 0, tzinfo=UTC), datetime(2026, 3, 6, 21, 0, tzinfo=UTC)),
    ],
)
def test_the_day_turns_where_the_merchants_own_day_turns(
    day_starts_at: time, sold_at: datetime, usable_at: datetime
) -> None:
    shop, till = open_with(settings={"day_starts_at": day_starts_at}, after_days=1)
    with at(sold_at):
        member = enrol(till)
        till.sell("R-1", line(unit_amount=100_000), member_id=member)
    paying = {"member_id": member, "lines": [line(unit_amount=10_000)], "redeem_wallet_amount": 10_000}
    with at(usable_at - timedelta(seconds=1)):
        assert figures(till, member) == (0, 10_000)
        till.refused("POST", "/sales", {**paying, "reference": "R-2"}, status=409, code="wallet_insufficient")
    with at(usable_at):
        assert figures(till, member) == (10_000, 0)
        till.post("/sales", {**paying, "reference": "R-3"}, status=201)
    assert_books_are_right(shop)


def test_a_return_before_the_day_cancels_exactly_its_share_of_what_is_pending() -> None:
    shop, till = open_with(after_days=7)
    with at(NOON):
        member = enrol(till)
        till.sell("R-0", line(unit_amount=50_000), member_id=member)
        lines = (line("1", quantity=3, unit_amount=33_333), line("2", unit_amount=10_001))
        till.sell("R-1", *lines, member_id=member)
        assert figures(till, member) == (0, 5_000 + 11_000)
        first = give_back(till, "R-1", ("1", 1))
        left = 11_000 - first["refund"]["cashback_reversed_amount"]
        assert left == 7_667  # 10 % of the 76.667 that stay
        assert first["sale"]["cashback_pending"] == [{"amount": left, "available_on": "2026-03-12"}]
        assert figures(till, member) == (0, 5_000 + left)
        second = give_back(till, "R-1", ("1", 2), ("2", 1))
        assert second["refund"]["cashback_reversed_amount"] == left
        assert second["sale"]["cashback_pending"] == []
        assert figures(till, member) == (0, 5_000)
    assert_books_are_right(shop)


def test_credited_cashback_is_taken_back_and_what_was_spent_becomes_debt_that_the_next_credit_repays() -> None:
    shop, till = open_with()
    with at(NOON):
        member = enrol(till)
        till.sell("R-1", line(unit_amount=200_000), member_id=member)
        assert figures(till, member) == (20_000, 0)
        give_back(till, "R-1", ("1", 1))
        assert figures(till, member) == (0, 0)
        till.sell("R-2", line(unit_amount=200_000), member_id=member)
        till.sell(
            "R-3", line(unit_amount=1_000), line("2", unit_amount=14_000), member_id=member, redeem_wallet_amount=15_000
        )
        assert figures(till, member) == (20_000 - 15_000 + 1_500, 0)
        refund = give_back(till, "R-2", ("1", 1))["refund"]
        assert refund["cashback_reversed_amount"] == 20_000
        assert figures(till, member) == (0, 0)  # 6.500 taken, 13.500 owed
        till.sell("R-4", line(unit_amount=100_000), member_id=member)
        assert figures(till, member) == (0, 0)  # 3.500 still owed
        till.sell("R-5", line(unit_amount=100_000), member_id=member)
        assert figures(till, member) == (6_500, 0)
        kinds = [e["kind"] for e in till.get(f"/members/{member}/ledger")["results"] if e["unit"] == "wallet"]
        assert kinds == ["cashback", "cashback", "refund", "cashback", "redeem", "cashback", "refund", "cashback"]
    assert_books_are_right(shop)


@pytest.mark.parametrize(("policy", "left"), [("only_pending", 6_500), ("within_balance", 0)])
def test_the_merchants_policy_says_how_far_taking_back_goes(policy: str, left: int) -> None:
    shop, till = open_with(settings={"refund_policy": policy})
    with at(NOON):
        member = enrol(till)
        till.sell("R-2", line(unit_amount=200_000), member_id=member)
        till.sell("R-3", line(unit_amount=15_000), member_id=member, redeem_wallet_amount=15_000)
        give_back(till, "R-2", ("1", 1))
        assert figures(till, member) == (left, 0)
        till.sell("R-4", line(unit_amount=10_000), member_id=member)
        assert figures(till, member) == (left + 1_000, 0)  # nothing is owed
    assert_books_are_right(shop)


def test_cashback_as_a_discount_is_given_now() -> None:
    shop, till = open_with(credit="discount")
    with at(NOON):
        member = enrol(till)
        sale = till.sell("R-1", line(unit_amount=100_000), member_id=member)
        assert (sale["discount_amount"], sale["payable_amount"]) == (10_000, 90_000)
        assert (sale["cashback_earned_amount"], sale["cashback_pending"]) == (0, [])
        assert figures(till, member) == (0, 0)
        assert give_back(till, "R-1", ("1", 1))["refund"]["amount"] == 90_000
    assert_books_are_right(shop)


def test_cashback_as_points_waits_and_is_cancelled_as_points() -> None:
    shop, till = open_with(credit="points", after_days=7, value=500)
    with at(NOON):
        member = enrol(till)
        sale = till.sell("R-1", line("1", unit_amount=5_000), line("2", unit_amount=4_000), member_id=member)
        assert (sale["points_earned"], sale["cashback_earned_amount"]) == (5, 0)  # Rp 100 a point
        points = till.get(f"/members/{member}")["member"]["points"]
        assert (points["available"], points["pending"]) == (0, 5)
        assert give_back(till, "R-1", ("1", 1), ("2", 1))["refund"]["points_reversed"] == 5
        assert till.get(f"/members/{member}")["member"]["points"]["pending"] == 0
    assert_books_are_right(shop)


def test_cashback_that_is_credited_after_it_would_have_expired_keeps_a_week() -> None:
    shop, till = open_with(after_days=60, settings={"points_valid_months": 1})
    with at(NOON):
        member = enrol(till)
        till.sell("R-1", line(unit_amount=100_000), member_id=member)
    with at(NOON + timedelta(days=60)):
        assert wallet(till, member)["expiring"] == [{"amount": 10_000, "expires_on": "2026-05-11"}]
    with at(NOON + timedelta(days=68)):
        assert figures(till, member) == (0, 0)
    assert_books_are_right(shop)


def test_a_claimed_sale_credits_its_cashback_too() -> None:
    shop, till = open_with(after_days=3)
    with at(NOON):
        till.sell("R-1", line(unit_amount=100_000))
        member = enrol(till)
        claimed = till.post("/sales/R-1/claim", {"member_id": member})
        assert claimed["cashback_pending"] == [{"amount": 10_000, "available_on": "2026-03-08"}]
        assert figures(till, member) == (0, 10_000)
    assert_books_are_right(shop)


# --- as payment --------------------------------------------------------------------------------------------------


@pytest.fixture
def rich() -> tuple[ApiShop, ApiTill, str]:
    """Return a member with 20.000 of wallet money."""
    shop, till = open_with(when={"min_subtotal": 200_000})
    with at(NOON):
        member = enrol(till)
        till.sell("R-0", line(unit_amount=200_000), member_id=member)
    return shop, till, member


def test_wallet_money_is_held_and_spent_by_the_sale(rich: tuple[ApiShop, ApiTill, str]) -> None:
    shop, till, member = rich
    cart = {"member_id": member, "lines": [line(unit_amount=50_000)], "redeem_wallet_amount": 15_000}
    with at(NOON):
        quote = till.post("/quotes", {**cart, "reserve": True})
        assert (quote["wallet_to_redeem_amount"], quote["payable_amount"]) == (15_000, 35_000)
        assert quote["points_to_earn"] == 5  # a payment does not reduce what is earned
        assert wallet(till, member) | {"expiring": []} == {
            "available_amount": 5_000,
            "pending": [],
            "held_amount": 15_000,
            "expiring": [],
        }
        till.refused(
            "POST",
            "/sales",
            {**cart, "redeem_wallet_amount": 5_001, "reference": "R-9"},
            status=409,
            code="wallet_insufficient",
        )
        sale = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
        assert (sale["wallet_redeemed_amount"], sale["payable_amount"]) == (15_000, 35_000)
        assert sale["points_earned"] == 5
        assert figures(till, member) == (5_000, 0)
        assert wallet(till, member)["held_amount"] == 0
    assert_books_are_right(shop)


def test_a_lapsed_hold_is_free_again_for_a_quote_and_for_a_sale(rich: tuple[ApiShop, ApiTill, str]) -> None:
    shop, till, member = rich
    cart = {"member_id": member, "lines": [line(unit_amount=50_000)], "redeem_wallet_amount": 20_000}
    with at(NOON):
        held = till.post("/quotes", {**cart, "reserve": True})
    with at(NOON + timedelta(minutes=10, seconds=1)):
        assert till.post("/quotes", cart)["wallet_to_redeem_amount"] == 20_000
        late = till.post("/sales", {**cart, "reference": "R-1", "quote_id": held["quote_id"]}, status=201)
        assert late["warnings"] == []
        assert figures(till, member) == (0, 0)
    assert_books_are_right(shop)


def test_a_released_hold_and_a_changed_cart_free_the_wallet(rich: tuple[ApiShop, ApiTill, str]) -> None:
    shop, till, member = rich
    cart = {"member_id": member, "lines": [line(unit_amount=50_000)], "redeem_wallet_amount": 20_000}
    with at(NOON):
        quote = till.post("/quotes", {**cart, "reserve": True})
        till.post(f"/quotes/{quote['quote_id']}/release", status=204)
        assert figures(till, member) == (20_000, 0)
        quote = till.post("/quotes", {**cart, "reserve": True})
        changed = {**cart, "redeem_wallet_amount": 0, "reference": "R-1", "quote_id": quote["quote_id"]}
        assert [w["code"] for w in till.post("/sales", changed, status=201)["warnings"]] == ["quote_changed"]
        assert figures(till, member) == (20_000, 0)
    assert_books_are_right(shop)


ORDERS = list(permutations([("1", 1), ("1", 2), ("2", 1), ("3", 1)]))


@pytest.mark.parametrize("orders", [ORDERS[::5], pytest.param(ORDERS, marks=pytest.mark.proof)], ids=["some", "all"])
def test_returns_in_any_order_give_the_wallet_share_back_to_its_own_lots(
    rich: tuple[ApiShop, ApiTill, str], orders: list[tuple[tuple[str, int], ...]]
) -> None:
    shop, till, member = rich
    expires = None
    for n, order in enumerate(orders):
        with at(NOON + timedelta(minutes=n)):
            expires = expires or wallet(till, member)["expiring"]
            lines = (
                line("1", quantity=3, unit_amount=3_333),
                line("2", unit_amount=10_007),
                line("3", unit_amount=29_993),
            )
            till.sell(f"R-{n + 1}", *lines, member_id=member, redeem_wallet_amount=20_000)
            assert figures(till, member) == (0, 0)
            back = [give_back(till, f"R-{n + 1}", step)["refund"] for step in order]
            assert sum(r["wallet_returned_amount"] for r in back) == 20_000
            assert sum(r["amount"] for r in back) == 49_999 - 20_000
            assert all(r["amount"] + r["wallet_returned_amount"] == r["goods_amount"] for r in back)
            assert wallet(till, member)["expiring"] == expires
    assert_books_are_right(shop)


def test_a_void_after_a_part_return_gives_back_the_rest(rich: tuple[ApiShop, ApiTill, str]) -> None:
    shop, till, member = rich
    with at(NOON):
        till.sell("R-1", line("1", quantity=3, unit_amount=10_000), member_id=member, redeem_wallet_amount=20_000)
        give_back(till, "R-1", ("1", 1))
        voided = till.post("/sales/R-1/void", {})
        assert [r["wallet_returned_amount"] for r in voided["refunds"]] == [6_666, 13_334]
        assert figures(till, member) == (20_000, 0)
    assert_books_are_right(shop)


def test_a_paid_sale_without_enough_wallet_money_is_debt_then_loss_and_returns_only_what_was_taken() -> None:
    shop, till = open_with(when={"min_subtotal": 200_000}, settings={"max_debt_points": 3_000})
    other = shop.second_till()
    with at(NOON):
        member = enrol(till)
        till.sell("R-0", line(unit_amount=200_000), member_id=member)
        cart = {"member_id": member, "lines": [line(quantity=2)], "redeem_wallet_amount": 20_000}
        quote = till.post("/quotes", {**cart, "reserve": True})
        till.post(f"/quotes/{quote['quote_id']}/release", status=204)
        other.post("/sales", {**cart, "redeem_wallet_amount": 15_000, "reference": "C-1"}, status=201)
        paid = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
        assert [w["code"] for w in paid["warnings"]] == ["wallet_missing"]
        back = [give_back(till, "R-1", ("1", 1))["refund"] for _ in range(2)]
        assert [r["wallet_returned_amount"] for r in back] == [8_000, 0]  # 5.000 were there, 3.000 were owed
        assert figures(till, member) == (5_000, 0)
    assert_books_are_right(shop)


def test_wallet_money_never_pays_more_than_was_charged(rich: tuple[ApiShop, ApiTill, str]) -> None:
    shop, till, member = rich
    cart = {
        "member_id": member,
        "lines": [line("1", unit_amount=15_000), line("2", unit_amount=15_000)],
        "redeem_wallet_amount": 20_000,
    }
    with at(NOON):
        quote = till.post("/quotes", {**cart, "reserve": True})
        charged = {
            "lines": [{"line_id": "1", "total_amount": 2_000}, {"line_id": "2", "total_amount": 10_000}],
            "payable_amount": 0,
        }
        sale = till.post(
            "/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"], "charged": charged}, status=201
        )
        assert (sale["total_amount"], sale["wallet_redeemed_amount"]) == (12_000, 12_000)
        assert figures(till, member) == (8_000, 0)
        assert wallet(till, member)["held_amount"] == 0
        assert give_back(till, "R-1", ("1", 1))["refund"]["wallet_returned_amount"] == 2_000
        assert give_back(till, "R-1", ("2", 1))["refund"]["wallet_returned_amount"] == 10_000
    assert_books_are_right(shop)


def test_a_live_cashback_that_a_cart_does_not_get_costs_no_statement(
    rich: tuple[ApiShop, ApiTill, str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    _, till, _ = rich
    counts = []
    for who in (till, open_shop("Tanpa cashback").till()):
        buyer = enrol(who)
        who.sell("W-0", member_id=buyer)
        with django_assert_max_num_queries(100) as seen:
            who.sell("W-1", line("1"), line("2"), member_id=buyer)
        counts.append(len(seen.captured_queries))
    assert counts[0] == counts[1]
