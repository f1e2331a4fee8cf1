"""A sale that was refused alone, and paid all the same: who asks again learns that it is recorded, and once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.batches import hours_ago, sale_item, send, statuses
from tests.api.conftest import ApiShop
from tests.api.test_paid_sales import opened_shop
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"


@pytest.fixture
def shop(db: None) -> Iterator[ApiShop]:
    yield from opened_shop()


def refused_sale(till: ApiTill, key: str, **fields: Any) -> dict[str, Any]:
    """Ask for a sale that lacks points, and return its body."""
    member = till.enrol(PHONE)
    body = {"reference": "R-1", "member_id": member["id"], "lines": [line()], "redeem_points": 500, **fields}
    till.refused("POST", "/sales", body, status=409, code="insufficient_points", key=key)
    return body


def ask_alone(till: ApiTill, body: dict[str, Any], key: str) -> tuple[int, str | None, Any]:
    response = till.send("POST", "/sales", body, key=key)
    return response.status_code, response.headers.get("Idempotency-Replayed"), json.loads(response.content)


def item_of(body: dict[str, Any], key: str, at: str) -> dict[str, Any]:
    fields = {name: value for name, value in body.items() if name != "reference"}
    return sale_item(1, body["reference"], at=at, key=key, **fields)


@pytest.mark.parametrize("says_time", [True, False], ids=["with its time", "without a time"])
def test_the_first_request_again_finds_the_paid_sale(till: ApiTill, shop: ApiShop, says_time: bool) -> None:
    key, at = new_key(), hours_ago(1)
    body = refused_sale(till, key, **({"occurred_at": at} if says_time else {}))
    [recorded] = send(till, [item_of(body, key, at)])["results"]
    assert (recorded["status"], recorded["body"]["points_redeemed"]) == (201, 250)
    for _ in range(2):
        status, replayed, sale = ask_alone(till, body, key)
        assert (status, replayed, sale["id"]) == (200, "natural", recorded["body"]["id"])
    till.post("/sales/R-1/void", {})
    assert ask_alone(till, body, key)[2]["status"] == "voided", "the sale as it is now"


def test_the_paid_sale_may_have_come_under_another_key(till: ApiTill, shop: ApiShop) -> None:
    key, at = new_key(), hours_ago(1)
    body = refused_sale(till, key, occurred_at=at)
    assert statuses(send(till, [item_of(body, new_key(), at)])) == [(201, False)]
    assert ask_alone(till, body, key)[:2] == (200, "natural")


def test_other_content_under_the_receipt_number_stays_refused(till: ApiTill, shop: ApiShop) -> None:
    """The negative control: a receipt of the same number is not the refused one."""
    key, at = new_key(), hours_ago(1)
    body = refused_sale(till, key, occurred_at=at)
    till.sell("R-1", line(unit_amount=9_000))
    status, replayed, problem = ask_alone(till, body, key)
    assert (status, replayed, problem["code"]) == (409, "true", "insufficient_points")


def test_refused_and_never_paid_stays_refused(till: ApiTill) -> None:
    key = new_key()
    body = refused_sale(till, key)
    till.sell("EARN", line(unit_amount=10_000_000), member_id=body["member_id"])
    assert ask_alone(till, body, key)[:2] == (409, "true")
    till.refused("GET", "/sales/R-1", status=404, code="sale_not_found")


def test_paid_first_and_asked_alone_afterwards(till: ApiTill, shop: ApiShop) -> None:
    key, at = new_key(), hours_ago(1)
    member = till.enrol(PHONE)
    body = {
        "reference": "R-1",
        "member_id": member["id"],
        "lines": [line()],
        "redeem_points": 500,
        "occurred_at": at,
    }
    [recorded] = send(till, [item_of(body, key, at)])["results"]
    status, replayed, sale = ask_alone(till, body, key)
    assert (status, replayed, sale) == (201, "true", recorded["body"])
    assert ask_alone(till, body, new_key())[:2] == (200, "natural")


def test_the_item_again_is_answered_as_the_first_time(till: ApiTill) -> None:
    key, at = new_key(), hours_ago(1)
    body = refused_sale(till, key, occurred_at=at)
    fed = item_of(body, key, at)
    assert statuses(send(till, [fed])) == [(201, False)]
    assert ask_alone(till, body, key)[:2] == (200, "natural")
    assert statuses(send(till, [fed])) == [(201, True)]
