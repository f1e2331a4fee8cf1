"""A coupon's last day goes on past midnight as its hours do, and where the outlet still has that day."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from merchants.facts import SYSTEM
from merchants.operations import add_outlet, add_till
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_shared_code, expire_coupons
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
LAST_DAY = date(2026, 11, 28)
EVENING = [{"from": "22:00", "to": "02:00"}]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+07:00")


def give(shop: ApiShop, text: str, **when: Any) -> None:
    at = instant("2026-11-26T12:00")
    definition = {"kind": "percent_off", "value": 10, "when": {"valid_to": LAST_DAY.isoformat(), **when}}
    with merchant_scope(shop.merchant.id), time_machine.travel(at, tick=False):
        create_shared_code(
            merchant=shop.merchant,
            text=text,
            title=text,
            definition=definition,
            at=at,
            today=at.date(),
            valid_until=LAST_DAY,
        )


def answers(till: ApiTill, code: str) -> set[str | None]:
    """Return what check, quote and sale say against the code; None where they accept it."""
    body = {"lines": [line()], "coupon_codes": [code]}
    sent = till.send("POST", "/sales", {**body, "reference": f"R-{timezone.now():%d-%H-%M}"})
    sold = json.loads(sent.content)
    return {
        till.post("/coupons/check", {"code": code}).get("reason"),
        till.post("/quotes", body)["coupons"][0].get("reason"),
        sold["coupons"][0].get("reason"),
    }


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2026-11-27T21:59", "outside_hours"),
        ("2026-11-28T23:00", None),
        ("2026-11-29T00:00", None),
        ("2026-11-29T01:59", None),
        ("2026-11-29T02:00", "expired"),
        ("2026-11-29T22:00", "expired"),
        ("2026-11-30T01:00", "expired"),
    ],
)
def test_the_hours_of_the_last_evening_are_kept(shop: ApiShop, at: str, reason: str | None) -> None:
    give(shop, "MALAM26", hours=EVENING)
    with time_machine.travel(instant(at), tick=False):
        with merchant_scope(shop.merchant.id):
            expire_coupons(merchant=shop.merchant, business_date=LAST_DAY, after=None, limit=100)
        assert answers(shop.till(), "MALAM26") == {reason}


def test_without_hours_the_last_day_ends_at_midnight(shop: ApiShop) -> None:
    give(shop, "HARI26")
    for at, reason in (("2026-11-28T23:59", None), ("2026-11-29T00:00", "expired")):
        with time_machine.travel(instant(at), tick=False):
            assert answers(shop.till(), "HARI26") == {reason}


def test_the_last_day_is_that_of_an_outlet_further_west(shop: ApiShop) -> None:
    """At 0.30 on the 29th in Jakarta it is the 28th still in Dubai."""
    give(shop, "HARI26")
    with merchant_scope(shop.merchant.id), time_machine.travel(instant("2026-11-26T12:00"), tick=False):
        west = add_outlet(
            merchant=shop.merchant, name="Dubai", timezone="Asia/Dubai", at=instant("2026-11-26T12:00"), actor=SYSTEM
        )
        till_id = add_till(
            merchant=shop.merchant, outlet_id=west.id, name="K1", at=instant("2026-11-26T12:00"), actor=SYSTEM
        )
    for at, reason in (("2026-11-29T00:30", None), ("2026-11-29T03:30", "expired")):
        with time_machine.travel(instant(at), tick=False):
            assert answers(ApiShop(shop.merchant, west.id, till_id).till(), "HARI26") == {reason}
