"""Every reason and every kind in both languages."""

import string
from typing import Any

import pytest

from rewards.engine import REASONS, validate_definition
from rewards.engine.facts import CouponResult, Decision, Hint
from rewards.engine.fields import Problem
from rewards.promotions.wording import (
    Names,
    coupon_message,
    decision_message,
    hint_message,
    named_problem,
    problem_message,
    sentences,
)

SENTENCES = [
    (Decision("p", "P", False, "min_spend_not_met", 37500, 50000),
     "Minimum belanja Rp\u00a050.000; belanja ini Rp\u00a037.500.",
     "Minimum spend Rp\u00a050.000; this purchase has Rp\u00a037.500."),
    (Decision("p", "P", False, "min_qty_not_met", 2, 3),
     "Paling sedikit 3 barang; belanja ini 2.", "At least 3 items; this purchase has 2."),
    (Decision("p", "P", False, "min_qty_not_met", 0, 1),
     "Paling sedikit 1 barang; belanja ini 0.", "At least 1 item; this purchase has 0."),
    (Decision("p", "P", False, "usage_limit_reached", 1, 1),
     "Sudah habis: 1 pemakaian sudah terpakai.", "Used up: the only use is taken."),
    (Decision("p", "P", False, "not_started", "2026-03-05", "2026-08-17"),
     "Berlaku mulai 17 Agu 2026.", "Valid from 17 Aug 2026."),
    (Decision("p", "P", False, "expired", "2026-03-05", "2026-03-04"),
     "Berlaku sampai 4 Mar 2026.", "Valid until 4 Mar 2026."),
    (Decision("p", "P", False, "wrong_tier", "silver", "gold, platinum"),
     "Hanya untuk tingkatan gold, platinum.", "Only for the tiers gold, platinum."),
    (Decision("p", "P", False, "insufficient_points", 450, 1500),
     "Poin tidak cukup: 450 dari 1.500\u00a0poin.", "Not enough points: 450 of 1.500\u00a0points."),
    (Decision("p", "P", False, "usage_limit_reached", 50, 50, "day"),
     "Sudah habis untuk hari ini: 50 pemakaian sudah terpakai.", "Used up for today: all 50 uses are taken."),
    (Decision("p", "P", False, "per_member_limit_reached", 1, 1, "day"),
     "Member ini sudah memakainya 1 dari 1 kali hari ini.", "This member has used it already today."),
    (Decision("p", "P", False, "per_member_limit_reached", 2, 2),
     "Member ini sudah memakainya 2 dari 2 kali.", "This member has used it 2 of 2 times."),
    (Decision("p", "P", True, "applied"), "Berlaku.", "Applied."),
]  # fmt: skip


@pytest.mark.parametrize(("decision", "indonesian", "english"), SENTENCES, ids=[row[0].reason for row in SENTENCES])
def test_decisions_in_words(decision: Decision, indonesian: str, english: str) -> None:
    assert decision_message(decision, currency="IDR", language="id") == indonesian
    assert decision_message(decision, currency="IDR", language="en") == english


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_has_a_sentence_of_its_own_in_both_languages(reason: str) -> None:
    bare = Decision("p", "P", False, reason)
    indonesian = decision_message(bare, currency="IDR", language="id")
    english = decision_message(bare, currency="IDR", language="en")
    assert indonesian != english
    assert all(text[0] in string.ascii_uppercase and text.endswith(".") for text in (indonesian, english))


HINTS: list[tuple[dict[str, Any], str, int, str]] = [
    ({"kind": "amount_off", "value": 20000}, "min_spend_not_met", 12500,
     "Belanja Rp\u00a012.500 lagi untuk potongan Rp\u00a020.000."),
    ({"kind": "percent_off", "value": "12.5"}, "min_spend_not_met", 500,
     "Belanja Rp\u00a0500 lagi untuk diskon 12,5%."),
    ({"kind": "bundle_price", "qty": 3, "price": 70000}, "min_qty_not_met", 1,
     "Tambah 1 lagi untuk 3 seharga Rp\u00a070.000."),
    ({"kind": "gift_line", "gift": {"sku": "t", "name": "Tas"}}, "min_spend_not_met", 1,
     "Belanja Rp\u00a01 lagi untuk gratis 1 x Tas."),
    ({"kind": "cheapest_free"}, "min_qty_not_met", 2, "Tambah 2 lagi untuk gratis barang termurah."),
    ({"kind": "earn_bonus", "points": 1500}, "min_spend_not_met", 1, "Belanja Rp\u00a01 lagi untuk 1.500\u00a0poin."),
    ({"kind": "buy_get", "buy": {"qty": 2}}, "insufficient_free_units", 1, "Tambah 1 lagi untuk Beli 2 gratis 1."),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "reason", "missing", "sentence"), HINTS, ids=[row[0]["kind"] for row in HINTS])
def test_hints_in_words(fields: dict[str, Any], reason: str, missing: int, sentence: str) -> None:
    definition = validate_definition({"id": "p", "title": "Beli 2 gratis 1", **fields})
    assert hint_message(Hint("p", reason, missing), definition, currency="IDR", language="id") == sentence


def test_a_hint_for_a_promotion_that_is_no_longer_known() -> None:
    text = hint_message(Hint("p", "min_spend_not_met", 1000), None, currency="IDR", language="en")
    assert text == "Spend Rp\u00a01.000 more for this promotion."


