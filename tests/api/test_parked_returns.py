"""A return that comes before its sale waits for it, and is carried out with it, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from loyalty.management.commands.verify import verification_modules
from merchants.tenancy import merchant_scope
from sales.operations import give_up_parked_returns
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"
TWO_OF_FOUR = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 2}], "reason": "rusak"}


def park(till: ApiTill, body: dict[str, Any] = TWO_OF_FOUR, *, reference: str = "R-1", **options: Any) -> Any:
    return till.post(f"/sales/{reference}/refunds", body, status=202, **options)


def violations(till: ApiTill) -> list[Any]:
    with merchant_scope(till.merchant.id):
        return [one for _, module in verification_modules() for one in module.verify(merchant=till.merchant)]


def sell_four(till: ApiTill, reference: str = "R-1") -> Any:
    member = till.enrol(PHONE)
    return till.sell(reference, line(quantity=4, unit_amount=25_000), member_id=member["id"])


def test_a_return_before_its_sale_waits_and_comes_with_it(till: ApiTill) -> None:
    assert park(till) == {"parked": True}
    [waiting] = till.get("/sales/R-1/refunds")["results"]
    assert (waiting["status"], waiting["refund_reference"], waiting["amount"]) == ("parked", "F-1", 0)
    assert waiting["lines"] == [{"line_id": "1", "quantity": 2, "amount": 0}]
    till.refused("GET", "/sales/R-1", status=404, code="sale_not_found")

    sale = sell_four(till)
    assert sale["status"] == "partially_refunded"
    [applied] = sale["refunds"]
    assert (applied["status"], applied["refund_reference"], applied["amount"]) == ("applied", "F-1", 50_000)
    assert (applied["points_reversed"], sale["points_earned"]) == (5, 10)
    assert till.balance(sale["member"]["id"]) == 5
    assert till.get("/sales/R-1/refunds")["results"] == [applied]
    assert till.get("/sales/R-1") == sale
    assert violations(till) == []


def test_the_end_is_the_same_as_in_the_usual_order(till: ApiTill, colleague: ApiTill) -> None:
    park(till)
    early = sell_four(till)
    member = colleague.enrol("0813 0000 1111", name="Budi")
    colleague.sell("R-1", line(quantity=4, unit_amount=25_000), member_id=member["id"])
    usual = colleague.post("/sales/R-1/refunds", TWO_OF_FOUR, status=201)["sale"]
    for name in ("status", "points_earned", "payable_amount", "points_redeemed", "lines"):
        assert early[name] == usual[name], name
    assert till.balance(early["member"]["id"]) == till.balance(member["id"])


def test_refund_then_void_before_the_sale_leave_nothing(till: ApiTill) -> None:
    till.post("/sales/R-1/void", {"reason": "salah input"}, status=202)
    park(till)
    sale = sell_four(till)
    assert sale["status"] == "voided"
    assert [one["amount"] for one in sale["refunds"]] == [50_000, 50_000]
    assert till.balance(sale["member"]["id"]) == 0
    till.refused("POST", "/sales/R-1/void", {}, status=409, code="sale_already_voided")
    assert violations(till) == []


def test_sent_again_it_waits_once(till: ApiTill) -> None:
    key = new_key()
    park(till, key=key)
    again = till.send("POST", "/sales/R-1/refunds", TWO_OF_FOUR, key=key)
    assert (again.status_code, again["Idempotency-Replayed"]) == (202, "true")
    other_key = till.send("POST", "/sales/R-1/refunds", TWO_OF_FOUR)
    assert (other_key.status_code, other_key["Idempotency-Replayed"]) == (202, "natural")
    other = {**TWO_OF_FOUR, "reason": "lain"}
    till.refused("POST", "/sales/R-1/refunds", other, status=409, code="refund_conflict")
    assert len(till.get("/sales/R-1/refunds")["results"]) == 1
    sale = sell_four(till)
    assert [one["amount"] for one in sale["refunds"]] == [50_000]
    known = till.send("POST", "/sales/R-1/refunds", TWO_OF_FOUR)
    assert (known.status_code, known["Idempotency-Replayed"]) == (200, "natural")
    assert till.balance(sale["member"]["id"]) == 5


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([{"line_id": "1", "quantity": 5}], "refund_exceeds_sale"),
        ([{"line_id": "9", "quantity": 1}], "validation_error"),
    ],
)
def test_what_the_sale_does_not_allow_is_left_to_a_person(
    till: ApiTill, lines: list[dict[str, Any]], code: str
) -> None:
    park(till, {"refund_reference": "F-9", "lines": lines})
    park(till)
    sale = sell_four(till)
    assert [one["refund_reference"] for one in sale["refunds"]] == ["F-1"]
    listed = {one["refund_reference"]: one["status"] for one in till.get("/sales/R-1/refunds")["results"]}
    assert listed == {"F-1": "applied", "F-9": "refused"}
    assert violations(till) == []


def test_only_this_tills_sale_is_waited_for(till: ApiTill, colleague: ApiTill, stranger: ApiTill) -> None:
    park(till)
    for other in (colleague, stranger):
        assert other.sell("R-1", line(quantity=4))["refunds"] == []
        assert other.get("/sales/R-1/refunds")["results"] == []
    assert sell_four(till)["status"] == "partially_refunded"


def test_another_merchants_sale_is_parked_like_a_random_one(till: ApiTill, stranger: ApiTill) -> None:
    theirs = stranger.sell("R-7", line(quantity=4))["id"]
    random = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"
    answers = [till.send("POST", f"/sales/{one}/refunds", TWO_OF_FOUR) for one in (theirs, random)]
    assert [(one.status_code, one.content) for one in answers] == [(202, b'{"parked":true}')] * 2
    assert stranger.get(f"/sales/{theirs}")["refunds"] == []


def test_after_thirty_days_a_person_has_to_look_and_the_sale_may_still_come(till: ApiTill) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=31), tick=True):
        park(till)
        park(till, {**TWO_OF_FOUR, "refund_reference": "F-2"}, reference="R-2")
    with merchant_scope(till.merchant.id):
        assert give_up_parked_returns(merchant=till.merchant, now=timezone.now()) == 2
        assert give_up_parked_returns(merchant=till.merchant, now=timezone.now()) == 0
    assert [one["status"] for one in till.get("/sales/R-1/refunds")["results"]] == ["unmatched_return"]
    assert [one["status"] for one in sell_four(till)["refunds"]] == ["applied"]
    assert [one["status"] for one in till.get("/sales/R-2/refunds")["results"]] == ["unmatched_return"]


def test_a_name_that_no_receipt_can_have_is_not_parked(till: ApiTill) -> None:
    till.refused("POST", f"/sales/{'x' * 200}/refunds", TWO_OF_FOUR, status=404, code="sale_not_found")
    till.refused("POST", f"/sales/{'x' * 200}/void", {}, status=404, code="sale_not_found")
