"""Receipt numbers as tills print them: free text, one form, compared exactly (faults B66)."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest

from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

PRINTED = [
    "INV/2026/11/0001",
    "#1001",
    "Order 00001-001-0001",
    "Struk №7 / é",
    "?a=1&b=2",
    "100%",
    "会計-12",
    "-",
    "A" * 64,
]
UNSEEN = ["R\n1", "R\t1", "R\u200b1", "R\u00a01", "R\u202e1", "R\u28001", "R\ufe0f1"]


@pytest.mark.parametrize("number", PRINTED)
def test_a_number_is_taken_as_it_is_printed_and_found_again(till: ApiTill, number: str) -> None:
    sale = till.sell(number)
    assert sale["reference"] == number
    assert till.get("/sales", reference=number) == sale
    assert till.get(f"/sales/{sale['id']}") == sale


@pytest.mark.parametrize("number", [one for one in PRINTED if "/" not in one])
def test_in_a_path_a_number_is_percent_encoded(till: ApiTill, number: str) -> None:
    sale = till.sell(number, line(quantity=2))
    path = f"/sales/{quote(number, safe='')}"
    assert till.get(path) == sale
    refund = {"refund_reference": f"R {number}"[:64], "lines": [{"line_id": "1", "quantity": 1}]}
    assert till.post(f"{path}/refunds", refund, status=201)["refund"]["refund_reference"] == f"R {number}"[:64].strip()
    assert till.post(f"{path}/void")["status"] == "voided"


def test_a_number_with_a_slash_is_returned_and_voided_by_the_sales_id(till: ApiTill) -> None:
    found = till.get("/sales", reference=till.sell("INV/2026/11/0001", line(quantity=2))["reference"])
    refund = {"refund_reference": "RET/2026/11/0001", "lines": [{"line_id": "1", "quantity": 1}]}
    assert till.post(f"/sales/{found['id']}/refunds", refund, status=201)["sale"]["status"] == "partially_refunded"
    assert till.post(f"/sales/{found['id']}/void")["reference"] == "INV/2026/11/0001"


def test_blanks_at_the_ends_and_the_form_of_unicode_are_no_other_number(till: ApiTill) -> None:
    composed = unicodedata.normalize("NFC", "Café 1")
    sale = till.sell(f"  {unicodedata.normalize('NFD', composed)}\n")
    assert sale["reference"] == composed
    again = till.send("POST", "/sales", {"reference": composed, "lines": [line()]})
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "natural")
    assert till.get("/sales", reference=unicodedata.normalize("NFD", composed))["id"] == sale["id"]
    back = {"refund_reference": " R 1 ", "lines": [{"line_id": "1", "quantity": 1}]}
    assert till.post(f"/sales/{sale['id']}/refunds", back, status=201)["refund"]["refund_reference"] == "R 1"


@pytest.mark.parametrize("other", ["inv/1", "INV/01", "INV //1", "ＩＮＶ/1", "INV-1"])
def test_everything_else_is_another_number(till: ApiTill, other: str) -> None:
    till.sell("INV/1")
    till.refused("GET", "/sales", status=404, code="sale_not_found", query={"reference": other})
    assert till.sell(other, line(unit_amount=1))["reference"] == other


@pytest.mark.parametrize("number", UNSEEN)
def test_a_sign_that_is_not_seen_is_refused_by_name(till: ApiTill, number: str) -> None:
    sale = till.sell("R-1")
    for path, field, body in (
        ("/sales", "reference", {"reference": number, "lines": [line()]}),
        ("/sales/R-1/refunds", "refund_reference", {"lines": [{"line_id": "1", "quantity": 1}]}),
        ("/gift-cards", "reference", {"amount": 1_000}),
    ):
        problem = till.refused("POST", path, {**body, field: number}, status=400, code="validation_error")
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(f"/{field}", "invisible")]
    assert till.get("/sales", reference="R-1") == sale


@pytest.mark.parametrize("number", ["", " ", "R\n1", "R\u200b1", "x" * 65])
def test_what_can_be_no_number_is_not_found(till: ApiTill, number: str) -> None:
    till.refused("GET", "/sales", status=404, code="sale_not_found", query={"reference": number})
    if number.strip():
        till.refused("GET", f"/sales/{quote(number)}", status=404, code="sale_not_found")


def test_a_number_is_this_tills_and_another_merchants_looks_like_none(
    till: ApiTill, colleague: ApiTill, stranger: ApiTill
) -> None:
    stranger.sell("INV/7")
    colleague.sell("INV/7")
    answers = [till.send("GET", "/sales", query={"reference": number}) for number in ("INV/7", "INV/8")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a_number_of_another_day_is_not_found_with_the_day(till: ApiTill) -> None:
    sale = till.sell("INV/1")
    today = till.get("/sales")["business_date"]
    assert till.get("/sales", reference="INV/1", business_date=today) == sale
    till.refused(
        "GET", "/sales", status=404, code="sale_not_found", query={"reference": "INV/1", "business_date": "2026-01-01"}
    )


def test_an_anonymous_sale_is_claimed_by_its_printed_number(till: ApiTill, shop: ApiShop) -> None:
    till.sell("Order 00001-001-0001")
    member = till.enrol("0812 3456 7890")
    claimed = till.post("/sales/Order%2000001-001-0001/claim", {"member_id": member["id"]})
    assert claimed["member"]["id"] == member["id"]
