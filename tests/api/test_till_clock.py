"""A till whose clock is wrong, a sale that comes late, a return before its sale: B64, B76, A9, T55 over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine

from members.operations import set_tier
from members.queries import tiers
from merchants.facts import SYSTEM
from merchants.operations import change_merchant_settings
from merchants.tenancy import merchant_scope
from sales.models import Refund
from tests.api.conftest import ApiShop
from tests.api.test_limits import promote
from tests.api.till import ApiTill, line, new_key

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 16, 27, tzinfo=UTC)
"""23.27 in Jakarta."""


@pytest.fixture(autouse=True)
def _travel_to_evening() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def ago(*, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    return NOW - timedelta(days=days, hours=hours, minutes=minutes)


def text(at: datetime) -> str:
    return at.isoformat()


def clock(at: datetime) -> dict[str, str]:
    return {"X-Till-Clock": text(at)}


def codes(answer: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in answer["warnings"]]


def sell(till: ApiTill, at: datetime | None, reference: str = "R-1", **fields: Any) -> dict[str, Any]:
    headers = fields.pop("headers", None)
    body = {"reference": reference, "lines": [line()], **({"occurred_at": text(at)} if at else {}), **fields}
    sold: dict[str, Any] = till.post("/sales", body, status=201, headers=headers)
    return sold


BEHIND = {"Date": format_datetime(ago(days=1), usegmt=True)}


@pytest.mark.parametrize(
    ("headers", "claimed", "booked", "flags"),
    [
        ({}, ago(hours=2), ago(hours=2), []),
        (BEHIND, ago(days=1, hours=2), ago(hours=2), ["clock_corrected"]),
        (clock(ago(days=1)), ago(days=1, hours=2), ago(hours=2), ["clock_corrected"]),
        (clock(ago(hours=-3)), ago(hours=-2), ago(hours=1), ["clock_corrected"]),
        (clock(ago(minutes=-4)), ago(minutes=-4), ago(minutes=-4), []),
        (clock(ago(hours=-3)), ago(hours=-9), NOW, ["clock_corrected", "clock_future"]),
        (clock(ago(days=2)), ago(days=2), NOW, ["clock_wrong"]),
        (clock(NOW) | BEHIND, ago(hours=2), ago(hours=2), []),
        ({"Date": "yesterday"}, ago(hours=2), ago(hours=2), []),
        (clock(ago(days=2)), None, NOW, []),
    ],
)
def test_the_clock_that_the_till_sends_corrects_what_it_says(
    till: ApiTill, headers: dict[str, str], claimed: datetime | None, booked: datetime, flags: list[str]
) -> None:
    sold = sell(till, claimed, headers=headers)
    assert (datetime.fromisoformat(sold["occurred_at"]), codes(sold)) == (booked, flags)
    quoted = till.post(
        "/quotes", {"lines": [line()], **({"occurred_at": text(claimed)} if claimed else {})}, headers=headers
    )
    assert codes(quoted) == flags


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The till's clock was 120 minutes behind; the time was corrected."),
        ("id", "Jam kasir tertinggal 120 menit; waktunya dikoreksi."),
    ],
)
def test_the_cashier_reads_how_far_it_is_off(till: ApiTill, language: str, sentence: str) -> None:
    till.language = language
    assert sell(till, ago(hours=2), headers=clock(ago(hours=2)))["warnings"][0]["message"] == sentence


def test_yesterdays_offers_are_not_todays_by_a_wrong_clock(till: ApiTill, shop: ApiShop) -> None:
    with time_machine.travel(ago(days=3), tick=False):
        promote(shop, when={"valid_to": "2026-11-27"})
    assert sell(till, ago(days=1, hours=2), "R-1")["discount_amount"] == 5_000
    assert sell(till, ago(days=1, hours=2), "R-2", headers=clock(ago(days=1)))["discount_amount"] == 0


@pytest.mark.parametrize(
    "written", ["", "now", "2026-11-28T23:27:00", "2026-02-29T10:00:00Z", "1764347220", "x" * 5000]
)
@pytest.mark.parametrize("language", ["en", "id"])
def test_a_clock_that_cannot_be_read_is_named_with_its_fix(till: ApiTill, written: str, language: str) -> None:
    till.language = language
    body = {"reference": "R-1", "lines": [line()]}
    headers = {"X-Till-Clock": written or " "}
    problem = till.refused("POST", "/sales", body, status=400, code="till_clock_malformed", headers=headers)
    assert "X-Till-Clock" in problem["detail"]
    assert "2026-03-05T14:30:00+07:00" in problem["detail"]
    till.refused("GET", "/sales/R-1", status=404, code="sale_not_found")


@pytest.mark.parametrize(
    "written",
    ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2028-02-29T24:00:00Z"],
)
def test_any_clock_is_survived(till: ApiTill, written: str) -> None:
    """T55: as the header, as the time of the sale, and as both."""
    sold = till.post(
        "/sales",
        {"reference": "R-1", "lines": [line()], "occurred_at": written},
        status=201,
        headers={"X-Till-Clock": written},
    )
    assert (datetime.fromisoformat(sold["occurred_at"]), codes(sold)) == (NOW, ["clock_wrong"])
    alone = till.post("/sales", {"reference": "R-2", "lines": [line()], "occurred_at": written}, status=201)
    assert datetime.fromisoformat(alone["occurred_at"]) == NOW
    assert codes(alone) in (["clock_past"], ["clock_future"])


def test_a_repeat_is_the_same_request_whatever_the_clock_says_by_then(till: ApiTill) -> None:
    body = {"reference": "R-1", "lines": [line()], "occurred_at": text(ago(hours=2))}
    key = new_key()
    first = till.post("/sales", body, status=201, key=key, headers=clock(ago(hours=1)))
    again = till.send("POST", "/sales", body, key=key, headers=clock(ago(days=3)))
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    natural = till.send("POST", "/sales", body, headers=clock(NOW))
    assert (natural.status_code, natural["Idempotency-Replayed"]) == (200, "natural")
    assert first == json.loads(again.content) == json.loads(natural.content)

    back = {"refund_reference": "B-1", "lines": [{"line_id": "1", "quantity": 1}], "occurred_at": text(ago(minutes=30))}
    given = till.post("/sales/R-1/refunds", back, status=201, headers=clock(ago(hours=1)))["refund"]
    assert till.post("/sales/R-1/refunds", back, headers=clock(ago(days=3)))["refund"] == given


# --- late sales --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "discount"), [(0, 0), (1, 5_000), (6.9, 5_000), (8, 0), (29, 0)])
def test_the_offers_of_a_past_day_count_for_a_week_and_are_flagged(
    till: ApiTill, shop: ApiShop, days: float, discount: int
) -> None:
    """A9: the offer ended yesterday. A cart dated 8 or 29 days back is booked there and gets what today gives."""
    with time_machine.travel(ago(days=40), tick=False):
        promote(shop, when={"valid_to": "2026-11-27"})
    at = ago(days=days)
    quoted = till.post("/quotes", {"lines": [line()], "occurred_at": text(at)})
    sold = sell(till, at)
    assert sold["discount_amount"] == quoted["discount_amount"] == discount
    assert codes(sold) == codes(quoted) == (["late"] if days else [])
    assert datetime.fromisoformat(sold["occurred_at"]) == at
    shop.assert_verified()


def test_a_claim_of_a_back_dated_receipt_earns_what_its_day_earns_or_nothing(till: ApiTill, shop: ApiShop) -> None:
    with time_machine.travel(ago(days=40), tick=False):
        promote(shop, title="Poin", kind="earn", value=None, per_unit=500, when={"valid_to": "2026-11-27"})
    with merchant_scope(shop.merchant.id):
        change_merchant_settings(merchant=shop.merchant, changes={"claim_days": 30}, at=NOW, actor=SYSTEM)
    siti = till.enrol("0812 3456 7890")["id"]
    in_time, too_late = sell(till, ago(days=2), "R-1"), sell(till, ago(days=7, hours=1), "R-2")
    assert till.post(f"/sales/{in_time['id']}/claim", {"member_id": siti})["points_earned"] == 500
    claim = f"/sales/{too_late['id']}/claim"
    problem = till.refused("POST", claim, {"member_id": siti}, status=409, code="claim_not_possible")
    assert problem["reason"] == "too_late"
    shop.assert_verified()


def test_a_late_sale_has_the_tier_of_its_day(till: ApiTill, shop: ApiShop) -> None:
    siti = till.enrol("0812 3456 7890")["id"]
    low, high = (tier.code for tier in tiers_of(shop)[:2])
    promote_for(shop, high)
    for code, days in ((high, 5), (low, 1)):
        move(shop, siti, code, ago(days=days))
    gains = {days: sell(till, ago(days=days), f"R-{days}", member_id=siti)["discount_amount"] for days in (0, 3, 6, 8)}
    assert gains == {0: 0, 3: 5_000, 6: 0, 8: 0}


def tiers_of(shop: ApiShop) -> list[Any]:
    with merchant_scope(shop.merchant.id):
        return list(tiers(merchant=shop.merchant))


def promote_for(shop: ApiShop, tier: str) -> None:
    with time_machine.travel(ago(days=40), tick=False):
        promote(shop, when={"tiers_any": [tier]})


def move(shop: ApiShop, member_id: str, tier: str, at: datetime) -> None:
    with merchant_scope(shop.merchant.id):
        set_tier(
            merchant=shop.merchant,
            member_id=UUID(member_id),
            tier_code=tier,
            protected_until=date(2027, 1, 1),
            actor=SYSTEM,
            reason="test",
            at=at,
            business_date=shop.merchant.day_of(at),
        )


# --- returns -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "headers", "booked", "flags"),
    [
        (None, {}, NOW, []),
        (ago(hours=1), {}, ago(hours=1), []),
        (datetime(2026, 11, 1, 3, 0, tzinfo=UTC), {}, ago(hours=3), ["before_sale"]),
        (datetime(1970, 1, 1, tzinfo=UTC), {}, NOW, ["clock_past"]),
        (datetime(2031, 1, 1, tzinfo=UTC), {}, NOW, ["clock_future"]),
        (ago(days=1, hours=1), clock(ago(days=1)), ago(hours=1), ["clock_corrected"]),
        (ago(days=1, hours=9), clock(ago(days=1)), ago(hours=3), ["clock_corrected", "before_sale"]),
    ],
)
def test_a_return_never_lies_before_its_sale(
    till: ApiTill, shop: ApiShop, claimed: datetime | None, headers: dict[str, str], booked: datetime, flags: list[str]
) -> None:
    sell(till, ago(hours=3), lines=[line(quantity=2)])
    dated = {"occurred_at": text(claimed)} if claimed else {}
    body = {"refund_reference": "B-1", "lines": [{"line_id": "1", "quantity": 1}], **dated}
    answer = till.post("/sales/R-1/refunds", body, status=201, headers=headers)
    voided = till.post("/sales/R-1/void", dated, headers=headers)
    listed = till.get("/sales/R-1/refunds")["results"]
    assert codes(answer["refund"]) == flags
    assert [codes(refund) for refund in listed] == [codes(refund) for refund in voided["refunds"]] == [flags, flags]
    assert set(booked_returns(shop)) == {booked}
    shop.assert_verified()


@pytest.mark.parametrize(
    ("claimed", "headers", "waits_with", "booked", "flags"),
    [
        (None, {}, [], ago(hours=1), []),
        (ago(hours=2), {}, [], ago(hours=2), []),
        (ago(hours=5), {}, [], ago(hours=3), ["before_sale"]),
        (datetime(1970, 1, 1, tzinfo=UTC), {}, ["clock_past"], ago(hours=1), ["clock_past"]),
        (datetime(2031, 1, 1, tzinfo=UTC), {}, ["clock_future"], ago(hours=1), ["clock_future"]),
        (ago(days=3), clock(ago(days=3)), ["clock_wrong"], ago(hours=1), ["clock_wrong"]),
        (ago(days=1, hours=1), clock(ago(days=1)), ["clock_corrected"], ago(hours=2), ["clock_corrected"]),
        (
            ago(days=1, hours=3),
            clock(ago(days=1)),
            ["clock_corrected"],
            ago(hours=3),
            ["clock_corrected", "before_sale"],
        ),
    ],
)
def test_a_return_that_waited_says_what_was_wrong_with_the_clock_when_it_came(
    till: ApiTill,
    shop: ApiShop,
    claimed: datetime | None,
    headers: dict[str, str],
    waits_with: list[str],
    booked: datetime,
    flags: list[str],
) -> None:
    """It comes an hour ago, its sale of three hours ago now."""
    dated = {"occurred_at": text(claimed)} if claimed else {}
    with time_machine.travel(ago(hours=1), tick=False):
        body = {"refund_reference": "B-1", "lines": [{"line_id": "1", "quantity": 1}], **dated}
        till.post("/sales/R-1/refunds", body, status=202, headers=headers)
        till.post("/sales/R-1/void", dated, status=202, headers=headers)
    waiting = till.get("/sales/R-1/refunds")["results"]
    sold = sell(till, ago(hours=3), lines=[line(quantity=2)])
    assert [codes(one) for one in waiting] == [waits_with, waits_with]
    assert [codes(one) for one in sold["refunds"]] == [flags, flags]
    assert set(booked_returns(shop)) == {booked}
    shop.assert_verified()


def test_goods_exchanged_of_a_receipt_that_was_to_come_keep_the_warning_of_their_receipt(
    till: ApiTill, shop: ApiShop
) -> None:
    exchange = {
        "reference": "X-1",
        "lines": [line()],
        "returns": [{"reference": "R-1", "lines": [{"line_id": "1", "quantity": 1}]}],
        "occurred_at": text(ago(days=1, hours=1)),
    }
    item = {"idempotency_key": new_key(), "terminal_seq": 1, "operation": "sale", "body": exchange}
    [sent] = till.post("/batches", {"items": [{**item, "occurred_at": exchange["occurred_at"]}]}, headers=BEHIND)[
        "results"
    ]
    sold = sell(till, ago(hours=3), lines=[line(quantity=2)])
    assert codes(sent["body"]) == ["clock_corrected", "return_waits"]
    assert [codes(one) for one in sold["refunds"]] == [["clock_corrected"]]
    assert booked_returns(shop) == [ago(hours=1)]
    shop.assert_verified()


def booked_returns(shop: ApiShop) -> list[datetime]:
    with merchant_scope(shop.merchant.id):
        return list(Refund.objects.filter(merchant_id=shop.merchant.id).values_list("occurred_at", flat=True))


# --- enrolment ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "headers", "joined", "flags"),
    [
        (None, clock(ago(days=1)), NOW, []),
        (ago(hours=2), {}, ago(hours=2), []),
        (ago(minutes=-4), {}, NOW, []),
        (ago(days=1, hours=2), clock(ago(days=1)), ago(hours=2), ["clock_corrected"]),
        (ago(days=-9), {}, NOW, ["clock_future"]),
    ],
)
def test_who_joined_offline_is_a_member_since_then(
    till: ApiTill, claimed: datetime | None, headers: dict[str, str], joined: datetime, flags: list[str]
) -> None:
    body = {"name": "Siti", "phone": "0812 3456 7890", "promo_consent": False}
    body |= {"occurred_at": text(claimed)} if claimed else {}
    answer = till.post("/members", body, status=201, headers=headers)
    assert (datetime.fromisoformat(answer["member"]["joined_at"]), codes(answer)) == (joined, flags)
