"""POST /members/{id}/top-ups and /top-ups/{id}/reversal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from members.models import Member
from merchants.tenancy import merchant_scope
from rewards.invariants import verify
from tests.api.conftest import ApiShop, open_shop
from tests.api.test_wallet import assert_books_are_right, figures, give_back, wallet
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"


@pytest.fixture
def member_id(till: ApiTill) -> str:
    return str(till.enrol(PHONE)["id"])


def pay_in(till: ApiTill, member_id: str, amount: int = 100_000, reference: str = "U-1", **more: Any) -> dict[str, Any]:
    body = {"amount": amount, "reference": reference, **more}
    answer: dict[str, Any] = till.post(f"/members/{member_id}/top-ups", body, status=201)
    return answer


def test_money_paid_in_is_wallet_money_that_earns_nothing(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    made = pay_in(till, member_id, reason="tunai")
    assert (made["amount"], made["status"], made["reference"], made["member_id"]) == (
        100_000,
        "completed",
        "U-1",
        member_id,
    )
    assert made["wallet"] == {"available_amount": 100_000, "pending": [], "held_amount": 0, "expiring": []}
    member = till.get(f"/members/{member_id}")["member"]
    assert (member["purchase_count"], member["points"]["available"]) == (0, 0)
    assert [(e["kind"], e["change"]) for e in till.get(f"/members/{member_id}/ledger")["results"]] == [
        ("top_up", 100_000)
    ]
    sale = till.sell("R-1", line(unit_amount=150_000), member_id=member_id, redeem_wallet_amount=100_000)
    assert (sale["payable_amount"], sale["points_earned"]) == (50_000, 15)
    give_back(till, "R-1", ("1", 1))
    assert figures(till, member_id) == (100_000, 0)
    assert_books_are_right(shop)


def test_it_does_not_expire_unless_the_merchant_says_so(till: ApiTill, member_id: str) -> None:
    pay_in(till, member_id)
    with time_machine.travel(timezone.now() + timedelta(days=4_000), tick=False):
        assert figures(till, member_id) == (100_000, 0)
    other = open_shop("Dengan masa berlaku", settings={"stored_value_valid_months": 6}).till()
    theirs = str(other.enrol(PHONE)["id"])
    pay_in(other, theirs)
    assert len(wallet(other, theirs)["expiring"]) == 1


def test_once_per_till_and_reference(till: ApiTill, colleague: ApiTill, member_id: str) -> None:
    key, body = new_key(), {"amount": 5_000, "reference": "U-1"}
    path = f"/members/{member_id}/top-ups"
    first = till.post(path, body, status=201, key=key)
    assert till.post(path, body, status=201, key=key) == first
    natural = till.send("POST", path, body)
    assert (natural.status_code, natural["Idempotency-Replayed"]) == (200, "natural")
    till.refused("POST", path, {**body, "amount": 6_000}, status=409, code="top_up_conflict")
    other = till.enrol("0813 0000 1111", name="Budi")["id"]
    till.refused("POST", f"/members/{other}/top-ups", body, status=409, code="top_up_conflict")
    colleague.post(path, body, status=201)  # another till counts for itself
    assert figures(till, member_id) == (10_000, 0)


def test_an_unspent_top_up_is_reversed_once(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    pay_in(till, member_id, 40_000, "U-0")
    made = pay_in(till, member_id)
    key = new_key()
    back = till.post(f"/top-ups/{made['id']}/reversal", {"reason": "salah input"}, key=key)
    assert (back["status"], back["wallet"]["available_amount"]) == ("reversed", 40_000)
    assert till.post(f"/top-ups/{made['id']}/reversal", {"reason": "salah input"}, key=key) == back
    till.refused("POST", f"/top-ups/{made['id']}/reversal", {}, status=409, code="top_up_already_reversed")
    natural = till.post(f"/members/{member_id}/top-ups", {"amount": 100_000, "reference": "U-1"})
    assert natural["status"] == "reversed"
    assert_books_are_right(shop)


@pytest.mark.parametrize("used_by", ["sale", "hold"])
def test_a_top_up_that_is_spent_or_held_in_part_stays(
    till: ApiTill, shop: ApiShop, member_id: str, used_by: str
) -> None:
    made = pay_in(till, member_id)
    cart = {"member_id": member_id, "lines": [line(unit_amount=10_000)], "redeem_wallet_amount": 10_000}
    if used_by == "sale":
        till.post("/sales", {**cart, "reference": "R-1"}, status=201)
    else:
        till.post("/quotes", {**cart, "reserve": True})
    problem = till.refused("POST", f"/top-ups/{made['id']}/reversal", {}, status=409, code="top_up_spent")
    assert (problem["available"], problem["needed"]) == (90_000, 100_000)
    assert_books_are_right(shop)


def test_a_blocked_member_pays_nothing_in(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    with merchant_scope(shop.merchant.id):
        Member.objects.filter(merchant_id=shop.merchant.id, id=member_id).update(status="blocked")
    till.refused(
        "POST", f"/members/{member_id}/top-ups", {"amount": 1, "reference": "U-1"}, status=409, code="member_blocked"
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"amount": 0, "reference": "U-1"}, "/amount"),
        ({"amount": -5, "reference": "U-1"}, "/amount"),
        ({"amount": 10**12 + 1, "reference": "U-1"}, "/amount"),
        ({"amount": "5", "reference": "U-1"}, "/amount"),
        ({"amount": 5}, "/reference"),
        ({"amount": 5, "reference": "U\u200b1"}, "/reference"),
        ({"amount": 5, "reference": "U-1", "member": 1}, "/member"),
    ],
)
def test_bad_input_names_its_field(till: ApiTill, member_id: str, body: dict[str, Any], pointer: str) -> None:
    problem = till.refused("POST", f"/members/{member_id}/top-ups", body, status=400, code="validation_error")
    assert problem["errors"][0]["pointer"] == pointer
    assert figures(till, member_id) == (0, 0)


def test_a_top_up_costs_few_statements(
    till: ApiTill, member_id: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pay_in(till, member_id)
    with django_assert_max_num_queries(25):
        pay_in(till, member_id, reference="U-2")


def test_verify_is_clean_after_all_of_it(till: ApiTill, shop: ApiShop, member_id: str) -> None:
    till.post(f"/top-ups/{pay_in(till, member_id)['id']}/reversal", {})
    pay_in(till, member_id, reference="U-2")
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
