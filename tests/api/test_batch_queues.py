"""What a queue meets in the wild: texts cut in half, requests that went out before the line broke, ids in any form."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.api.batches import codes, item, refund_item, sale_item, send, statuses
from tests.api.conftest import ApiShop
from tests.api.test_paid_sales import opened_shop
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"
RETURN_OF_NO_LINE = {"reference": "R-0", "refund_reference": "F-1", "lines": [{"line_id": "77", "quantity": 1}]}


@pytest.fixture
def shop(db: None) -> Iterator[ApiShop]:
    yield from opened_shop()


# --- an item that cannot be read ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('"Kopi \\ud83d"', "a text holds NUL or a lone surrogate"),
        ('"Kopi \\u0000"', "a text holds NUL or a lone surrogate"),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice in one object"),
        ('[{"a": {"b": 1, "b": 2}}]', "the key 'b' is there twice in one object"),
        ("NaN", "NaN is not a number in JSON"),
        ("[" * 29 + "]" * 29, "nested too deeply"),
    ],
)
def test_an_item_that_cannot_be_read_stops_no_other(till: ApiTill, written: str, reason: str) -> None:
    """Goods whose name was cut in the middle of a sign would else keep the whole queue from coming, for ever."""
    parts = [json.dumps(sale_item(number, f"R-{number}")) for number in (1, 2, 3)]
    parts[1] = parts[1].replace('"Barang 1"', written)
    sent = f'{{"items": [{",".join(parts)}]}}'.encode()
    answer = till.post("/batches", raw=sent)
    assert statuses(answer) == [(201, False), (400, False), (201, False)]
    problem = answer["results"][1]["body"]
    assert (problem["code"], reason in problem["detail"]) == ("malformed_json", True), problem
    till.language = "id"
    again = till.post("/batches", raw=sent)
    assert statuses(again) == [(201, True), (400, False), (201, True)]
    assert again["results"][1]["body"]["detail"] != problem["detail"]


@pytest.mark.parametrize("depth", [28, 29])
def test_an_item_is_as_deep_as_it_would_be_in_the_whole_body(till: ApiTill, depth: int) -> None:
    """The body, the list, the item, its body: four levels; of 32 in all 28 are left."""
    part = json.dumps(item("sale", 1, {"reference": "R-1", "lines": "deep"}))
    sent = f'{{"items": [{part.replace(json.dumps("deep"), "[" * depth + "]" * depth)}]}}'.encode()
    expected = "validation_error" if depth == 28 else "malformed_json"
    assert codes(till.post("/batches", raw=sent)) == [expected]


@pytest.mark.parametrize(
    "sent",
    [
        '{"items": [], "items": [{}]}',
        '{"device_id": "a\\ud83d", "items": [{}]}',
        '{"device_id": NaN, "items": [{}]}',
        '{"items": {"a": 1, "a": 2}}',
        '{"items": NaN}',
        "NaN",
    ],
)
def test_what_cannot_be_read_around_the_items_refuses_the_batch(till: ApiTill, sent: str) -> None:
    till.refused("POST", "/batches", raw=sent.encode(), status=400, code="malformed_json")


# --- what was sent alone before the line broke, without a time -----------------------------------------------------


def test_what_was_sent_alone_without_a_time_is_the_same_request(till: ApiTill) -> None:
    """Alone it happened when it came; the queue says when, and no answer had come. It is not done again."""
    till.sell("R-0", line(quantity=2))
    keys = [new_key() for _ in range(4)]
    joins = {"name": "Siti Rahma", "phone": PHONE, "promo_consent": False}
    sells = {"reference": "R-1", "lines": [line()]}
    returns = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}
    alone = [("/members", joins), ("/sales", sells), ("/sales/R-0/refunds", returns), ("/sales/R-0/void", {})]
    for (path, body), key in zip(alone, keys, strict=True):
        assert till.send("POST", path, body, key=key).status_code < 300, path
    answer = send(
        till,
        [
            item("enrol", 1, joins, key=keys[0]),
            item("sale", 2, {**sells, "occurred_at": None}, key=keys[1]),
            item("refund", 3, {**returns, "reference": "R-0"}, key=keys[2]),
            item("void", 4, {"reference": "R-0"}, key=keys[3]),
        ],
    )
    assert statuses(answer) == [(201, True), (201, True), (201, True), (200, True)], codes(answer)
    assert answer["missing_seq"] == []


def test_a_sale_refused_alone_without_a_time_and_paid_all_the_same_is_recorded(till: ApiTill) -> None:
    member, key = till.enrol(PHONE), new_key()
    body = {"reference": "R-1", "member_id": member["id"], "lines": [line()], "redeem_points": 500}
    till.refused("POST", "/sales", body, status=409, code="insufficient_points", key=key)
    paid = item("sale", 1, body, key=key)
    assert statuses(send(till, [paid])) == [(201, False)]
    assert statuses(send(till, [paid])) == [(201, True)]
    assert till.get("/sales/R-1")["points_redeemed"] == 250


def test_other_content_or_another_time_is_another_request(till: ApiTill) -> None:
    key, body = new_key(), {"reference": "R-1", "lines": [line()]}
    till.post("/sales", body, status=201, key=key)
    other = {**body, "lines": [line(quantity=2)]}
    said = {**body, "occurred_at": "2026-03-05T14:30:00+07:00"}
    answer = send(till, [item("sale", 1, other, key=key), item("sale", 2, said, key=key)])
    assert codes(answer) == ["idempotency_key_reused"] * 2


# --- what is found out only while it is done ----------------------------------------------------------------------


@pytest.mark.parametrize("is_here", [True, False])
def test_a_receipt_named_twice_among_the_returns_is_refused_here_or_not(till: ApiTill, is_here: bool) -> None:
    """Kept to wait for its receipt, the second return would be taken for the first one again, and be lost."""
    if is_here:
        till.sell("R-0", line(quantity=2))
    till.language = "id"
    back = {"reference": "R-0", "lines": [{"line_id": "1", "quantity": 1}]}
    answer = send(till, [sale_item(1, "R-1", returns=[back, back])])
    assert codes(answer) == ["validation_error"]
    [error] = answer["results"][0]["body"]["errors"]
    assert (error["pointer"], error["code"]) == ("/body/returns/1", "duplicate")
    assert error["message"] == "Penjualan ini muncul dua kali. Sebutkan semua baris satu penjualan sekaligus."


def test_a_line_that_the_sale_does_not_have_is_named_inside_the_item(till: ApiTill) -> None:
    till.sell("R-0", line(quantity=2))
    [result] = send(till, [item("refund", 1, RETURN_OF_NO_LINE)])["results"]
    assert [error["pointer"] for error in result["body"]["errors"]] == ["/body/lines/0/line_id"]


# --- a sale named by its id --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", "{{{}}}", "urn:uuid:{}", "upper", "bare"])
def test_an_id_in_any_form_is_found_by_verify_too(till: ApiTill, form: str) -> None:
    sale_id = till.sell("R-1", line(quantity=2))["id"]
    forms = {"upper": sale_id.upper(), "bare": sale_id.replace("-", "")}
    named = forms.get(form) or form.format(sale_id)
    answer = send(till, [refund_item(1, named, "F-1"), item("void", 2, {"reference": named})])
    assert statuses(answer) == [(201, False), (200, False)]
