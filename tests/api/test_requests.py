"""What every operation does with requests that are not right: T55, T66 and the form of all errors."""

from __future__ import annotations

import json

import pytest
from pytest_django import DjangoAssertNumQueries

from pos_integration import json_text
from tests.api.till import ApiTill, line, new_key

KEY_LOOK_UP = 1
SALE = {"reference": "R-1", "lines": [line()]}


def raw_sale(text: str) -> bytes:
    """A sale whose unit_amount is written as `text`."""
    return json.dumps(SALE).replace("25000", text).encode()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b'{"a":1,"a":2}', "malformed_json"),
        (raw_sale("NaN"), "malformed_json"),
        (raw_sale("-Infinity"), "malformed_json"),
        (b'"\xff\xfe"', "malformed_json"),
        (b'{"name":"\xc3"}', "malformed_json"),
        (b'{"name":"\\ud800"}', "malformed_json"),
        (b'{"name":"\\u0000"}', "malformed_json"),
        (b"[" * 10_000 + b"]" * 10_000, "malformed_json"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "malformed_json"),
        (b"[" * 40 + b"]" * 40, "malformed_json"),
        (b"[]", "validation_error"),
        (b"null", "validation_error"),
        (b'"text"', "validation_error"),
        (raw_sale("1.0"), "validation_error"),
        (raw_sale("1e3"), "validation_error"),
        (raw_sale("1e400"), "validation_error"),
        (raw_sale("-1"), "validation_error"),
        (raw_sale("9223372036854775808"), "validation_error"),
        (raw_sale("1" + "0" * 5000), "validation_error"),
        (raw_sale("true"), "validation_error"),
        (raw_sale('"25000"'), "validation_error"),
        (raw_sale("1000000000001"), "validation_error"),
    ],
)
def test_a_body_that_means_nothing_is_refused_at_once(
    till: ApiTill, raw: bytes, code: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """At once: the key is looked up, and then neither a scope is opened nor a key claimed."""
    till.get("/program")  # the till has been seen; that is written once a minute
    with django_assert_num_queries(KEY_LOOK_UP):
        till.refused("POST", "/sales", raw=raw, status=400, code=code)
    till.refused("GET", "/sales/R-1", status=404, code="sale_not_found")


def test_a_large_body_is_refused_unread(till: ApiTill, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: bytes) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr("pos_integration.views.base.read_json", read)
    till.refused("POST", "/sales", raw=b" " * 10_000_000, status=413, code="body_too_large")


def test_a_number_of_any_length_is_never_computed() -> None:
    """Python takes quadratic time for such digits; the refusal comes before any field is read as a number."""
    value = json_text.read_json(b'{"a": 1' + b"0" * 5_000 + b"}")["a"]
    assert isinstance(value, json_text.TooLong)
    assert int(value) == 1


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
def test_only_json(till: ApiTill, content_type: str) -> None:
    till.refused("POST", "/sales", SALE, content_type=content_type, status=415, code="unsupported_media_type")


def test_an_unknown_field_is_named_wherever_it_is(till: ApiTill) -> None:
    body = {"reference": "R-1", "lines": [line(), line("2", discount=5)], "discount_amount": 10}
    problem = till.refused("POST", "/sales", body, status=400, code="validation_error")
    assert {e["pointer"] for e in problem["errors"]} == {"/lines/1/discount", "/discount_amount"}
    assert {e["code"] for e in problem["errors"]} == {"unknown_field"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [line(str(n)) for n in range(501)]}, "/lines"),
        ({"lines": [line("1"), line("1")]}, "/lines/1/line_id"),
        ({"lines": [line(quantity=0)]}, "/lines/0/quantity"),
        ({"lines": [line(quantity=10_000)]}, "/lines/0/quantity"),
        ({"lines": [line(quantity=9999, unit_amount=10**12)]}, "/lines"),
        ({"reference": "   "}, "/reference"),
        ({"reference": "x" * 65}, "/reference"),
        ({"reference": "R\n1"}, "/reference"),
        ({"occurred_at": "2026-03-05 14:30"}, "/occurred_at"),
        ({"occurred_at": "2026-03-05T24:00:01Z"}, "/occurred_at"),
        ({"occurred_at": "2026-03-05T25:00:00Z"}, "/occurred_at"),
        ({"occurred_at": "2026-03-05T14:30:00"}, "/occurred_at"),
        ({"occurred_at": "2026-02-29T10:00:00Z"}, "/occurred_at"),
        ({"occurred_at": 1_770_000_000}, "/occurred_at"),
        ({"member_id": "1"}, "/member_id"),
        ({"member_id": "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10", "identifier": "0812"}, "/identifier"),
        ({"redeem_points": -1}, "/redeem_points"),
        ({"charged": {"lines": [{"line_id": "9", "total_amount": 1}], "payable_amount": 1}}, "/charged/lines"),
        ({"coupon_codes": ["A"] * 21}, "/coupon_codes"),
        ({"coupon_codes": [7]}, "/coupon_codes/0"),
    ],
)
def test_each_wrong_field_is_pointed_at(till: ApiTill, change: dict[str, object], pointer: str) -> None:
    problem = till.refused("POST", "/sales", SALE | change, status=400, code="validation_error")
    assert pointer in {e["pointer"] for e in problem["errors"]}


