"""What a till recorded offline comes in one request: each item once, alone, and as if it had been sent by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from merchants.facts import AuditFilter
from merchants.models import ClaimedKey
from merchants.operations import forget_old_keys
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from pos_integration.pipeline import Call
from pos_integration.views import batches as batches_view
from pos_integration.views.sales import SalesView
from sales.models import Sale
from tests.api.batches import codes, hours_ago, item, refund_item, sale_item, send, send_until_done, statuses
from tests.api.conftest import ApiShop, open_shop
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"
JOIN = {"name": "Siti Rahma", "phone": PHONE, "promo_consent": False}


@pytest.fixture
def shop(db: None) -> ApiShop:
    """A shop whose offers have run for a while: what comes is of days ago."""
    with time_machine.travel(timezone.now() - timedelta(days=40), tick=True):
        return open_shop("Toko Kopi Ratna")


def sale_count(till: ApiTill) -> int:
    with merchant_scope(till.merchant.id):
        return Sale.objects.filter(merchant_id=till.merchant.id).count()


def test_a_day_offline_comes_in_one_request(till: ApiTill, shop: ApiShop) -> None:
    answer = send(
        till,
        [
            item("enrol", 1, JOIN, at=hours_ago(9)),
            sale_item(2, "R-1", at=hours_ago(8), identifier=PHONE, lines=[line(quantity=4)]),
            refund_item(3, "R-1", "F-1", at=hours_ago(7)),
            sale_item(4, "R-2", at=hours_ago(6)),
            item("void", 5, {"reference": "R-2", "reason": "salah input"}, at=hours_ago(5)),
        ],
    )
    assert statuses(answer) == [(201, False), (201, False), (201, False), (201, False), (200, False)]
    assert answer["missing_seq"] == []
    assert "missing_more" not in answer
    joined, sold, returned, _, voided = [one["body"] for one in answer["results"]]
    assert sold["member"]["id"] == joined["member"]["id"]
    assert (sold["points_earned"], returned["refund"]["points_reversed"]) == (10, 3)
    assert voided["status"] == "voided"
    assert till.get("/sales/R-1")["status"] == "partially_refunded"
    assert till.balance(joined["member"]["id"]) == 7
    shop.assert_verified()


def test_sent_again_nothing_happens_twice_and_the_answers_are_those_of_the_first_time(till: ApiTill) -> None:
    items = [item("enrol", 1, JOIN), sale_item(2, "R-1", identifier=PHONE), refund_item(3, "R-1", "F-1")]
    first = send(till, items)
    again = send(till, items)
    assert statuses(again) == [(201, True)] * 3
    assert [one["body"] for one in again["results"]] == [one["body"] for one in first["results"]]
    assert sale_count(till) == 1


def test_order_in_the_request_does_not_matter_and_results_keep_it(till: ApiTill) -> None:
    items = [
        refund_item(3, "R-1", "F-1", at=hours_ago(1)),
        sale_item(2, "R-1", at=hours_ago(2), identifier=PHONE),
        item("enrol", 1, JOIN, at=hours_ago(1.9)),
    ]
    answer = send(till, items)
    assert statuses(answer) == [(201, False)] * 3, "the member joins first, although the receipt was begun before"
    assert answer["results"][1]["body"]["member"]["name"] == "Siti Rahma"


def test_at_the_same_instant_the_numbers_say_what_came_first(till: ApiTill) -> None:
    at = hours_ago(4)
    answer = send(till, [refund_item(8, "R-1", "F-1", at=at), sale_item(7, "R-1", at=at)])
    assert statuses(answer) == [(201, False), (201, False)], "applied, not parked"


@pytest.mark.parametrize("first", ["alone", "in a batch"])
def test_what_was_sent_alone_before_is_the_same_request(till: ApiTill, first: str) -> None:
    member = till.enrol(PHONE)
    at, keys = hours_ago(2), [new_key() for _ in range(3)]
    bodies = {
        "/sales": {"reference": "R/1", "member_id": member["id"], "lines": [line(quantity=2)], "occurred_at": at},
        "/sales/R-0/refunds": {
            "refund_reference": "F-1",
            "lines": [{"line_id": "1", "quantity": 1}],
            "occurred_at": at,
        },
        "/sales/R-0/void": {"occurred_at": at},
    }
    till.sell("R-0", line(quantity=2))
    sale, refund, _ = bodies.values()
    items = [
        item("sale", 1, {name: value for name, value in sale.items() if name != "occurred_at"}, at=at, key=keys[0]),
        item("refund", 2, {**refund, "reference": "R-0"}, at=at, key=keys[1]),
        item("void", 3, {"reference": "R-0", "occurred_at": None}, at=at, key=keys[2]),
    ]
    if first == "alone":
        for (path, body), key in zip(bodies.items(), keys, strict=True):
            till.send("POST", path, body, key=key)
        assert [replayed for _, replayed in statuses(send(till, items))] == [True] * 3
    else:
        assert [replayed for _, replayed in statuses(send(till, items))] == [False] * 3
        for (path, body), key in zip(bodies.items(), keys, strict=True):
            assert till.send("POST", path, body, key=key)["Idempotency-Replayed"] == "true", path
    assert len(till.get("/sales/R-0/refunds")["results"]) == 2


def test_an_enrolment_is_the_same_request_too(till: ApiTill) -> None:
    at, key = hours_ago(2), new_key()
    till.post("/members", {**JOIN, "occurred_at": at}, status=201, key=key)
    assert statuses(send(till, [item("enrol", 1, JOIN, at=at, key=key)])) == [(201, True)]


def test_twins_within_a_batch_happen_once(till: ApiTill) -> None:
    """T42: the same key; another key for the same receipt; one key for two contents."""
    key, at = new_key(), hours_ago(2)
    one = sale_item(1, "R-1", at=at, key=key)
    other_key = {**one, "idempotency_key": new_key(), "terminal_seq": 2}
    other_content = sale_item(3, "R-9", at=hours_ago(1), key=key)
    answer = send(till, [one, dict(one), other_key, other_content])
    assert statuses(answer) == [(201, False), (201, True), (200, True), (422, False)]
    assert codes(answer)[-1] == "idempotency_key_reused"
    assert sale_count(till) == 1


def test_after_the_key_is_forgotten_the_receipt_still_answers(till: ApiTill) -> None:
    """T43: the same batch 31 days later."""
    items = [sale_item(1, "R-1"), refund_item(2, "R-1", "F-1", at=hours_ago(1)), item("enrol", 3, JOIN)]
    first = send(till, items)
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=True):
        with merchant_scope(till.merchant.id):
            assert forget_old_keys(merchant=till.merchant, now=timezone.now()) == 3
        again = send(till, items)
    assert statuses(again) == [(200, True), (200, True), (409, False)]
    assert codes(again)[2] == "member_exists"
    assert again["results"][0]["body"]["id"] == first["results"][0]["body"]["id"]
    assert (sale_count(till), len(till.get("/sales/R-1/refunds")["results"])) == (1, 1)


# --- a wrong item stops no other ---------------------------------------------------------------------------------

GOOD = {"idempotency_key": "a" * 16, "terminal_seq": 1, "operation": "sale", "occurred_at": "2026-03-05T14:30:00+07:00"}


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({**GOOD, "body": {"reference": "R-9", "lines": []}}, "/body/lines", "empty"),
        ({**GOOD, "body": {"reference": "R-9", "lines": [{**line(), "quantity": 0}]}}, "/body/lines/0/quantity", "low"),
        ({**GOOD, "body": {"reference": "R-9", "lines": [line()], "tip": 1}}, "/body/tip", "unknown_field"),
        ({**GOOD, "body": {"reference": "R-9", "lines": [line()], "occurred_at": 5}}, "/body/occurred_at", "type"),
        ({**GOOD, "operation": "refund", "body": {"refund_reference": "F"}}, "/body/lines", "required"),
        ({**GOOD, "operation": "void", "body": {}}, "/body/reference", "required"),
        ({**GOOD, "operation": "void", "body": {"reference": "a\nb"}}, "/body/reference", "invisible"),
        ({**GOOD, "operation": "enrol", "body": {"name": "A", "promo_consent": True}}, "/body/phone", "required"),
        ({**GOOD, "operation": "claim", "body": {}}, "/operation", "choice"),
        ({**GOOD, "terminal_seq": "1", "body": {}}, "/terminal_seq", "type"),
        ({**GOOD, "terminal_seq": -1, "body": {}}, "/terminal_seq", "low"),
        ({**GOOD, "idempotency_key": "short", "body": {}}, "/idempotency_key", "short"),
        ({**GOOD, "idempotency_key": "with blanks in it", "body": {}}, "/idempotency_key", "pattern"),
        ({**GOOD, "occurred_at": "yesterday", "body": {}}, "/occurred_at", "type"),
        ({**GOOD, "body": []}, "/body", "type"),
        ({**GOOD, "body": {}, "till": "2"}, "/till", "unknown_field"),
        ({"body": {}}, "/idempotency_key", "required"),
        ({}, "/idempotency_key", "required"),
        (7, "", "type"),
        (None, "", "null"),
    ],
)
def test_a_wrong_item_is_named_and_stops_no_other(till: ApiTill, wrong: Any, pointer: str, code: str) -> None:
    answer = send(till, [sale_item(11, "R-1"), wrong, sale_item(12, "R-2")])
    assert [status for status, _ in statuses(answer)] == [201, 400, 201]
    problem = answer["results"][1]["body"]
    assert (pointer, code) in [(one["pointer"], one["code"]) for one in problem["errors"]], problem
    assert answer["missing_seq"] == [], "what was wrong has no number"
    assert sale_count(till) == 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/items", "required"),
        ({"items": []}, "/items", "empty"),
        ({"items": {}}, "/items", "not_a_list"),
        ({"items": None}, "/items", "null"),
        ({"items": [{}] * 501}, "/items", "max_length"),
        ({"items": [{}], "device_id": 7}, "/device_id", "type"),
        ({"items": [{}], "device_id": "x" * 101}, "/device_id", "long"),
        ({"items": [{}], "till": 1}, "/till", "unknown_field"),
    ],
)
def test_a_wrong_batch_is_refused_whole(till: ApiTill, body: Any, pointer: str, code: str) -> None:
    problem = till.refused("POST", "/batches", body, status=400, code="validation_error")
    assert (pointer, code) in [(one["pointer"], one["code"]) for one in problem["errors"]]


def test_a_batch_needs_no_key_and_may_be_a_megabyte(till: ApiTill) -> None:
    assert send(till, [sale_item(1, "R-1")], key="")["results"][0]["status"] == 201
    till.refused("POST", "/batches", raw=b" " * (1024 * 1024 + 1), status=413, code="body_too_large")
    till.refused("POST", "/batches", raw=b'{"items": [', status=400, code="malformed_json")
    clock = {"X-Till-Clock": "noon"}
    till.refused("POST", "/batches", {"items": [{}]}, status=400, code="till_clock_malformed", headers=clock)


def test_five_hundred_items_are_taken(till: ApiTill) -> None:
    items = [item("void", n, {"reference": f"R-{n}"}) for n in range(500)]
    answer = send_until_done(till, items)
    assert {one["status"] for one in answer["results"]} == {202}
    assert answer["missing_seq"] == []


def test_problems_are_in_the_language_asked_for(till: ApiTill) -> None:
    till.language = "id"
    answer = send(till, [{**GOOD, "body": {"reference": "R-1"}}, item("enrol", 1, JOIN), item("enrol", 2, JOIN)])
    assert "/body/lines: Isian ini tidak ada" in answer["results"][0]["body"]["detail"]
    assert answer["results"][2]["body"]["title"] == "Member sudah ada"


def test_only_a_key_that_sells_may_send_batches(shop: ApiShop) -> None:
    till = shop.till(scopes=["read_members", "redeem"])
    till.refused("POST", "/batches", {"items": [{}]}, status=403, code="scope_missing")
    seller = shop.till(scopes=["record_sales"])
    member = seller.enrol(PHONE)
    answer = send(seller, [sale_item(1, "R-1", member_id=member["id"], redeem_points=5), sale_item(2, "R-2")])
    assert [status for status, _ in statuses(answer)] == [403, 201]


def test_another_merchants_ids_answer_like_random_ones(till: ApiTill, stranger: ApiTill) -> None:
    theirs = stranger.enrol(PHONE)["id"]
    their_sale = stranger.sell("X-1")["id"]
    nobody = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"
    answers = [
        send(
            till,
            [
                item("enrol", n, {"name": "A", "promo_consent": False, "household_of": member}),
                refund_item(n + 1, sale, f"F-{n}"),
                item("void", n + 2, {"reference": sale}),
                sale_item(n + 3, f"R-{n}", returns=[{"sale_id": sale, "lines": [{"line_id": "1", "quantity": 1}]}]),
            ],
        )
        for n, member, sale in ((10, theirs, their_sale), (20, nobody, nobody))
    ]
    told: list[list[Any]] = [[(one["status"], one["body"]) for one in answer["results"]] for answer in answers]
    for answer, named in zip(told, (their_sale, nobody), strict=True):
        status, sale = answer.pop()
        answer += [status, sale["returns"], sale["warnings"][0]["message"].replace(named, "…")]
    assert told[0] == told[1]
    assert stranger.get("/sales/X-1")["refunds"] == []


# --- numbers -----------------------------------------------------------------------------------------------------


def test_missing_numbers_are_named_per_till_and_device(till: ApiTill, colleague: ApiTill) -> None:
    assert send(till, [sale_item(5, "R-5")])["missing_seq"] == []
    answer = send(till, [sale_item(9, "R-9"), sale_item(7, "R-7"), {**GOOD, "terminal_seq": 8, "body": {}}])
    assert answer["missing_seq"] == [6, 8], "an item that was refused for its form did not come"
    assert send(till, [sale_item(2, "D-2"), sale_item(4, "D-4")], device_id="tablet")["missing_seq"] == [3]
    assert send(colleague, [sale_item(20, "R-5")])["missing_seq"] == []
    assert send(till, [sale_item(8, "R-8"), sale_item(6, "R-6")])["missing_seq"] == []


def test_a_thousand_missing_numbers_are_named_and_then_that_there_are_more(till: ApiTill) -> None:
    answer = send(till, [sale_item(1, "R-1"), sale_item(1_002, "R-2")])
    assert (answer["missing_seq"], "missing_more" in answer) == (list(range(2, 1_002)), False)
    answer = send(till, [sale_item(10**12, "R-3")])
    assert answer["missing_seq"] == [*range(2, 1_002)]
    assert answer["missing_more"] is True
    assert len(answer["missing_seq"]) == 1_000


def test_one_number_with_two_contents_keeps_the_first(till: ApiTill) -> None:
    """T40: a cloned device. What was executed stays, the other one is undone with its key, and a trace is left."""
    send(till, [sale_item(1, "R-1")])
    clone = sale_item(1, "R-2", key="k" * 20)
    answer = send(till, [clone, sale_item(2, "R-3")])
    assert statuses(answer) == [(422, False), (201, False)]
    assert codes(answer)[0] == "terminal_seq_conflict"
    till.refused("GET", "/sales/R-2", status=404, code="sale_not_found")
    with merchant_scope(till.merchant.id):
        assert not ClaimedKey.objects.filter(merchant_id=till.merchant.id, key="k" * 20).exists()
        trail = audit_trail(merchant=till.merchant, filters=AuditFilter(action="till.number_conflict"))
    assert [one.subject_id for one in trail] == [till.till_id]
    assert statuses(send(till, [{**clone, "terminal_seq": 3}])) == [(201, False)]


def test_the_same_content_under_another_key_keeps_its_number(till: ApiTill) -> None:
    first = sale_item(1, "R-1")
    send(till, [first])
    again = {**first, "idempotency_key": new_key()}
    assert statuses(send(till, [again])) == [(200, True)]


# --- a sale that was paid ----------------------------------------------------------------------------------------


def paid_flags(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Note for each receipt whether it came as paid."""
    seen: dict[str, bool] = {}
    perform = SalesView.perform

    def note(self: SalesView, call: Call, data: dict[str, Any]) -> Any:
        seen[data["reference"]] = call.is_paid
        return perform(self, call, data)

    monkeypatch.setattr(SalesView, "perform", note)
    return seen


