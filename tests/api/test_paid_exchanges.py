"""A paid receipt that hands back more than its earlier sale has left is recorded, and the rest waits for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from merchants.facts import Actor
from merchants.tenancy import merchant_scope
from sales.operations import close_parked_return
from sales.queries import open_parked_returns
from tests.api.batches import hours_ago, refund_item, sale_item, send, statuses
from tests.api.conftest import ApiShop
from tests.api.test_exchanges import back
from tests.api.test_paid_sales import PHONE, opened_shop, pay, warned
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.usefixtures("midday")

NEW_GOODS = line(unit_amount=60_000)
RANDOM_ID = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"
_numbers = count(20_000)


@pytest.fixture
def shop(db: None) -> Iterator[ApiShop]:
    yield from opened_shop()


def exchange(till: ApiTill, *returns: Any, reference: str = "X-1", **fields: Any) -> Any:
    return pay(till, reference, lines=[NEW_GOODS], returns=list(returns), **fields)


def left_to_a_person(shop: ApiShop) -> list[tuple[str, str, str, list[tuple[str, int]]]]:
    """Return receipt, state, problem and units of each return that is open."""
    with merchant_scope(shop.merchant.id):
        rows = open_parked_returns(merchant=shop.merchant, limit=10)
    return [(row.reference, row.state, row.problem, [(one.line_id, one.quantity) for one in row.lines]) for row in rows]


def refund_one(till: ApiTill, reference: str = "R-1", number: str = "F-1", quantity: int = 1) -> None:
    body = {"refund_reference": number, "lines": [{"line_id": "1", "quantity": quantity}]}
    till.post(f"/sales/{reference}/refunds", body, status=201)


def test_what_is_left_is_taken_back_and_the_rest_is_kept(shop: ApiShop, till: ApiTill) -> None:
    member_id = str(till.enrol(PHONE)["id"])
    till.sell("R-1", line(quantity=3, unit_amount=50_000), member_id=member_id)
    refund_one(till)
    sale = exchange(till, back(3, reference="R-1"), member_id=member_id)
    assert [(one["reference"], one["amount"], one["lines"]) for one in sale["returns"]] == [
        ("R-1", 100_000, [{"line_id": "1", "quantity": 2, "amount": 100_000}])
    ]
    assert (sale["returns_amount"], sale["payable_amount"], warned(sale)) == (
        100_000,
        -40_000,
        ["return_not_taken_back"],
    )
    assert "1 unit of receipt R-1 (Rp\xa050.000)" in sale["warnings"][0]["message"]
    original = till.get("/sales/R-1")
    assert (original["status"], sum(refund["amount"] for refund in original["refunds"])) == ("refunded", 150_000)
    assert till.balance(member_id) == 6, "what the new goods earn"
    assert left_to_a_person(shop) == [("R-1", "refused", "refund_exceeds_sale", [("1", 1)])]
    kept = till.get("/sales/R-1/refunds")["results"][-1]
    assert (kept["status"], kept["exchange_sale_id"], kept["amount"]) == ("refused", sale["id"], 0)


def test_nothing_left_at_all(shop: ApiShop, till: ApiTill) -> None:
    till.sell("R-1", line(quantity=2))
    till.post("/sales/R-1/void", {})
    sale = exchange(till, back(2, reference="R-1"))
    assert (sale["returns"], sale["payable_amount"], warned(sale)) == ([], 60_000, ["return_not_taken_back"])
    assert left_to_a_person(shop) == [("R-1", "refused", "refund_exceeds_sale", [("1", 2)])]


def test_sent_again_nothing_happens_twice(shop: ApiShop, till: ApiTill) -> None:
    till.sell("R-1", line())
    refund_one(till)
    sent = sale_item(next(_numbers), "X-1", lines=[NEW_GOODS], returns=[back(reference="R-1")])
    answers = [send(till, [sent]) for _ in range(2)]
    assert [statuses(answer) for answer in answers] == [[(201, False)], [(201, True)]]
    alone = {"reference": "X-1", **sent["body"], "occurred_at": sent["occurred_at"]}
    again = till.send("POST", "/sales", alone)
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "natural")
    assert len(left_to_a_person(shop)) == 1
    assert len(till.get("/sales/R-1")["refunds"]) == 1


def test_alone_it_is_refused_and_paid_afterwards_recorded(shop: ApiShop, till: ApiTill) -> None:
    """The till was refused, gave the money all the same, and sends the receipt when it is asked for it."""
    till.sell("R-1", line())
    refund_one(till)
    at = hours_ago(1)
    body = {"reference": "X-1", "lines": [NEW_GOODS], "returns": [back(reference="R-1")], "occurred_at": at}
    till.refused("POST", "/sales", body, status=409, code="refund_exceeds_sale", key="exchange-refused-0001")
    item = sale_item(next(_numbers), "X-1", at=at, key="exchange-refused-0001", lines=[NEW_GOODS])
    item["body"]["returns"] = body["returns"]
    assert statuses(send(till, [item])) == [(201, False)]
    again = till.send("POST", "/sales", body, key="exchange-refused-0001")
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "natural")


@pytest.mark.parametrize("first", ["sale", "exchange"])
@pytest.mark.parametrize(("units", "taken"), [(2, 2), (3, 2), (1, 1)])
def test_the_end_is_the_same_in_any_order(shop: ApiShop, till: ApiTill, first: str, units: int, taken: int) -> None:
    """The earlier sale has 2 units; it may arrive after the receipt in which they were handed back."""
    member_id = str(till.enrol(PHONE)["id"])
    sold = {"lines": [line(quantity=2, unit_amount=50_000)], "member_id": member_id, "at": hours_ago(5)}
    if first == "sale":
        pay(till, "R-1", **sold)
    exchange(till, back(units, reference="R-1"))
    if first == "exchange":
        pay(till, "R-1", **sold)
    sale, original = till.get("/sales/X-1"), till.get("/sales/R-1")
    assert (sale["returns_amount"], sale["payable_amount"]) == (taken * 50_000, 60_000 - taken * 50_000)
    assert [one["lines"][0]["quantity"] for one in original["refunds"]] == [taken]
    assert till.balance(member_id) == (2 - taken) * 5
    excess = [("R-1", "refused", "refund_exceeds_sale", [("1", units - taken)])] if units > taken else []
    assert left_to_a_person(shop) == excess
    assert [one["message"] for one in sale["warnings"] if one["code"] != "clock_past"] == [
        f"{lost} unit of receipt R-1 (Rp\xa050.000) could not be taken back; a person looks."
        for lost in [units - taken]
        if lost
    ]


@pytest.mark.parametrize("first", ["sale", "exchange"])
@pytest.mark.parametrize("named", ["1", "9"], ids=["nothing_left", "no_such_line"])
def test_what_the_sale_has_nothing_of_is_said_in_any_order(
    shop: ApiShop, till: ApiTill, first: str, named: str
) -> None:
    """The exchange does not go on saying that it waits for a receipt which has come."""
    lines = [{"line_id": "1", "quantity": 2}]
    body = {"refund_reference": "F-1", "lines": lines, "occurred_at": hours_ago(4)}
    sold = {"lines": [line(quantity=2, unit_amount=50_000)], "at": hours_ago(5)}
    if first == "sale":
        pay(till, "R-1", **sold)
    till.post("/sales/R-1/refunds", body, status=201 if first == "sale" else 202)
    exchange(till, {"reference": "R-1", "lines": [{"line_id": named, "quantity": 2}]})
    if first == "exchange":
        pay(till, "R-1", **sold)
    sale = till.get("/sales/X-1")
    assert (warned(sale), sale["returns"], sale["payable_amount"]) == (["return_not_taken_back"], [], 60_000)
    assert [(one[0], one[1], one[3]) for one in left_to_a_person(shop)] == [("R-1", "refused", [(named, 2)])]


def test_a_reserved_quote_is_paid_though_the_goods_came_back_elsewhere(
    shop: ApiShop, till: ApiTill, colleague: ApiTill
) -> None:
    sold = till.sell("R-1", line())
    cart = {"lines": [NEW_GOODS], "returns": [back(reference="R-1")]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    colleague.post(f"/sales/{sold['id']}/void", {})
    other = {"reference": "X-0", "lines": [line()], "returns": cart["returns"], "quote_id": quote["quote_id"]}
    till.refused("POST", "/sales", other, status=409, code="refund_exceeds_sale")
    sale = till.sell("X-1", *cart["lines"], returns=cart["returns"], quote_id=quote["quote_id"])
    assert (sale["payable_amount"], warned(sale)) == (60_000, ["return_not_taken_back"])
    assert len(left_to_a_person(shop)) == 1


@pytest.mark.parametrize(
    ("returned", "reference", "problem"),
    [
        (back(reference="R-1", line_id="9"), "R-1", "validation_error"),
        (back(sale_id=RANDOM_ID), RANDOM_ID, "sale_not_found"),
        (back(reference="X-1"), "X-1", "sale_not_found"),
    ],
)
def test_what_names_no_goods_of_ours_is_kept_too(
    shop: ApiShop, till: ApiTill, returned: Any, reference: str, problem: str
) -> None:
    till.sell("R-1", line())
    sale = exchange(till, returned)
    assert (sale["returns"], sale["payable_amount"], warned(sale)) == ([], 60_000, ["return_not_taken_back"])
    [(kept, state, why, _)] = left_to_a_person(shop)
    assert (kept, state, why) == (reference, "refused", problem)


def test_one_receipt_number_of_two_tills(shop: ApiShop, till: ApiTill, colleague: ApiTill) -> None:
    """Both hand back goods of one sale under the number X-1: the second return of that number is kept."""
    sold = till.sell("R-1", line(quantity=3))
    for seller in (till, colleague):
        sale = exchange(seller, back(sale_id=sold["id"]))
    assert (sale["returns"], warned(sale)) == ([], ["return_not_taken_back"])
    third = shop.second_till("Third")
    exchange(third, back(sale_id=sold["id"]))
    assert [why for _, _, why, _ in left_to_a_person(shop)] == ["refund_conflict"] * 2


def test_a_person_closes_it_and_it_is_never_carried_out(shop: ApiShop, till: ApiTill) -> None:
    till.sell("R-1", line())
    refund_one(till)
    exchange(till, back(reference="R-1"))
    with merchant_scope(shop.merchant.id):
        [kept] = open_parked_returns(merchant=shop.merchant, limit=10)
        person = Actor(user_id=None, label="Ibu Ratna")
        close_parked_return(
            merchant=shop.merchant, parked_id=kept.id, note="uang kembali", at=timezone.now(), actor=person
        )
    assert left_to_a_person(shop) == []
    assert [one["status"] for one in till.get("/sales/R-1/refunds")["results"]] == ["applied", "closed"]


@pytest.mark.parametrize("written", [str, str.upper])
def test_one_receipt_named_by_id_and_by_a_number_that_is_this_id_stands_twice(
    shop: ApiShop, till: ApiTill, written: Callable[[str], str]
) -> None:
    """Neither the receipt nor the one it names may be kept out for ever by what one till wrote."""
    for named in ({"sale_id": RANDOM_ID}, {"reference": written(RANDOM_ID)}):
        returns = [back(1, sale_id=RANDOM_ID), back(1, **named)]
        sent = sale_item(next(_numbers), "X-1", at=hours_ago(2), lines=[NEW_GOODS], returns=returns)
        (answer,) = send(till, [sent])["results"]
        assert (answer["status"], answer["body"]["errors"][0]["pointer"]) == (400, "/body/returns/1")
    once = exchange(till, back(1, sale_id=RANDOM_ID))
    assert warned(once) == ["return_not_taken_back"]
    assert till.sell(RANDOM_ID, line())["reference"] == RANDOM_ID


@pytest.mark.parametrize("together", [True, False])
def test_a_return_that_waits_under_the_number_of_the_exchange(shop: ApiShop, till: ApiTill, together: bool) -> None:
    """The number names another return of that receipt: the paid receipt is recorded, and its return is for a person."""
    body = {"refund_reference": "X-1", "lines": [{"line_id": "1", "quantity": 1}]}
    if together:
        returns = [back(1, reference="R-1")]
        sale = sale_item(next(_numbers), "X-1", at=hours_ago(2), lines=[NEW_GOODS], returns=returns)
        early = refund_item(next(_numbers), "R-1", "X-1", at=hours_ago(3))
        assert statuses(send(till, [sale, early])) == [(201, False), (202, False)]
    else:
        till.post("/sales/R-1/refunds", body, status=202)
        assert warned(exchange(till, back(1, reference="R-1"))) == ["return_not_taken_back"]
    waits, refused = ("R-1", "waiting", "", [("1", 1)]), ("R-1", "refused", "refund_conflict", [("1", 1)])
    assert left_to_a_person(shop) == [waits, refused]
    till.sell("R-1", line(quantity=3))
    assert left_to_a_person(shop) == [refused]
    assert [one["refund_reference"] for one in till.get("/sales/R-1")["refunds"]] == ["X-1"]
    assert till.get("/sales/X-1")["returns"] == []