def test_codes_of_no_use_are_answered_alike() -> None:
    unknown = CouponResult("X", None, "rejected", "coupon_unknown")
    assert coupon_message(unknown, (), currency="IDR", language="id") == "Kode ini tidak bisa dipakai di sini."


def test_a_code_gives_the_reason_of_its_promotion() -> None:
    decision = Decision("p", "P", False, "min_spend_not_met", 1, 2)
    coupon = CouponResult("X", "p", "rejected", "min_spend_not_met")
    assert coupon_message(coupon, (decision,), currency="USD", language="en") == decision_message(
        decision, currency="USD", language="en"
    )


def test_what_only_a_single_coupon_can_be() -> None:
    coupon = CouponResult("X", "p", "rejected", "wrong_member")
    assert coupon_message(coupon, (), currency="IDR", language="id") == "Kupon ini milik member lain."


def test_a_code_used_up_before_the_cart_was_looked_at() -> None:
    coupon = CouponResult("X", "p", "rejected", "usage_limit_reached")
    assert coupon_message(coupon, (), currency="IDR", language="id") == "Sudah habis."


def test_problems_of_a_definition_in_words() -> None:
    problem = Problem("/value", "not_a_percentage", "Give a percentage above 0 and up to 100.")
    assert problem_message(problem, language="id") == "Isi persentase di atas 0 sampai 100."
    assert problem_message(problem, language="en") == problem.message
    special = Problem("/share", "not_a_choice", "Choose one of: by_amount, by_quantity.")
    assert problem_message(special, language="id") == "Pilih salah satu: by_amount, by_quantity."
    assert problem_message(special, language="en") == special.message
    unknown = Problem("/x", "brand_new", "Something new.")
    assert problem_message(unknown, language="id") == unknown.message


def test_problems_name_their_field_as_the_page_does() -> None:
    problem = Problem("/when/hours/0/from", "not_a_time", "Give a time as HH:MM.")
    assert named_problem(problem, language="id") == "Dari jam: Isi jam sebagai HH:MM."
    whole = Problem("", "not_an_object", "A promotion must be an object with named fields.")
    assert named_problem(whole, language="en") == "This must be an object with named fields."


CASHBACK = {"kind": "cashback", "value": 5000, "credit": "wallet"}
COUNTED: list[tuple[dict[str, Any], str, str]] = [
    ({**CASHBACK, "after_days": 1}, "wallet money after 1 day.", "saldo setelah 1 hari."),
    ({**CASHBACK, "after_days": 2}, "wallet money after 2 days.", "saldo setelah 2 hari."),
    ({**CASHBACK, "credit": "points", "after_days": 1}, "points after 1 day.", "poin setelah 1 hari."),
    (
        {"kind": "bundle_price", "qty": 3, "price": 70000, "max_applications": 1},
        "at most 1 time per purchase.",
        "paling banyak 1 kali per belanja.",
    ),
    (
        {"kind": "bundle_price", "qty": 3, "price": 70000, "max_applications": 2},
        "at most 2 times per purchase.",
        "paling banyak 2 kali per belanja.",
    ),
    ({"kind": "new_unit_price", "value": 5000, "max_units": 1}, "At most 1 item of", "Paling banyak 1 barang"),
    ({"kind": "percent_off", "value": 10, "max_units": 1}, "off at most 1 item of", "paling banyak 1 barang dari"),
]


@pytest.mark.parametrize(("fields", "english", "indonesian"), COUNTED, ids=[row[1] for row in COUNTED])
def test_one_is_said_as_one(fields: dict[str, Any], english: str, indonesian: str) -> None:
    definition = validate_definition({"id": "p", "title": "P", **fields})
    for language, ending in (("en", english), ("id", indonesian)):
        first = sentences(definition, currency="IDR", language=language, names=Names())[0]
        assert ending in first


PEOPLE = [
    ({"segments_any": ["active"]}, "Only for the segment active.", "Hanya untuk segmen active."),
    ({"segments_any": ["active", "new"]}, "Only for the segments active, new.", "Hanya untuk segmen active, new."),
    ({"tiers_any": ["gold"]}, "Only for the tier gold.", "Hanya untuk tingkatan gold."),
    ({"tiers_any": ["gold", "silver"]}, "Only for the tiers gold, silver.", "Hanya untuk tingkatan gold, silver."),
    ({"personas_any": ["ibu"]}, "Only for the target group ibu.", "Hanya untuk kelompok sasaran ibu."),
    ({"personas_any": ["a", "b"]}, "Only for the target groups a, b.", "Hanya untuk kelompok sasaran a, b."),
]


@pytest.mark.parametrize(("when", "english", "indonesian"), PEOPLE, ids=[row[1] for row in PEOPLE])
def test_one_name_and_several_are_said_as_such(when: dict[str, Any], english: str, indonesian: str) -> None:
    definition = validate_definition({"id": "p", "title": "P", "kind": "percent_off", "value": 10, "when": when})
    for language, said in (("en", english), ("id", indonesian)):
        assert said in sentences(definition, currency="IDR", language=language, names=Names())


def test_a_refusal_names_one_tier_as_one() -> None:
    one = Decision("p", "P", False, "wrong_tier", "silver", "gold")
    assert decision_message(one, currency="IDR", language="en") == "Only for the tier gold."
    assert decision_message(one, currency="IDR", language="id") == "Hanya untuk tingkatan gold."
