"""A member's number typed as another person's phone: a look-up of these digits must mean one member."""

from __future__ import annotations

from typing import Any

import pytest

from members.rules import normalise_phone
from members.rules.numbers import luhn_digit
from tests.api.till import ApiTill

pytestmark = pytest.mark.django_db


def spellings(number: str) -> list[str]:
    return [number, " ".join((number[:4], number[4:8], number[8:])), "-".join((number[:6], number[6:]))]


def found(till: ApiTill, identifier: str) -> Any:
    return till.get("/members", identifier=identifier)["member"]["id"]


def test_a_members_own_number_is_no_ones_phone(till: ApiTill) -> None:
    siti = till.enrol("0812 3456 7890")
    for text in spellings(siti["number"]):
        body = {"name": "Budi", "phone": text, "promo_consent": False}
        problem = till.refused("POST", "/members", body, status=400, code="validation_error")
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/phone", "phone_is_number")]
        assert found(till, text) == siti["id"]


def test_the_plus_distinguishes_the_same_digits_as_a_phone_of_a_country(till: ApiTill) -> None:
    siti = till.enrol("0812 3456 7890")
    budi = till.enrol(f"+62{siti['number']}", name="Budi")
    assert found(till, f"+62{siti['number']}") == budi["id"]
    assert found(till, siti["number"]) == siti["id"]


def test_a_wrong_check_digit_is_a_phone_as_before(till: ApiTill) -> None:
    """The control: twelve digits that no member number can be."""
    siti = till.enrol("0812 3456 7890")
    number = siti["number"][:-1] + str((int(siti["number"][-1]) + 1) % 10)
    budi = till.enrol(number, name="Budi")
    assert found(till, number) == budi["id"] != siti["id"]


def test_a_planned_number_of_that_form_stays_a_phone() -> None:
    """Egypt's mobile numbers with their country code have twelve digits that begin as our cards' do."""
    digits = "20100123456"
    assert normalise_phone(digits + luhn_digit(digits), "EG") == f"+{digits}{luhn_digit(digits)}"
