"""What a return cannot take back: the answer says what was taken; the rest is stored as the merchant's loss."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from merchants.tenancy import merchant_scope
from sales.invariants import verify
from sales.operations import refund_payments
from sales.operations.refund_in_progress import NOTHING_UNTAKEN
from tests.api.conftest import ApiShop, open_shop
from tests.api.test_wallet import NOON, assert_books_are_right, at, enrol, figures, give_back, open_with
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
PIECE = 100_000
"""Earns 10 points by the starter program."""


def open_with_debt_up_to(max_debt_points: int, **settings: Any) -> tuple[ApiShop, ApiTill, str]:
    with at(NOON):
        shop = open_shop("Toko Kopi Ratna", settings={"max_debt_points": max_debt_points, **settings})
        till = shop.till()
        return shop, till, enrol(till)


def points(till: ApiTill, member: str) -> tuple[int, int]:
    """Return (available, debt)."""
    found = till.get(f"/members/{member}")["member"]["points"]
    return found["available"], found["debt"]


def parts(refund: dict[str, Any]) -> tuple[int, int, int]:
    return refund["points_reversed"], refund["points_lost"], refund["points_expired"]


@pytest.fixture
def spent() -> tuple[ApiShop, ApiTill, str]:
    """Return a shop where R-1 earned 40 points and all were spent; 15 may be owed, and spending earned nothing."""
    shop, till, member = open_with_debt_up_to(15)
    with at(NOON):
        till.sell("R-1", line(quantity=4, unit_amount=PIECE), member_id=member)
        assert points(till, member) == (40, 0)
        reward = shop.reward(points=40)
        till.post("/redemptions", {"member_id": member, "reward_id": str(reward)}, status=201)
    return shop, till, member


def test_a_void_says_what_it_took_and_what_is_lost(spent: tuple[ApiShop, ApiTill, str]) -> None:
    shop, till, member = spent
    with at(NOON):
        voided = till.post("/sales/R-1/void", {})
        assert parts(voided["refunds"][0]) == (15, 25, 0)
        assert [(w["code"], "25" in w["message"]) for w in voided["warnings"]] == [("points_not_taken_back", True)]
        assert points(till, member) == (0, 15)
        assert till.get("/sales/R-1")["warnings"] == voided["warnings"]
    assert_books_are_right(shop)


@pytest.mark.parametrize("order", sorted(set(permutations([1, 1, 2]))))
def test_part_returns_lose_together_what_one_return_loses(
    spent: tuple[ApiShop, ApiTill, str], order: tuple[int, ...]
) -> None:
    shop, till, _ = spent
    with at(NOON):
        refunds = [give_back(till, "R-1", ("1", quantity))["refund"] for quantity in order]
    assert [sum(column) for column in zip(*map(parts, refunds), strict=True)] == [15, 25, 0]
    assert_books_are_right(shop)


def test_what_is_lost_once_is_not_asked_for_again(spent: tuple[ApiShop, ApiTill, str]) -> None:
    """Debt was repaid between two returns: the second takes its own share, not what the first could not have."""
    shop, till, member = spent
    with at(NOON):
        assert parts(give_back(till, "R-1", ("1", 3))["refund"]) == (15, 15, 0)
        till.sell("R-2", line(unit_amount=5 * PIECE), member_id=member)
        assert points(till, member) == (35, 0)
        assert parts(give_back(till, "R-1", ("1", 1))["refund"]) == (10, 0, 0)
        assert points(till, member) == (25, 0)
    assert_books_are_right(shop)


def test_what_expired_unused_is_neither_taken_nor_lost() -> None:
    shop, till, member = open_with_debt_up_to(1_000, points_valid_months=1)
    with at(NOON):
        till.sell("R-1", line(quantity=4, unit_amount=PIECE), member_id=member)
    with at(NOON + timedelta(days=60)):
        answer = give_back(till, "R-1", ("1", 4))
        assert parts(answer["refund"]) == (0, 0, 40)
        assert answer["sale"]["warnings"] == []
        assert points(till, member) == (0, 0)
    assert_books_are_right(shop)


@pytest.mark.parametrize(("policy", "taken"), [("only_pending", 0), ("within_balance", 10), ("debt", 40)])
def test_the_merchants_policy_decides_and_the_answer_says_so(policy: str, taken: int) -> None:
    shop, till, member = open_with_debt_up_to(1_000, refund_policy=policy)
    with at(NOON):
        till.sell("R-1", line(quantity=4, unit_amount=PIECE), member_id=member)
        reward = shop.reward(points=30)
        till.post("/redemptions", {"member_id": member, "reward_id": str(reward)}, status=201)
        answer = give_back(till, "R-1", ("1", 4))
    assert parts(answer["refund"]) == (taken, 40 - taken, 0)
    assert [w["code"] for w in answer["sale"]["warnings"]] == ([] if taken == 40 else ["points_not_taken_back"])
    assert_books_are_right(shop)


def test_cashback_beyond_the_debt_limit_is_answered_too() -> None:
    shop, till = open_with(settings={"max_debt_points": 5_000}, when={"min_subtotal": 200_000})
    with at(NOON):
        member = enrol(till)
        till.sell("R-1", line(unit_amount=200_000), member_id=member)
        till.sell("R-2", line(unit_amount=20_000), member_id=member, redeem_wallet_amount=20_000)
        answer = give_back(till, "R-1", ("1", 1))
        refund = answer["refund"]
        assert (refund["cashback_reversed_amount"], refund["cashback_lost_amount"]) == (5_000, 15_000)
        assert "cashback_not_taken_back" in [w["code"] for w in answer["sale"]["warnings"]]
        assert figures(till, member) == (0, 0)
    assert_books_are_right(shop)


def test_verify_names_a_refund_that_says_more_than_the_ledger_took(
    spent: tuple[ApiShop, ApiTill, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the loss beside the claim the books differ, point by point."""
    shop, till, _ = spent
    monkeypatch.setattr(refund_payments, "Untaken", lambda **_: NOTHING_UNTAKEN)
    with at(NOON):
        till.post("/sales/R-1/void", {})
    with merchant_scope(shop.merchant.id):
        assert [v.table for v in verify(merchant=shop.merchant)] == ["sales_refund"]
