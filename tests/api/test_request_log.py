"""The request log over HTTP: every request of a known key, whatever became of it, and nothing of the people in it."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.db import Error, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.ids import new_id
from merchants.facts import LoggedRequestFacts, MerchantFacts, RequestFilter
from merchants.operations import forget_old_requests, log_requests
from merchants.queries import logged_request, logged_requests
from merchants.tenancy import merchant_scope
from pos_integration.request_log import request_log, writer
from tests.api.conftest import ApiShop, open_shop
from tests.api.till import ApiTill, line, new_key


@pytest.fixture(autouse=True)
def nothing_waits() -> None:
    """Drop what earlier tests left to be written: their shops were rolled back."""
    request_log._waiting.clear()


def log_of(till: ApiTill, **filters: Any) -> list[LoggedRequestFacts]:
    """Return the till's requests with their bodies, newest first."""
    request_log.write_waiting()
    with merchant_scope(till.merchant.id):
        found = logged_requests(merchant=till.merchant, till_id=till.till_id, filters=RequestFilter(**filters))
        return [logged_request(merchant=till.merchant, request_id=each.id) for each in found]


def text_of(merchant: MerchantFacts) -> str:
    """Return everything that the log says of a shop."""
    request_log.write_waiting()
    with merchant_scope(merchant.id), connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(r)::text FROM merchants_loggedrequest r WHERE merchant_id = %s", [merchant.id])
        return "\n".join(row[0] for row in cursor.fetchall())


def test_a_sale_is_logged_with_both_bodies(till: ApiTill) -> None:
    member = till.enrol("081234567890")
    key = new_key()
    body = {"reference": "INV/1", "member_id": member["id"], "lines": [line(sku="KOPI-250", quantity=2)]}
    sale = till.post("/sales", body, status=201, key=key)
    found = log_of(till)[0]
    assert (found.method, found.route, found.address, found.status) == ("POST", "/sales", "/sales", 201)
    assert (found.reference, found.idempotency_key, found.problem_code, found.replayed) == ("INV/1", key, "", "")
    assert found.key_prefix == till.key.partition(".")[0]
    assert '"sku":"KOPI-250"' in found.request_body
    assert f'"id":"{sale["id"]}"' in found.answer_body
    assert found.request_bytes > len("{}")
    assert found.answer_bytes >= len(found.answer_body) - 1_000


def test_what_is_sent_again_is_logged_again_and_says_so(till: ApiTill) -> None:
    key = new_key()
    body = {"reference": "T-1", "lines": [line()]}
    till.post("/sales", body, status=201, key=key)
    till.post("/sales", body, status=201, key=key)
    till.post("/sales", body, status=200)
    assert [each.replayed for each in log_of(till)] == ["natural", "true", ""]


