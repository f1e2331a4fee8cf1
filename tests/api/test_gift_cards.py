"""Gift cards at the till: sold, looked at, used in parts over several sales, returned to, taken back."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count, permutations
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.secrets import new_typed_code
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.gift_cards.facts import GiftCardBatchDraft
from rewards.gift_cards.operations import cancel_gift_card, issue_gift_cards, set_gift_card_blocked
from rewards.gift_cards.queries import gift_card_codes, gift_card_figures
from rewards.invariants import verify as verify_rewards
from tests.api.conftest import ApiShop, open_shop
from tests.api.test_wallet import assert_books_are_right, give_back
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"
_serial = count(1)


def sell_card(till: ApiTill, amount: int = 100_000, **more: Any) -> dict[str, Any]:
    body = {"amount": amount, "reference": f"G-{next(_serial)}", **more}
    card: dict[str, Any] = till.post("/gift-cards", body, status=201)
    return card


def today(shop: ApiShop) -> date:
    return shop.merchant.day_of(timezone.now())


def left(till: ApiTill, code: str) -> int:
    card = till.post("/gift-cards/check", {"code": code})["gift_card"]
    return int(card["balance_amount"] - card["held_amount"])


def issue(shop: ApiShop, **fields: Any) -> list[str]:
    """Issue a batch and return its codes."""
    asked: dict[str, Any] = {
        "title": "Lebaran",
        "amount": 50_000,
        "count": 2,
        "needs_activation": False,
        "paid": False,
        "expires_on": None,
        "reason": "Hadiah pelanggan",
        **fields,
    }
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        batch = issue_gift_cards(
            merchant=shop.merchant, draft=GiftCardBatchDraft(**asked), at=now, business_date=today(shop), actor=SYSTEM
        )
        cards = gift_card_codes(merchant=shop.merchant, batch_id=batch, at=now, today=today(shop))
    return [card.code or "" for card in cards]


def assert_all_books_are_right(shop: ApiShop) -> None:
    assert_books_are_right(shop)
    with merchant_scope(shop.merchant.id):
        assert verify_rewards(merchant=shop.merchant) == []


# --- selling -----------------------------------------------------------------------------------------------------


def test_a_card_sold_at_the_till_carries_its_money_and_earns_nothing(till: ApiTill, shop: ApiShop) -> None:
    card = sell_card(till)
    assert len(card["code"]) == 13
    assert card["code_masked"] == f"****{card['code'][-4:]}"
    assert (card["status"], card["balance_amount"], card["expires_on"]) == ("active", 100_000, None)
    typed = f"{card['code'][:4]}-{card['code'][4:8]} {card['code'][8:]}".lower()
    check = till.post("/gift-cards/check", {"code": typed})
    assert check == {"usable": True, "gift_card": {name: card[name] for name in card if name != "code"}}
    with merchant_scope(shop.merchant.id):
        assert gift_card_figures(merchant=shop.merchant).outstanding_amount == 100_000
    assert_all_books_are_right(shop)


def test_once_per_till_and_reference(till: ApiTill, colleague: ApiTill) -> None:
    key, body = new_key(), {"amount": 50_000, "reference": "G-1"}
    first = till.post("/gift-cards", body, status=201, key=key)
    assert till.post("/gift-cards", body, status=201, key=key) == first
    natural = till.send("POST", "/gift-cards", body)
    assert (natural.status_code, natural["Idempotency-Replayed"]) == (200, "natural")
    assert first["code"].encode() in natural.content
    till.refused("POST", "/gift-cards", {**body, "amount": 60_000}, status=409, code="gift_card_conflict")
    assert colleague.post("/gift-cards", body, status=201)["id"] != first["id"]


def test_a_printed_card_is_worth_nothing_until_it_is_sold(till: ApiTill, shop: ApiShop) -> None:
    code, other = issue(shop, needs_activation=True)
    assert till.post("/gift-cards/check", {"code": code})["reason"] == "gift_card_inactive"
    cart = {"reference": "R-1", "lines": [line()], "gift_card_codes": [code]}
    till.refused("POST", "/sales", cart, status=409, code="gift_card_not_usable")
    wrong = {"amount": 60_000, "reference": "G-90", "code": code}
    refused = till.refused("POST", "/gift-cards", wrong, status=409, code="gift_card_not_usable")
    assert refused["gift_cards"][0]["reason"] == "gift_card_other_amount"
    sold = till.post("/gift-cards", {**wrong, "amount": 50_000}, status=201)
    assert (sold["code"], sold["balance_amount"]) == (code, 50_000)
    again = {"amount": 50_000, "reference": "G-91", "code": code}
    refused = till.refused("POST", "/gift-cards", again, status=409, code="gift_card_not_usable")
    assert refused["gift_cards"][0]["reason"] == "gift_card_sold_before"
    assert till.post("/gift-cards/check", {"code": other})["usable"] is False
    assert_all_books_are_right(shop)


def test_a_batch_may_have_a_title_as_long_as_its_form_takes(till: ApiTill, shop: ApiShop) -> None:
    code, _ = issue(shop, title="Lebaran" * 17)
    assert left(till, code) == 50_000
    assert_all_books_are_right(shop)


def test_an_unspent_card_is_taken_back_once(till: ApiTill, shop: ApiShop) -> None:
    card, used = sell_card(till), sell_card(till)
    back = till.post(f"/gift-cards/{card['id']}/reversal")
    assert (back["status"], back["balance_amount"]) == ("cancelled", 0)
    till.refused("POST", f"/gift-cards/{card['id']}/reversal", status=409, code="gift_card_already_reversed")
    assert till.post("/gift-cards/check", {"code": card["code"]})["reason"] == "gift_card_cancelled"
    till.sell("R-1", gift_card_codes=[used["code"]])
    problem = till.refused("POST", f"/gift-cards/{used['id']}/reversal", status=409, code="gift_card_spent")
    assert (problem["available"], problem["needed"]) == (75_000, 100_000)
    assert_all_books_are_right(shop)


# --- as payment --------------------------------------------------------------------------------------------------


def test_a_card_pays_in_parts_without_a_member(till: ApiTill, shop: ApiShop) -> None:
    card = sell_card(till, 60_000)
    cart = {"lines": [line(unit_amount=40_000)], "gift_card_codes": [card["code"]]}
    quote = till.post("/quotes", cart)
    assert (quote["gift_card_to_redeem_amount"], quote["payable_amount"]) == (40_000, 0)
    assert quote["gift_cards"] == [
        {"code_masked": card["code_masked"], "status": "used", "used_amount": 40_000, "balance_left_amount": 20_000}
    ]
    sale = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    assert sale["gift_cards"] == quote["gift_cards"]
    assert (sale["gift_card_redeemed_amount"], sale["payable_amount"], sale["total_amount"]) == (40_000, 0, 40_000)
    second = till.post("/sales", {**cart, "reference": "R-2"}, status=201)
    assert (second["gift_card_redeemed_amount"], second["payable_amount"]) == (20_000, 20_000)
    assert till.get("/sales/R-2") == second
    refused = till.refused("POST", "/sales", {**cart, "reference": "R-3"}, status=409, code="gift_card_not_usable")
    assert refused["gift_cards"] == [{"code_masked": card["code_masked"], "reason": "gift_card_empty"}]
    assert_all_books_are_right(shop)


def test_cards_come_after_wallet_money_in_the_order_given_and_lower_no_earnings(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)["id"]
    till.post(f"/members/{member}/top-ups", {"amount": 10_000, "reference": "U-1"}, status=201)
    first, second, third = (sell_card(till, 30_000) for _ in range(3))
    cart = {
        "member_id": member,
        "lines": [line("1", unit_amount=33_333), line("2", unit_amount=26_667)],
        "redeem_wallet_amount": 10_000,
        "gift_card_codes": [second["code"], first["code"], third["code"]],
    }
    sale = till.post("/sales", {**cart, "reference": "R-1"}, status=201)
    assert [(use["status"], use["used_amount"], use["balance_left_amount"]) for use in sale["gift_cards"]] == [
        ("used", 30_000, 0),
        ("used", 20_000, 10_000),
        ("not_needed", 0, 30_000),
    ]
    assert (sale["wallet_redeemed_amount"], sale["payable_amount"], sale["points_earned"]) == (10_000, 0, 6)
    assert sale["discounts"] == []
    assert_all_books_are_right(shop)


def test_a_reserved_quote_holds_the_card_until_it_is_released_or_lapses(till: ApiTill, colleague: ApiTill) -> None:
    card = sell_card(till, 30_000)
    cart = {"lines": [line()], "gift_card_codes": [card["code"]]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    assert left(till, card["code"]) == 5_000
    other = colleague.post("/sales", {**cart, "reference": "C-1"}, status=201)
    assert (other["gift_card_redeemed_amount"], other["payable_amount"]) == (5_000, 20_000)
    refused = colleague.refused("POST", "/sales", {**cart, "reference": "C-2"}, status=409, code="gift_card_not_usable")
    assert refused["gift_cards"][0]["reason"] == "gift_card_held"
    sale = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    assert (sale["gift_card_redeemed_amount"], sale["payable_amount"], sale["warnings"]) == (25_000, 0, [])
    full = sell_card(till, 25_000)
    cart = {"lines": [line()], "gift_card_codes": [full["code"]]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    till.post(f"/quotes/{quote['quote_id']}/release", status=204)
    assert left(till, full["code"]) == 25_000
    late = till.post("/quotes", {**cart, "reserve": True})
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert left(till, full["code"]) == 25_000
        sale = till.post("/sales", {**cart, "reference": "R-2", "quote_id": late["quote_id"]}, status=201)
        assert (sale["gift_card_redeemed_amount"], sale["warnings"]) == (25_000, [])


def test_a_card_that_is_not_needed_is_not_held(till: ApiTill, shop: ApiShop) -> None:
    first, second = sell_card(till, 30_000), sell_card(till, 30_000)
    cart = {"lines": [line()], "gift_card_codes": [first["code"], second["code"]]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    assert [(use["status"], use["used_amount"]) for use in quote["gift_cards"]] == [("used", 25_000), ("not_needed", 0)]
    assert (left(till, first["code"]), left(till, second["code"])) == (5_000, 30_000)
    sale = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    assert (sale["gift_cards"], sale["warnings"]) == (quote["gift_cards"], [])
    assert_all_books_are_right(shop)


def test_a_quote_says_that_a_refused_card_pays_nothing(till: ApiTill) -> None:
    card = sell_card(till)
    till.post(f"/gift-cards/{card['id']}/reversal")
    quote = till.post("/quotes", {"lines": [line()], "gift_card_codes": [card["code"]]})
    [use] = quote["gift_cards"]
    assert (use["status"], use["used_amount"], use["reason"]) == ("rejected", 0, "gift_card_cancelled")
    assert (quote["gift_card_to_redeem_amount"], quote["payable_amount"]) == (0, 25_000)


def test_a_changed_cart_frees_what_its_quote_held_on_a_card(till: ApiTill, shop: ApiShop) -> None:
    card, other = sell_card(till, 30_000), sell_card(till, 30_000)
    quote = till.post("/quotes", {"lines": [line()], "gift_card_codes": [card["code"]], "reserve": True})
    sale = till.sell("R-1", gift_card_codes=[other["code"]], quote_id=quote["quote_id"])
    assert [w["code"] for w in sale["warnings"]] == ["quote_changed"]
    assert (left(till, card["code"]), left(till, other["code"])) == (30_000, 5_000)
    assert_all_books_are_right(shop)


def test_a_paid_sale_is_kept_when_the_card_was_spent_meanwhile(
    till: ApiTill, colleague: ApiTill, shop: ApiShop
) -> None:
    card = sell_card(till, 30_000)
    cart = {"lines": [line()], "gift_card_codes": [card["code"]]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    till.post(f"/quotes/{quote['quote_id']}/release", status=204)
    colleague.post("/sales", {**cart, "reference": "C-1"}, status=201)
    paid = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    assert [w["code"] for w in paid["warnings"]] == ["gift_card_missing"]
    assert "20.000" in paid["warnings"][0]["message"]
    assert [use["used_amount"] for use in paid["gift_cards"]] == [5_000]
    back = give_back(till, "R-1", ("1", 1))["refund"]
    assert (back["gift_card_returned_amount"], back["amount"]) == (5_000, 0)
    assert left(till, card["code"]) == 5_000
    assert_all_books_are_right(shop)


@pytest.mark.gate
def test_returns_in_every_order_go_back_to_the_cards(till: ApiTill, shop: ApiShop) -> None:
    first, second = sell_card(till, 20_000), sell_card(till, 25_000)
    steps = [(("1", 1),), (("1", 2),), (("2", 1),), (("3", 1),)]
    lines = (line("1", quantity=3, unit_amount=3_333), line("2", unit_amount=10_007), line("3", unit_amount=29_993))
    for n, order in enumerate(permutations(steps)):
        sale = till.sell(f"R-{n}", *lines, gift_card_codes=[first["code"], second["code"]])
        assert (sale["gift_card_redeemed_amount"], sale["payable_amount"]) == (45_000, 4_999)
        back = [give_back(till, f"R-{n}", *step)["refund"] for step in order]
        assert sum(r["gift_card_returned_amount"] for r in back) == 45_000
        assert all(r["amount"] + r["gift_card_returned_amount"] == r["goods_amount"] for r in back)
        assert (left(till, first["code"]), left(till, second["code"])) == (20_000, 25_000)
    till.sell("V-1", *lines, gift_card_codes=[first["code"], second["code"]])
    give_back(till, "V-1", ("3", 1))
    till.post("/sales/V-1/void", {})
    assert (left(till, first["code"]), left(till, second["code"])) == (20_000, 25_000)
    assert_all_books_are_right(shop)


def test_an_expired_card_pays_nothing_and_what_comes_back_to_it_lives_a_while(till: ApiTill, shop: ApiShop) -> None:
    last_day = today(shop) + timedelta(days=2)
    code = issue(shop, expires_on=last_day)[0]
    till.sell("R-1", line(unit_amount=30_000), gift_card_codes=[code])
    with time_machine.travel(timezone.now() + timedelta(days=5), tick=False):
        cart = {"reference": "R-2", "lines": [line()], "gift_card_codes": [code]}
        refused = till.refused("POST", "/sales", cart, status=409, code="gift_card_not_usable")
        assert refused["gift_cards"][0]["reason"] == "gift_card_expired"
        give_back(till, "R-1", ("1", 1))
        check = till.post("/gift-cards/check", {"code": code})
        assert (check["usable"], check["gift_card"]["balance_amount"]) == (True, 30_000)
        assert date.fromisoformat(check["gift_card"]["expires_on"]) == last_day + timedelta(
            days=3 + shop.merchant.return_grace_days
        )
        assert_all_books_are_right(shop)


def test_the_merchant_may_let_cards_expire(db: None) -> None:
    till = open_shop("Dengan masa berlaku", settings={"stored_value_valid_months": 12}).till()
    assert sell_card(till)["expires_on"] is not None


def test_a_blocked_and_a_cancelled_card_pay_nothing(till: ApiTill, shop: ApiShop) -> None:
    card = sell_card(till)
    cart = {"lines": [line()], "gift_card_codes": [card["code"]]}
    till.post("/sales", {**cart, "reference": "R-1"}, status=201)
    staff: dict[str, Any] = {"merchant": shop.merchant, "card_id": card["id"], "reason": "hilang", "at": timezone.now()}
    for blocked, usable in ((True, False), (False, True)):
        with merchant_scope(shop.merchant.id):
            set_gift_card_blocked(**staff, blocked=blocked, actor=SYSTEM)
        assert till.post("/gift-cards/check", {"code": card["code"]})["usable"] is usable
    with merchant_scope(shop.merchant.id):
        assert cancel_gift_card(**staff, business_date=today(shop), actor=SYSTEM) == 75_000
    assert till.post("/gift-cards/check", {"code": card["code"]})["reason"] == "gift_card_cancelled"
    give_back(till, "R-1", ("1", 1))  # a customer brings goods back: for staff to decide
    check = till.post("/gift-cards/check", {"code": card["code"]})
    assert (check["reason"], check["gift_card"]["balance_amount"]) == ("gift_card_blocked", 25_000)
    assert_all_books_are_right(shop)


def test_guessing_codes_closes_them(till: ApiTill) -> None:
    for _ in range(10):
        till.post("/gift-cards/check", {"code": new_typed_code()})
    problem = till.refused("POST", "/gift-cards/check", {"code": "x"}, status=429, code="too_many_attempts")
    assert problem["retryable"] is True
    cart = {"lines": [line()], "gift_card_codes": ["K7QH2M4TX9CDR"]}
    till.refused("POST", "/quotes", cart, status=429, code="too_many_attempts")
    till.refused("POST", "/sales", {**cart, "reference": "R-1"}, status=429, code="too_many_attempts")
    printed = {"amount": 1, "reference": "G-1", "code": "K7QH2M4TX9CDR"}
    till.refused("POST", "/gift-cards", printed, status=429, code="too_many_attempts")
    till.sell("R-1")


def test_guesses_in_carts_and_sales_of_printed_cards_count_too(till: ApiTill) -> None:
    for n in range(4):
        till.post("/quotes", {"lines": [line()], "gift_card_codes": [new_typed_code()]})
        body = {"amount": 1, "reference": f"G-{n}", "code": new_typed_code()}
        till.refused("POST", "/gift-cards", body, status=409, code="gift_card_not_usable")
    for n in range(2):
        cart = {"reference": f"R-{n}", "lines": [line()], "gift_card_codes": [new_typed_code()]}
        till.refused("POST", "/sales", cart, status=409, code="gift_card_not_usable")
    till.refused("POST", "/gift-cards/check", {"code": "x"}, status=429, code="too_many_attempts")


def test_a_paid_sale_passes_closed_codes(till: ApiTill) -> None:
    card = sell_card(till)
    cart = {"lines": [line()], "gift_card_codes": [card["code"]]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    for _ in range(10):
        till.post("/gift-cards/check", {"code": new_typed_code()})
    other = {**cart, "gift_card_codes": [new_typed_code()], "reference": "R-0", "quote_id": quote["quote_id"]}
    till.refused("POST", "/sales", other, status=429, code="too_many_attempts")
    till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)


def test_a_card_named_twice_counts_once(till: ApiTill) -> None:
    card = sell_card(till, 10_000)
    sale = till.sell("R-1", gift_card_codes=[card["code"], card["code"].lower()])
    assert (sale["gift_card_redeemed_amount"], len(sale["gift_cards"])) == (10_000, 1)


def test_a_sale_with_a_card_costs_few_statements(
    till: ApiTill, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    member, card = till.enrol(PHONE)["id"], sell_card(till)
    till.sell("R-0", member_id=member)
    with django_assert_max_num_queries(38):
        till.sell("R-1", line("1"), line("2"), member_id=member, gift_card_codes=[card["code"]])