def test_what_happened_just_now_is_treated_as_online(till: ApiTill, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = paid_flags(monkeypatch)
    now = timezone.now()
    behind = now - timedelta(hours=2)
    with time_machine.travel(now, tick=False):
        said = {"JUST": 1, "LONG": 3}
        items = [
            sale_item(n, name, at=(now - timedelta(minutes=minutes)).isoformat())
            for n, (name, minutes) in enumerate(said.items())
        ]
        send(till, items)
        clock = {"X-Till-Clock": behind.isoformat()}
        at = {"JUST-BY-ITS-CLOCK": behind, "LONG-BY-ITS-CLOCK": behind - timedelta(minutes=3)}
        items = [sale_item(n, name, at=time.isoformat()) for n, (name, time) in enumerate(at.items(), 5)]
        send(till, items, headers=clock)
        lost = {"X-Till-Clock": "2020-01-01T00:00:00+07:00"}
        send(till, [sale_item(8, "CLOCK-LOST", at="2020-01-01T00:00:00+07:00")], headers=lost)
        till.sell("ALONE", occurred_at=hours_ago(5))
    assert seen == {
        "JUST": False,
        "LONG": True,
        "JUST-BY-ITS-CLOCK": False,
        "LONG-BY-ITS-CLOCK": True,
        "CLOCK-LOST": True,
        "ALONE": False,
    }


def test_a_sale_that_was_refused_alone_and_paid_all_the_same_is_not_lost(
    till: ApiTill,
) -> None:
    """The first answer stays with the key: as an item it gets a key of its own, and repeats find what it did."""
    member, at, key = till.enrol(PHONE), hours_ago(1), new_key()
    body = {"reference": "R-1", "member_id": member["id"], "lines": [line()], "redeem_points": 500, "occurred_at": at}
    till.refused("POST", "/sales", body, status=409, code="insufficient_points", key=key)
    fed = sale_item(1, "R-1", at=at, key=key, member_id=member["id"], redeem_points=500)
    till.sell("EARN", line(unit_amount=10_000_000), member_id=member["id"])
    assert statuses(send(till, [fed])) == [(201, False)]
    assert statuses(send(till, [fed])) == [(201, True)]
    assert till.get("/sales/R-1")["points_redeemed"] == 250


# --- bad weather -------------------------------------------------------------------------------------------------


def test_what_the_database_cannot_do_now_may_be_sent_again(till: ApiTill, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 and 500 of one item: the others are there, its number is missing, and the next batch brings it."""
    perform = SalesView.perform

    def break_some(self: SalesView, call: Call, data: dict[str, Any]) -> Any:
        if data["reference"] == "R-2":
            raise OperationalError("disk full") from type("Lost", (Exception,), {"pgcode": "53100"})()
        if data["reference"] == "R-3":
            raise KeyError("a bug")
        return perform(self, call, data)

    items = [sale_item(n, f"R-{n}", at=hours_ago(9 - n)) for n in range(1, 5)]
    monkeypatch.setattr(SalesView, "perform", break_some)
    answer = send(till, items)
    assert statuses(answer) == [(201, False), (503, False), (500, False), (201, False)]
    assert all(one["body"]["retryable"] for one in answer["results"][1:3])
    assert answer["missing_seq"] == [2, 3]
    monkeypatch.undo()
    again = send(till, items)
    assert statuses(again) == [(201, True), (201, False), (201, False), (201, True)]
    assert again["missing_seq"] == []


def test_a_batch_that_takes_too_long_leaves_the_rest_to_the_next(
    till: ApiTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches_view, "LONGEST_SECONDS", 0.0)
    items = [sale_item(1, "R-1")]
    assert codes(send(till, items)) == ["temporarily_unavailable"]
    monkeypatch.undo()
    assert statuses(send(till, items)) == [(201, False)]