def test_the_answer_names_the_request_in_the_log(till: ApiTill) -> None:
    response = till.send("GET", "/program")
    assert response["X-Request-Id"] == str(log_of(till)[0].id)


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("POST", "/sales", {"raw": b"{no json"}, 400, "malformed_json"),
        ("POST", "/sales", {"body": {"reference": "T-1"}}, 400, "validation_error"),
        ("POST", "/sales", {"body": {}, "key": ""}, 400, "idempotency_key_missing"),
        ("PUT", "/sales", {}, 405, "method_not_allowed"),
        ("GET", "/members/0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10", {}, 404, "member_not_found"),
        ("POST", "/sales", {"raw": b"{}", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ("GET", "/products", {"query": {"nama": "Siti"}}, 400, "validation_error"),
    ],
)
def test_what_never_reached_a_transaction_is_logged(
    till: ApiTill, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    till.send(method, path, options.pop("body", None), **options)
    (found,) = log_of(till)
    assert (found.status, found.problem_code) == (status, code)
    assert "Siti" not in str(found)


def test_a_key_without_the_scope_is_logged(shop: ApiShop) -> None:
    till = shop.till(scopes=["read_members"])
    till.send("POST", "/sales", {"reference": "T-1", "lines": [line()]})
    assert [(each.status, each.problem_code) for each in log_of(till)] == [(403, "scope_missing")]


def test_a_closed_till_is_logged(till: ApiTill) -> None:
    for number in range(10):
        till.post("/coupons/check", {"code": f"TIDAKADA{number}"})
    till.send("POST", "/coupons/check", {"code": "TIDAKADA99"})
    assert (log_of(till)[0].status, log_of(till)[0].problem_code) == (429, "too_many_attempts")


def test_a_mistyped_address_is_logged_for_the_key_that_came_along(till: ApiTill) -> None:
    till.send("GET", "/sale/T-1")
    till.send("POST", "/member/081234567890/points", {})
    Client().get("/api/pos/v1/sale")
    assert [(each.status, each.address) for each in log_of(till)] == [(404, "/member/…/points"), (404, "/sale/…")]


def test_without_a_key_there_is_no_shop_to_log_for(till: ApiTill) -> None:
    Client().get("/api/pos/v1/program", headers={"Authorization": f"Bearer {till.key}x"})
    assert log_of(till) == []


def test_nothing_of_the_people_stays(shop: ApiShop, till: ApiTill) -> None:
    body = {
        "name": "Siti Rahmawati",
        "phone": "0812 3456 7890",
        "email": "siti@example.com",
        "birth_date": "1990-05-17",
        "promo_consent": True,
        "device_id": "tablet-dewi",
        "attributes": {"alamat": "Jl. Melati 3"},
    }
    enrolled = till.post("/members", body, status=201)["member"]
    coupon = shop.coupon(member_id=enrolled["id"])
    till.get("/members", identifier="081234567890")
    till.get("/members", name="siti rahm")
    till.send("GET", "/members/081234567890")
    till.get(f"/members/{enrolled['id']}/coupons")
    till.patch(f"/members/{enrolled['id']}", {"area": "Depok", "phone": "081322223333"})
    till.post("/coupons/check", {"code": coupon, "member_id": enrolled["id"]})
    till.sell(
        "T-1",
        line(name="Kue Budi Santoso"),
        identifier="081322223333",
        coupon_codes=[coupon],
        cashier="Dewi Lestari",
        tender_token="4111111111111111",
        device_id="tablet-dewi",
    )
    refund = {"refund_reference": "R-1", "lines": [{"line_id": "1", "quantity": 1}], "reason": "Bu Siti tidak cocok"}
    till.post("/sales/T-1/refunds", refund, status=201)
    card = till.post("/gift-cards", {"amount": 50_000, "reference": "GC-1"}, status=201)
    till.post("/gift-cards/check", {"code": card["code"]})
    logged = text_of(shop.merchant)
    words = (
        "Siti siti 34567890 3456-7890 22223333 1990-05-17 tablet Melati Budi Dewi 4111111111111111 Depok cocok alamat"
    )
    given = [enrolled[name] for name in ("number", "referral_code", "card_url")]
    secrets = [*words.split(), *given, coupon, card["code"], card["code_masked"]]
    assert [secret for secret in secrets if secret in logged] == []
    assert logged.count(enrolled["id"]) >= 5
    assert '"/members/…"' in logged


def test_a_log_that_cannot_be_written_fails_no_request(
    till: ApiTill, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: Any) -> None:
        raise Error("the disk is full")

    monkeypatch.setattr(writer, "log_requests", refuse)
    till.get("/program")
    till.get("/program")
    with caplog.at_level(logging.WARNING):
        request_log.write_waiting()
    assert "'count': 2" in caplog.text or "count=2" in caplog.text or '"count": 2' in caplog.text
    monkeypatch.undo()
    assert log_of(till) == []


def test_what_waits_is_bounded(till: ApiTill, monkeypatch: pytest.MonkeyPatch) -> None:
    request_log.write_waiting()
    monkeypatch.setattr(writer, "MOST_WAITING", 2)
    for _ in range(4):
        till.get("/program")
    assert len(log_of(till)) == 2


def test_the_log_costs_a_request_no_statement(till: ApiTill) -> None:
    till.get("/program")
    with CaptureQueriesContext(connection) as captured:
        till.sell("T-1", line())
    assert [query for query in captured if "loggedrequest" in query["sql"]] == []
    with CaptureQueriesContext(connection) as captured:
        request_log.write_waiting()
    assert len([query for query in captured if "INSERT INTO" in query["sql"]]) == 1


def test_the_night_drops_what_is_older_than_thirty_days(shop: ApiShop, till: ApiTill) -> None:
    till.get("/program")
    (found,) = log_of(till)
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        for days in (29, 31, 40):
            old = replace(found, id=new_id(), at=now - timedelta(days=days))
            log_requests(merchant=shop.merchant, requests=[old])
        assert forget_old_requests(merchant=shop.merchant, now=now, limit=1) == 1
        assert forget_old_requests(merchant=shop.merchant, now=now, limit=10) == 1
    assert [(now - each.at).days for each in log_of(till)] == [0, 29]


def test_another_shop_sees_none_of_it(till: ApiTill, stranger: ApiTill) -> None:
    till.get("/program")
    assert len(log_of(till)) == 1
    with merchant_scope(stranger.merchant.id):
        found = logged_requests(merchant=stranger.merchant, till_id=till.till_id, filters=RequestFilter())
        assert found == []


def test_the_server_writes_it_a_moment_later(real_commits: None, server_url: str) -> None:
    shop = open_shop("Toko Log")
    till = shop.till()
    asked = Request(f"{server_url}/api/pos/v1/program", headers={"Authorization": f"Bearer {till.key}"})
    with urlopen(asked) as response:
        number = response.headers["X-Request-Id"]
    deadline = time.monotonic() + 20
    while str(getattr(next(iter(log_of(till)), None), "id", "")) != number:
        assert time.monotonic() < deadline, "the request never came into the log"
        time.sleep(0.2)