@pytest.mark.parametrize(
    "occurred_at",
    [
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2029-02-28T23:59:60Z",
        "2026-01-01t00:00:00z",
        "2024-02-29T24:00:00+07:00",
        "9999-12-31T24:00:00Z",
    ],
)
def test_a_clock_that_is_off_never_stops_a_sale(till: ApiTill, occurred_at: str) -> None:
    sale = till.sell("R-1", occurred_at=occurred_at)
    assert sale["status"] == "completed"


@pytest.mark.parametrize("date", ["", "now", "Thu, 99 Foo 2026", "Thu, 01 Jan 1970 00:00:00 GMT", "x" * 5000])
def test_the_tills_clock_is_tolerated(till: ApiTill, date: str) -> None:
    till.ok("POST", "/sales", SALE, status=201, headers={"Date": date})


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("id", "id"),
        ("en", "en"),
        ("in-ID", "id"),
        ("fr, en;q=0.5", "en"),
        ("*", "id"),
        ("", "id"),
        ("xx", "id"),
        ("en-GB,id;q=0.9", "en"),
    ],
)
def test_the_cashier_reads_their_own_language(till: ApiTill, wish: str, language: str) -> None:
    problem = till.refused("GET", "/sales/R-9", status=404, code="sale_not_found", headers={"Accept-Language": wish})
    words = {"en": "Receipt not found. Check the number.", "id": "Struk tidak ditemukan. Periksa nomornya."}
    assert problem["cashier_message"] == words[language]


@pytest.mark.parametrize("path", ["/nowhere", "/members/", "/sales/R-1/refunds/1", "/"])
def test_an_address_that_does_not_exist(till: ApiTill, path: str) -> None:
    for method in ("GET", "POST"):
        till.refused(method, path, status=404, code="not_found")


def test_other_methods_are_refused_and_the_allowed_ones_named(till: ApiTill) -> None:
    for method in ("DELETE", "PUT", "PATCH", "OPTIONS"):
        response = till.send(method, "/sales/R-1")
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"
    assert till.send("GET", "/quotes").status_code == 405


def test_only_json_is_answered(till: ApiTill) -> None:
    till.refused("GET", "/program", status=406, code="not_acceptable", headers={"Accept": "text/html"})
    for accept in ("*/*", "application/json", "application/problem+json", "application/json, text/html;q=0.1"):
        till.ok("GET", "/program", headers={"Accept": accept})


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 65, "with space in the key", '"unclosed-0123456789', "umlaut-ä-0123456789"]
)
def test_every_post_needs_a_well_formed_key(till: ApiTill, key: str) -> None:
    code = "idempotency_key_malformed" if key else "idempotency_key_missing"
    for path, body in (("/sales", SALE), ("/quotes", {"lines": [line()]}), ("/coupons/check", {"code": "X"})):
        till.refused("POST", path, body, key=key, status=400, code=code)


def test_optional_fields_may_be_null(till: ApiTill) -> None:
    body = SALE | {"member_id": None, "quote_id": None, "coupon_codes": None, "redeem_points": None, "charged": None}
    till.post("/sales", body, status=201, key=(key := new_key()))
    replay = till.send("POST", "/sales", SALE, key=key)
    assert replay["Idempotency-Replayed"] == "true"
