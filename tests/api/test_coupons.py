"""Coupon codes: checked, used once, and not to be guessed (T73)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import override_settings
from limits import RateLimitItemPerHour

from common.secrets import CROCKFORD, new_typed_code
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from pos_integration import throttles
from pos_integration.throttles import CodeGuard, code_guard
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

NOWHERE = "redis://127.0.0.1:1/0"


def test_a_single_use_coupon_is_used_once(till: ApiTill, colleague: ApiTill, shop: ApiShop) -> None:
    code = shop.coupon(percent=20)
    check = till.post("/coupons/check", {"code": f" {code[:6]}-{code[6:].lower()} "})
    assert check["usable"] is True
    assert check["coupon"]["uses_left"] == 1
    sale = till.sell("R-1", coupon_codes=[code])
    assert (sale["discount_amount"], sale["coupons"][0]["status"]) == (5_000, "applied")
    problem = colleague.refused(
        "POST",
        "/sales",
        {"reference": "C-1", "lines": [line()], "coupon_codes": [code]},
        status=409,
        code="coupon_not_usable",
    )
    assert problem["coupons"] == [{"code": code, "reason": "usage_limit_reached"}]
    assert till.post("/coupons/check", {"code": code})["reason"] == "usage_limit_reached"


def test_a_bound_coupon_is_for_its_member(till: ApiTill, shop: ApiShop) -> None:
    siti, budi = till.enrol("0812 3456 7890"), till.enrol("0813 0000 1111", name="Budi")
    code = shop.coupon(member_id=siti["id"])
    for who in ({}, {"member_id": budi["id"]}):
        till.refused(
            "POST",
            "/sales",
            {"reference": "R-1", "lines": [line()], "coupon_codes": [code], **who},
            status=409,
            code="coupon_not_usable",
        )
    sale = till.sell("R-1", coupon_codes=[code], member_id=siti["id"])
    assert sale["discount_amount"] == 2_500


def test_a_reserved_coupon_is_held_for_its_till(till: ApiTill, colleague: ApiTill, shop: ApiShop) -> None:
    code = shop.coupon()
    cart = {"lines": [line()], "coupon_codes": [code]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    colleague.refused("POST", "/sales", {**cart, "reference": "C-1"}, status=409, code="coupon_not_usable")
    sale = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    assert (sale["discount_amount"], sale["warnings"]) == (2_500, []), "its own hold is not in its way"
    assert till.post("/coupons/check", {"code": code})["reason"] == "usage_limit_reached"


def test_ten_unknown_codes_a_minute_close_unknown_ones_at_that_till_alone(
    till: ApiTill, colleague: ApiTill, stranger: ApiTill, shop: ApiShop, other_shop: ApiShop
) -> None:
    """B77: the codes of honest customers go on; unknown, foreign and malformed ones are refused alike."""
    for n in range(10):
        assert till.post("/coupons/check", {"code": f"WRONG{n}"})["usable"] is False
    for code in (new_typed_code(), other_shop.coupon(), "WRONG", "8991234567893", "?"):
        closed = till.send("POST", "/coupons/check", {"code": code})
        assert closed.status_code == 429
        assert 0 < int(closed["Retry-After"]) <= 15 * 60
        cart = {"lines": [line()], "coupon_codes": [code]}
        till.refused("POST", "/quotes", cart, status=429, code="too_many_attempts")
        till.refused("POST", "/sales", {**cart, "reference": "R-1"}, status=429, code="too_many_attempts")
        assert colleague.post("/coupons/check", {"code": code})["usable"] is False
    code = shop.coupon()
    assert till.post("/coupons/check", {"code": code})["usable"] is True
    cart = {"lines": [line()], "coupon_codes": [code]}
    assert till.post("/quotes", cart)["discount_amount"] == till.sell("R-2", coupon_codes=[code])["discount_amount"]
    till.sell("R-3")
    with merchant_scope(shop.merchant.id):
        entry = AuditEntry.objects.get(merchant_id=shop.merchant.id, action="till.coupon_codes_closed")
    assert entry.subject_id == till.till_id


def test_who_goes_on_guessing_closes_all_codes_of_the_till(
    till: ApiTill, colleague: ApiTill, shop: ApiShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes that exist go on only so long: each try while unknown ones are closed counts towards a second bound."""
    few = replace(throttles.ALL_CODES, windows=(RateLimitItemPerHour(14, namespace="all-codes"),))
    monkeypatch.setattr(throttles, "ALL_CODES", few)
    code = shop.coupon()
    cart = {"lines": [line()], "coupon_codes": [code]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    for n in range(10):
        till.post("/coupons/check", {"code": f"WRONG{n}"})
    for _ in range(4):
        assert till.post("/coupons/check", {"code": code})["coupon"]
        till.refused("POST", "/coupons/check", {"code": new_typed_code()}, status=429, code="too_many_attempts")
    till.refused("POST", "/coupons/check", {"code": code}, status=429, code="too_many_attempts")
    till.refused("POST", "/quotes", cart, status=429, code="too_many_attempts")
    till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    assert colleague.post("/coupons/check", {"code": code})["reason"] == "usage_limit_reached"


def test_a_wrong_check_symbol_does_not_count(till: ApiTill) -> None:
    """A cashier who scans goods into the field for coupons: most EAN-13 fail the check symbol of a code."""
    for n in range(40):
        code = misread(new_typed_code())
        assert till.post("/coupons/check", {"code": f"{code[:6]}-{code[6:]}".lower()})["reason"] == "coupon_unknown"
        till.post("/quotes", {"lines": [line()], "coupon_codes": [code]})
        body = {"reference": f"R-{n}", "lines": [line()], "coupon_codes": [code]}
        till.refused("POST", "/sales", body, status=409, code="coupon_not_usable")
    for n in range(10):
        assert till.post("/coupons/check", {"code": new_typed_code()})["reason"] == "coupon_unknown", n
    till.refused("POST", "/coupons/check", {"code": new_typed_code()}, status=429, code="too_many_attempts")


def misread(code: str) -> str:
    """The code with another check symbol."""
    return code[:-1] + CROCKFORD[(CROCKFORD.index(code[-1]) + 1) % 32]


@pytest.mark.parametrize(
    ("language", "message", "cashier"),
    [
        ("en", "This is a gift card. Enter it as a gift card.", "a gift card: enter it as one"),
        ("id", "Ini gift card. Masukkan sebagai gift card.", "gift card: masukkan di kolomnya"),
    ],
)
def test_a_gift_card_in_the_field_for_coupons_is_said_to_be_that(
    till: ApiTill, other_shop: ApiShop, language: str, message: str, cashier: str
) -> None:
    """B57; it does not count either. Another merchant's card is a code that nothing has."""
    till.language = language
    code = till.post("/gift-cards", {"amount": 50_000, "reference": "G-1"}, status=201)["code"]
    cart = {"lines": [line()], "coupon_codes": [code]}
    for n in range(5):
        check = till.post("/coupons/check", {"code": code.lower()})
        assert (check["usable"], check["reason"], check["message"]) == (False, "coupon_is_gift_card", message)
        [quoted] = till.post("/quotes", cart)["coupons"]
        assert (quoted["reason"], quoted["message"]) == ("coupon_is_gift_card", message)
        body = {**cart, "reference": f"R-{n}"}
        problem = till.refused("POST", "/sales", body, status=409, code="coupon_not_usable")
        assert problem["cashier_message"] == f"{code}: {cashier}"
    assert other_shop.till().post("/coupons/check", {"code": code})["reason"] == "coupon_unknown"


def test_a_coupon_in_the_field_for_gift_cards_is_said_to_be_that(till: ApiTill, shop: ApiShop) -> None:
    code = shop.coupon()
    cart = {"lines": [line()], "gift_card_codes": [code, new_typed_code()]}
    first, second = till.post("/quotes", cart)["gift_cards"]
    assert (first["reason"], first["message"]) == (
        "gift_card_is_coupon",
        "This is a coupon code. Enter it as a coupon.",
    )
    assert second["reason"] == "gift_card_unknown"
    assert till.post("/gift-cards/check", {"code": code})["reason"] == "gift_card_is_coupon"
    problem = till.refused("POST", "/sales", {**cart, "reference": "R-1"}, status=409, code="gift_card_not_usable")
    assert [card["reason"] for card in problem["gift_cards"]] == ["gift_card_is_coupon", "gift_card_unknown"]


def test_codes_tried_in_quotes_and_sales_count_too(till: ApiTill) -> None:
    for n in range(5):
        till.post("/quotes", {"lines": [line()], "coupon_codes": [f"WRONG{n}"]})
        till.refused(
            "POST",
            "/sales",
            {"reference": f"R-{n}", "lines": [line()], "coupon_codes": [f"WRONG{n}"]},
            status=409,
            code="coupon_not_usable",
        )
    till.refused("POST", "/coupons/check", {"code": "X"}, status=429, code="too_many_attempts")


def test_a_paid_sale_passes_while_the_codes_are_closed(till: ApiTill, shop: ApiShop) -> None:
    code = shop.coupon()
    cart = {"lines": [line()], "coupon_codes": [code]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    for n in range(10):
        till.post("/coupons/check", {"code": f"WRONG{n}"})
    guess = {"lines": [line()], "coupon_codes": ["WRONG"], "quote_id": quote["quote_id"], "reference": "R-1"}
    till.refused("POST", "/sales", guess, status=429, code="too_many_attempts")
    till.post("/sales", {**cart, "quote_id": quote["quote_id"], "reference": "R-1"}, status=201)


def test_right_codes_never_count(till: ApiTill, shop: ApiShop) -> None:
    code = shop.coupon()
    for _ in range(15):
        assert till.post("/coupons/check", {"code": code})["usable"] is True


def test_without_redis_the_gate_still_closes(till: ApiTill) -> None:
    """T30: the process counts on by itself; the till does not notice."""
    code_guard.cache_clear()
    try:
        with override_settings(REDIS_URL=NOWHERE):
            for n in range(10):
                till.post("/coupons/check", {"code": f"WRONG{n}"})
            till.refused("POST", "/coupons/check", {"code": "X"}, status=429, code="too_many_attempts")
            till.sell("R-1")
            assert till.ok("GET", "/health")["status"] == "degraded"
    finally:
        code_guard.cache_clear()


@pytest.mark.parametrize("failures", [9, 10])
def test_the_count_is_kept_when_redis_goes_away(till: ApiTill, failures: int) -> None:
    from merchants.queries import till_for_key  # noqa: PLC0415

    credential = till_for_key(till.key)
    assert credential is not None
    guard = code_guard()
    for _ in range(failures):
        guard.count_failure(credential)
    gone = CodeGuard(NOWHERE)
    gone._local = guard._local
    assert (gone.seconds_closed(credential) > 0) == (failures == 10)


def test_a_thousand_failures_an_hour_raise_the_merchants_alarm_and_close_each_guessing_till_at_once(
    shop: ApiShop, other_shop: ApiShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guessing from many tills: beyond the merchant's bound one wrong code closes its till, right codes go on."""
    few = replace(throttles.ALL_CODES, alarm=RateLimitItemPerHour(18, namespace="codes-alarm"))
    monkeypatch.setattr(throttles, "ALL_CODES", few)
    tills = [shop.second_till(str(n)) for n in range(4)]
    for till in tills[:2]:
        for n in range(9):
            till.post("/coupons/check", {"code": f"WRONG{n}"})
    code = shop.coupon()
    for till in tills[2:]:
        assert till.post("/coupons/check", {"code": code})["usable"] is True
        till.post("/coupons/check", {"code": "WRONG"})
        till.refused("POST", "/coupons/check", {"code": code}, status=429, code="too_many_attempts")
    for till in tills[:2]:
        assert till.post("/coupons/check", {"code": code})["usable"] is True
    stranger = other_shop.till()
    stranger.post("/coupons/check", {"code": "WRONG"})
    assert stranger.post("/coupons/check", {"code": "WRONG"})["usable"] is False
    with merchant_scope(shop.merchant.id):
        entries = AuditEntry.objects.filter(merchant_id=shop.merchant.id)
        assert entries.filter(action="till.coupon_codes_alarm").count() == 1
        assert entries.filter(action="till.coupon_codes_closed").count() == 2


def test_unknown_foreign_and_malformed_codes_get_one_answer(till: ApiTill, other_shop: ApiShop) -> None:
    foreign = other_shop.coupon()
    answers = []
    for code in (foreign, "K7QH2M4TX9CDR", "?", "\u2603" * 20, "A" * 64):
        answer = till.post("/coupons/check", {"code": code})
        assert answer.pop("code") == code
        answers.append(answer)
    assert len({str(answer) for answer in answers}) == 1
    assert set(answers[0]) == {"usable", "reason", "message"}
