"""GET /sales?business_date=: this till's receipts of a day with its totals, for closing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from tests.api.till import ApiTill, line

NOON = datetime(2027, 3, 5, 5, tzinfo=UTC)
"""12:00 in Jakarta on 5 March."""
NO_BILL = dict.fromkeys(("tax_amount", "service_amount", "tip_amount", "rounding_amount"), 0)
TODAY, YESTERDAY = "2027-03-05", "2027-03-04"


def total(count: int, total_amount: int, payable_amount: int | None = None) -> dict[str, int]:
    payable = total_amount if payable_amount is None else payable_amount
    return {"count": count, **net(total_amount, payable)}


def net(total_amount: int, payable_amount: int) -> dict[str, int]:
    return {"total_amount": total_amount, "payable_amount": payable_amount, **NO_BILL}


def give_back(till: ApiTill, sale: Any, reference: str) -> None:
    body = {"refund_reference": reference, "lines": [{"line_id": "1", "quantity": 1}]}
    till.post(f"/sales/{sale['id']}/refunds", body, status=201)


def test_the_day_of_a_till_adds_up(till: ApiTill, colleague: ApiTill, stranger: ApiTill) -> None:
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        earlier = till.sell("Y-1", line(quantity=2))
        of_colleague = colleague.sell("Y-1")
    with time_machine.travel(NOON, tick=False):
        first = till.sell("INV/1", line(quantity=2), cashier="Dewi")
        till.sell("INV/2", line(unit_amount=10_000))
        gone = till.sell("INV/3", line(unit_amount=7_000))
        colleague.sell("INV/1", line(unit_amount=999))
        stranger.sell("INV/1", line(unit_amount=888))
        give_back(till, first, "R-1")
        give_back(till, earlier, "R-2")
        give_back(till, of_colleague, "R-3")
        give_back(colleague, earlier, "R-4")
        till.post(f"/sales/{gone['id']}/void")
        day = till.get("/sales", business_date=TODAY)
    assert (day["business_date"], day["count"], day["next"]) == (TODAY, 3, None)
    assert day["totals"] == {
        "sales": total(3, 67_000),
        # One of each of three receipts, two of them sold on the day before, and the void.
        "returns": total(4, 25_000 * 3 + 7_000),
        "net": net(-15_000, -15_000),
        "by_status": [
            {"status": "completed", "count": 1, "total_amount": 10_000},
            {"status": "partially_refunded", "count": 1, "total_amount": 50_000},
            {"status": "voided", "count": 1, "total_amount": 7_000},
        ],
    }
    assert [receipt["reference"] for receipt in day["results"]] == ["INV/3", "INV/2", "INV/1"]
    assert day["results"][-1] == {
        "id": first["id"],
        "reference": "INV/1",
        "status": "partially_refunded",
        "occurred_at": first["occurred_at"],
        "member_id": None,
        "cashier": "Dewi",
        "total_amount": 50_000,
        "discount_amount": 0,
        **NO_BILL,
        "returns_amount": 0,
        "payable_amount": 50_000,
        "refunded_amount": 25_000,
        "points_earned": 0,
    }
    assert till.get("/sales", business_date=YESTERDAY)["totals"]["net"] == net(50_000, 50_000)


def test_money_over_the_counter_is_without_points_and_wallet(till: ApiTill) -> None:
    with time_machine.travel(NOON, tick=False):
        member = till.enrol("0812 3456 7890")
        till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
        sale = till.sell("R-1", line(quantity=2), member_id=member["id"], redeem_points=100)
        give_back(till, sale, "B-1")
        totals = till.get("/sales")["totals"]
    assert totals["sales"] == total(2, 1_050_000, 1_040_000)
    assert totals["returns"] == total(1, 25_000, 20_000)
    assert totals["net"] == net(1_025_000, 1_020_000)


def test_pages_hold_every_receipt_once_and_the_totals_of_all(till: ApiTill) -> None:
    with time_machine.travel(NOON, tick=False):
        for n in range(5):
            till.sell(f"R-{n}", line(unit_amount=1_000))
        first = till.get("/sales", limit=2)
        till.sell("R-late", line(unit_amount=1_000))
        second = till.get("/sales", limit=2, cursor=first["next"])
        third = till.get("/sales", limit=2, cursor=second["next"])
    pages = [first, second, third]
    assert [r["reference"] for page in pages for r in page["results"]] == ["R-4", "R-3", "R-2", "R-1", "R-0"]
    assert third["next"] is None
    assert [page["totals"]["sales"]["total_amount"] for page in pages] == [5_000, 6_000, 6_000]


def test_an_empty_day_has_totals_of_nothing(till: ApiTill) -> None:
    day = till.get("/sales", business_date="2026-01-01")
    assert (day["count"], day["results"], day["next"]) == (0, [], None)
    assert day["totals"]["net"] == net(0, 0)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"business_date": "2026-02-29"}, "?business_date"),
        ({"business_date": "05-03-2026"}, "?business_date"),
        ({"cursor": "eA"}, "?cursor"),
        ({"limit": "0"}, "?limit"),
        ({"till": "1"}, "?till"),
    ],
)
def test_a_wrong_question_is_named(till: ApiTill, query: dict[str, str], pointer: str) -> None:
    problem = till.refused("GET", "/sales", status=400, code="validation_error", query=query)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_key_that_may_not_record_sales_sees_none(till: ApiTill, shop: Any) -> None:
    reader = shop.till(scopes=["read_members"])
    reader.refused("GET", "/sales", status=403, code="scope_missing")


def test_a_day_of_many_receipts_takes_as_many_statements_as_one_of_few(
    till: ApiTill, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(6):
        till.sell(f"R-{n}", line(unit_amount=1_000))
    till.get("/sales")
    with django_assert_num_queries(DAY_STATEMENTS):
        till.get("/sales", limit=3)
    with django_assert_num_queries(DAY_STATEMENTS):
        till.get("/sales")


DAY_STATEMENTS = 8
"""The key, the scope's, and three of the day: receipts, sums of sales, sums of returns."""
