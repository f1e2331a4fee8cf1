"""A code is called usable only when all but the cart allows it (B16, D17), and a 409 names the code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.utils.translation import gettext, override

from merchants.facts import SYSTEM
from merchants.operations import add_outlet, add_till
from merchants.tenancy import merchant_scope
from pos_integration.coupon_reasons import COUPON_REASONS
from pos_integration.problem_shape import CASHIER_MESSAGE_LENGTH
from rewards.coupons.operations import create_coupon_batch
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
SATURDAY = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
"""Noon in Jakarta."""


@pytest.fixture(autouse=True)
def _saturday_noon() -> Any:
    with time_machine.travel(SATURDAY, tick=False):
        yield


def code_of(shop: ApiShop, member_id: str | None = None, **offer: Any) -> str:
    with merchant_scope(shop.merchant.id):
        batch = create_coupon_batch(
            merchant=shop.merchant, title="10 %", definition={"kind": "percent_off", "value": 10, **offer}, at=SATURDAY
        )
    return shop.coupon(batch_id=batch, member_id=UUID(member_id) if member_id else None)


def check(till: ApiTill, code: str, **who: Any) -> dict[str, Any]:
    answer: dict[str, Any] = till.post("/coupons/check", {"code": code, **who})
    return answer


def sale_is_refused(till: ApiTill, code: str, **who: Any) -> bool:
    body = {"reference": f"X-{code[:6]}", "lines": [line(unit_amount=500_000)], "coupon_codes": [code], **who}
    return till.send("POST", "/sales", body).status_code == 409


AGAINST: dict[str, list[dict[str, Any]]] = {
    "outside_hours": [{"weekdays": [1]}, {"hours": [{"from": "08:00", "to": "12:00"}]}],
    "not_started": [{"valid_from": "2026-11-29"}],
    "expired": [{"valid_to": "2026-11-27"}],
    "member_required": [{"members_only": True}],
    "wrong_outlet": [{"outlets": ["00000000-0000-0000-0000-000000000001"]}],
}


@pytest.mark.parametrize(("reason", "when"), [(reason, when) for reason, all_ in AGAINST.items() for when in all_])
def test_what_does_not_depend_on_the_cart_is_said_before_there_is_one(
    till: ApiTill, shop: ApiShop, reason: str, when: dict[str, Any]
) -> None:
    code = code_of(shop, when=when)
    answer = check(till, code)
    assert (answer["usable"], answer["reason"]) == (False, reason)
    assert answer["message"]
    assert sale_is_refused(till, code)


IN_FAVOUR = [
    {"weekdays": [6]},
    {"hours": [{"from": "11:00", "to": "13:00"}]},
    {"valid_from": "2026-11-28"},
    {"valid_to": "2026-11-28"},
    {"min_subtotal": 400_000},
]


@pytest.mark.parametrize("when", IN_FAVOUR)
def test_what_is_open_now_is_usable_and_a_sale_takes_it(till: ApiTill, shop: ApiShop, when: dict[str, Any]) -> None:
    code = code_of(shop, when=when)
    assert check(till, code)["usable"] is True
    assert not sale_is_refused(till, code)


def test_days_are_those_of_the_offer_too(till: ApiTill, shop: ApiShop) -> None:
    coupon = check(till, code_of(shop, when={"valid_from": "2026-11-29", "valid_to": "2026-12-24"}))["coupon"]
    assert (coupon["valid_from"], coupon["valid_until"]) == ("2026-11-29", "2026-12-24")


def test_a_bound_coupon_asks_for_its_member(till: ApiTill, shop: ApiShop) -> None:
    siti, budi = till.enrol("0812 3456 7890")["id"], till.enrol("0813 0000 1111", name="Budi")["id"]
    code = code_of(shop, siti)
    assert check(till, code)["reason"] == "member_required"
    assert check(till, code, member_id=budi)["reason"] == "wrong_member"
    assert check(till, code, member_id=siti)["usable"] is True


def test_a_limit_that_is_used_up(till: ApiTill, shop: ApiShop) -> None:
    siti = till.enrol("0812 3456 7890")["id"]
    with merchant_scope(shop.merchant.id):
        batch = create_coupon_batch(
            merchant=shop.merchant,
            title="sekali",
            at=SATURDAY,
            max_uses=5,
            definition={"kind": "percent_off", "value": 10, "usage": {"per_member_limit": 1}},
        )
    code = shop.coupon(batch_id=batch)
    till.sell("R-1", coupon_codes=[code], member_id=siti)
    assert check(till, code, member_id=siti)["reason"] == "per_member_limit_reached"


def test_the_day_is_the_outlets(shop: ApiShop) -> None:
    """17.30 in Jakarta on Saturday the 28th is Sunday already in an outlet far to the east."""
    with merchant_scope(shop.merchant.id):
        east = add_outlet(
            merchant=shop.merchant, name="Auckland", timezone="Pacific/Auckland", at=SATURDAY, actor=SYSTEM
        )
        till_id = add_till(merchant=shop.merchant, outlet_id=east.id, name="K1", at=SATURDAY, actor=SYSTEM)
    here, there = shop.till(), ApiShop(shop.merchant, east.id, till_id).till()
    with time_machine.travel(SATURDAY + timedelta(hours=6), tick=False):
        sunday = code_of(shop, when={"weekdays": [7]})
        assert check(here, sunday)["usable"] is False
        assert check(there, sunday)["usable"] is True
        assert not sale_is_refused(there, sunday)


def test_conditions_are_given_as_sentences_and_as_fields(till: ApiTill, shop: ApiShop) -> None:
    when = {"min_subtotal": 400_000, "weekdays": [6, 7], "hours": [{"from": "11:00", "to": "13:00"}]}
    code = code_of(shop, when=when, filter={"categories": ["minuman"]})
    found = check(till, code)["coupon"]["conditions"]
    assert found["fields"] == {**when, "filter": {"categories": ["minuman"]}}
    assert len(found["sentences"]) == 4, found
    assert any("400.000" in sentence for sentence in found["sentences"])


def test_conditions_name_members_and_outlets(till: ApiTill, shop: ApiShop) -> None:
    code = code_of(shop, when={"members_only": True, "outlets": [str(shop.outlet_id)]})
    till.language = "en"
    answer = check(till, code)
    assert (answer["usable"], answer["reason"]) == (False, "member_required")
    outlet = till.get("/program")["outlet"]["name"]
    assert answer["coupon"]["conditions"]["sentences"] == ["Only for members.", f"At {outlet}."]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("code", ["HEMAT20", "K7QH-2M4T-X9CDR", "X" * 64])
def test_a_refusal_names_the_code_and_the_cause_to_the_cashier(till: ApiTill, language: str, code: str) -> None:
    body = {"reference": "R-1", "lines": [line()], "coupon_codes": [code]}
    till.language = language
    said = till.refused("POST", "/sales", body, status=409, code="coupon_not_usable")["cashier_message"]
    assert said.startswith(code[:20])
    assert said.endswith({"id": "kode tidak dikenal", "en": "unknown code"}[language])
    assert len(said) <= CASHIER_MESSAGE_LENGTH


def test_every_reason_leaves_room_for_a_code() -> None:
    for language in ("id", "en"):
        with override(language):
            assert max(len(gettext(words)) for words in COUPON_REASONS.values()) <= 36
