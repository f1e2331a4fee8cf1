"""A coupon's last day ends with the hours that began on it, as a promotion's does; no night ends it earlier (B17)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from loyalty.nightly import run_night
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_coupon_batch
from rewards.coupons.queries import batch_figures, check_code
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 27)
EVENING = {"hours": [{"from": "22:00", "to": "02:00"}]}


def jakarta(day: date, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


SATURDAY = FRIDAY + timedelta(days=1)
NOON = jakarta(FRIDAY, "12:00")
AT_ONE, AT_TWO = jakarta(SATURDAY, "01:00"), jakarta(SATURDAY, "02:00")


@pytest.fixture(autouse=True)
def _friday_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def siti(till: ApiTill) -> str:
    return str(till.enrol("0812 3456 7890")["id"])


def code_until_friday(shop: ApiShop, member_id: str | None, when: dict[str, Any], **batch: Any) -> tuple[str, UUID]:
    """A coupon of 10 % whose own last day is Friday, and its batch."""
    with merchant_scope(shop.merchant.id):
        batch_id = create_coupon_batch(
            merchant=shop.merchant,
            title="Malam",
            definition={"kind": "percent_off", "value": 10, "when": when},
            at=NOON,
            **({"valid_until": FRIDAY} | batch),
        )
    return shop.coupon(batch_id=batch_id, member_id=UUID(member_id) if member_id else None), batch_id


def end_night(shop: ApiShop, day: date, at: datetime) -> None:
    assert run_night(merchant=shop.merchant, business_date=day, now=at)


def everywhere(shop: ApiShop, till: ApiTill, member: str, code: str, batch_id: UUID, at: datetime) -> dict[str, bool]:
    """Return, by door, whether the coupon still counts at that moment."""
    with time_machine.travel(at, tick=False):
        cart = {"lines": [line(unit_amount=50_000)], "member_id": member, "coupon_codes": [code]}
        [shown] = till.post("/quotes", cart)["coupons"]
        [listed] = till.get(f"/members/{member}/coupons")["results"]
        [inside] = till.get(f"/members/{member}")["member"]["coupons"]
        checked = till.post("/coupons/check", {"code": code, "member_id": member})
        today = at.astimezone(UTC) + timedelta(hours=7)
        with merchant_scope(shop.merchant.id):
            found = check_code(merchant=shop.merchant, code=code, at=at, today=today.date())
            figures = batch_figures(merchant=shop.merchant, batch_ids=[batch_id], at=at, today=today.date())
        held = till.send("POST", "/quotes", {**cart, "reserve": True}).status_code == 200
        sold = till.send("POST", "/sales", {**cart, "reference": f"R-{at:%d%H%M}"}).status_code == 201
    return {
        "quote": shown["status"] == "applied",
        "list": listed["status"] == "issued",
        "member": inside["status"] == "issued",
        "check": checked["usable"],
        "status in the check": checked["coupon"]["status"] == "issued",
        "staff": found.usable,
        "figures": figures[batch_id].expired == 0,
        "reserved": held,
        "sale": held or sold,
    }


@pytest.mark.parametrize("has_night_run", [False, True])
def test_the_last_evening_runs_to_its_end_and_no_further(
    shop: ApiShop, till: ApiTill, siti: str, *, has_night_run: bool
) -> None:
    code, batch_id = code_until_friday(shop, siti, EVENING)
    late, _ = code_until_friday(shop, None, EVENING)
    if has_night_run:
        end_night(shop, FRIDAY, jakarta(SATURDAY, "00:05"))
    assert set(everywhere(shop, till, siti, code, batch_id, AT_ONE).values()) == {True}
    with time_machine.travel(AT_TWO, tick=False):
        checked = till.post("/coupons/check", {"code": late})
        assert (checked["usable"], checked["reason"], checked["coupon"]["status"]) == (False, "expired", "expired")
    end_night(shop, SATURDAY, jakarta(SATURDAY + timedelta(days=1), "00:05"))
    with time_machine.travel(jakarta(SATURDAY, "22:30"), tick=False):
        assert till.post("/coupons/check", {"code": late})["coupon"]["status"] == "expired"


def test_a_sale_takes_it_after_midnight(shop: ApiShop, till: ApiTill, siti: str) -> None:
    code, _ = code_until_friday(shop, siti, EVENING)
    with time_machine.travel(AT_ONE, tick=False):
        sale = till.sell("R-1", line(unit_amount=50_000), member_id=siti, coupon_codes=[code])
    assert sale["discount_amount"] == 5_000
    assert [coupon["status"] for coupon in sale["member"]["coupons"]] == ["redeemed"]
    shop.assert_verified()


@pytest.mark.parametrize(
    ("when", "last_day"),
    [
        ({}, FRIDAY),
        ({"hours": [{"from": "00:00", "to": "03:00"}]}, FRIDAY),
        (EVENING, FRIDAY - timedelta(days=1)),
        ({**EVENING, "weekdays": [4, 6]}, FRIDAY),
    ],
)
def test_other_hours_and_other_evenings_end_at_midnight(
    shop: ApiShop, till: ApiTill, siti: str, when: dict[str, Any], last_day: date
) -> None:
    code, batch_id = code_until_friday(shop, siti, when, valid_until=last_day)
    assert set(everywhere(shop, till, siti, code, batch_id, AT_ONE).values()) == {False}
    end_night(shop, FRIDAY, jakarta(SATURDAY, "00:05"))


def test_a_coupon_given_out_during_the_night_counts_at_once(shop: ApiShop, till: ApiTill, siti: str) -> None:
    with time_machine.travel(jakarta(SATURDAY, "00:30"), tick=False):
        code, batch_id = code_until_friday(shop, siti, EVENING, valid_until=None, valid_days=1)
    assert everywhere(shop, till, siti, code, batch_id, AT_ONE)["check"] is True


def test_the_clock_is_the_outlets(shop: ApiShop, till: ApiTill, siti: str) -> None:
    """01:00 in Jakarta: hours that ended at 00:30 are over, whatever the merchant's day is."""
    code, batch_id = code_until_friday(shop, siti, {"hours": [{"from": "22:00", "to": "00:30"}]})
    assert set(everywhere(shop, till, siti, code, batch_id, AT_ONE).values()) == {False}
