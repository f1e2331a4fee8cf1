"""POST /sales and what happens to a sale afterwards. Starter program: 1 point per Rp 10.000, a point pays Rp 100."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"


def test_a_sale_is_the_receipt_that_api_md_describes(till: ApiTill) -> None:
    member = till.enrol(PHONE)
    sale = till.sell("T1-000123", line("1", quantity=2, unit_amount=68_000), line("2"), member_id=member["id"])
    figures = {name: sale[name] for name in sale if name.endswith("_amount") or name.startswith("points_")}
    assert figures == {
        "subtotal_amount": 161_000,
        "discount_amount": 0,
        "total_amount": 161_000,
        "tax_amount": 0,
        "service_amount": 0,
        "tip_amount": 0,
        "rounding_amount": 0,
        "points_value_amount": 0,
        "returns_amount": 0,
        "payable_amount": 161_000,
        "cashback_earned_amount": 0,
        "wallet_redeemed_amount": 0,
        "gift_card_redeemed_amount": 0,
        "points_earned": 16,
        "points_redeemed": 0,
        "points_balance": 16,
    }
    assert sale["status"] == "completed"
    assert sale["member"]["points"]["available"] == 16
    assert sale["member"]["purchase_count"] == 1
    assert sale["warnings"] == []
    assert till.get("/sales/T1-000123") == sale
    assert till.get(f"/sales/{sale['id']}") == sale


def test_the_sale_equals_the_quote(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    code = shop.coupon(percent=10)
    cart = {
        "identifier": "+62 812-3456-7890",
        "lines": [line("1", unit_amount=33_333), line("2", quantity=3)],
        "coupon_codes": [code],
        "redeem_points": 20,
    }
    quote = till.post("/quotes", cart)
    assert quote == till.post("/quotes", cart) | {"expires_at": quote["expires_at"]}
    assert quote["total_amount"] == quote["subtotal_amount"] - quote["discount_amount"]
    assert quote["payable_amount"] == quote["total_amount"] - quote["points_value_amount"]
    assert quote["discount_amount"] == 3_333 + 7_500
    assert quote["points_value_amount"] == 2_000
    sale = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    for name in (
        "subtotal_amount",
        "discount_amount",
        "total_amount",
        "payable_amount",
        "lines",
        "discounts",
        "coupons",
    ):
        assert sale[name] == quote[name], name
    assert sale["points_earned"] == quote["points_to_earn"] == (97_500 - 2_000) // 10_000
    assert sale["points_redeemed"] == 20
    assert sale["points_balance"] == 100 - 20 + 9
    assert sale["warnings"] == []


def test_a_quote_changes_nothing(till: ApiTill) -> None:
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    before = till.get(f"/members/{member['id']}")
    till.post("/quotes", {"member_id": member["id"], "lines": [line()], "redeem_points": 50})
    assert till.get(f"/members/{member['id']}") == before


def test_a_reserved_quote_holds_until_it_is_released(till: ApiTill) -> None:
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    cart = {"member_id": member["id"], "lines": [line()], "redeem_points": 80}
    quote = till.post("/quotes", {**cart, "reserve": True})
    assert quote["reserved"] is True
    points = till.get(f"/members/{member['id']}")["member"]["points"]
    assert (points["available"], points["held"]) == (20, 80)
    till.refused("POST", "/sales", {**cart, "reference": "R-1"}, status=409, code="insufficient_points")
    till.post(f"/quotes/{quote['quote_id']}/release", status=204)
    till.post("/sales", {**cart, "reference": "R-1"}, status=201)


def test_a_quote_is_good_for_ten_minutes(till: ApiTill) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with time_machine.travel(now, tick=False):
        quote = till.post("/quotes", {"lines": [line()]})
    assert datetime.fromisoformat(quote["expires_at"]) == now + timedelta(minutes=10)


def test_a_reserved_quote_is_sold_once(till: ApiTill, shop: ApiShop) -> None:
    cart = {"lines": [line()], "coupon_codes": [shop.coupon()]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    again = {**cart, "reference": "R-2", "quote_id": quote["quote_id"]}
    till.refused("POST", "/sales", again, status=409, code="coupon_not_usable")


def test_a_paid_sale_is_never_refused_for_a_limit(till: ApiTill, colleague: ApiTill) -> None:
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    cart = {"member_id": member["id"], "lines": [line()], "redeem_points": 100}
    quote = till.post("/quotes", {**cart, "reserve": True})
    till.post(f"/quotes/{quote['quote_id']}/release", status=204)
    colleague.post("/sales", {**cart, "reference": "C-1"}, status=201)
    paid = till.post("/sales", {**cart, "reference": "R-1", "quote_id": quote["quote_id"]}, status=201)
    assert paid["points_redeemed"] == 100
    assert [warning["code"] for warning in paid["warnings"]] == ["points_missing"]
    points = till.get(f"/members/{member['id']}")["member"]["points"]
    earned_twice = 2 * ((25_000 - 10_000) // 10_000)
    assert (points["available"], points["debt"]) == (0, 100 - earned_twice)


def test_a_paid_sale_holds_only_for_its_own_till_member_and_cart(till: ApiTill, colleague: ApiTill) -> None:
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    cart = {"member_id": member["id"], "lines": [line()], "redeem_points": 100}
    quote = till.post("/quotes", {**cart, "reserve": True})
    for who, body in ((colleague, cart), (till, {**cart, "redeem_points": 101})):
        who.refused(
            "POST",
            "/sales",
            {**body, "reference": "R-1", "quote_id": quote["quote_id"]},
            status=409,
            code="insufficient_points",
        )


def test_a_changed_cart_is_priced_again(till: ApiTill) -> None:
    quote = till.post("/quotes", {"lines": [line()]})
    sale = till.post(
        "/sales", {"reference": "R-1", "lines": [line(quantity=2)], "quote_id": quote["quote_id"]}, status=201
    )
    assert sale["total_amount"] == 50_000
    assert [warning["code"] for warning in sale["warnings"]] == ["quote_changed"]


def test_what_the_customer_paid_counts(till: ApiTill) -> None:
    member = till.enrol(PHONE)
    charged = {"lines": [{"line_id": "1", "total_amount": 20_000}], "payable_amount": 20_000}
    sale = till.sell("R-1", member_id=member["id"], charged=charged)
    assert (sale["total_amount"], sale["payable_amount"], sale["points_earned"]) == (20_000, 20_000, 2)
    assert sale["discounts"] == []
    assert [warning["code"] for warning in sale["warnings"]] == ["charged_differs"]
    assert "20.000" in sale["warnings"][0]["message"]


@pytest.mark.parametrize("named", [["1", "7"], ["1"], ["1", "1"], ["1", "2", "2"], []])
def test_what_was_charged_names_each_line_of_the_cart_once(till: ApiTill, named: list[str]) -> None:
    paid = [{"line_id": line_id, "total_amount": 20_000} for line_id in named]
    charged = {"lines": paid, "payable_amount": 20_000 * len(named)}
    body = {"reference": "R-1", "lines": [line(), line("2", sku="ROTI")], "charged": charged}
    problem = till.refused("POST", "/sales", body, status=400, code="validation_error")
    assert [error["pointer"] for error in problem["errors"]] == ["/charged/lines"]
    till.refused("GET", "/sales/R-1", status=404, code="sale_not_found")


@pytest.mark.parametrize(
    "who", [{"member_id": "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"}, {"identifier": "0899 1111 2222"}]
)
def test_an_unknown_member_leaves_no_half_sale(till: ApiTill, who: dict[str, str]) -> None:
    till.refused("POST", "/sales", {"reference": "R-1", "lines": [line()], **who}, status=404, code="member_not_found")
    till.refused("GET", "/sales/R-1", status=404, code="sale_not_found")


def test_points_need_a_member(till: ApiTill) -> None:
    till.refused(
        "POST",
        "/sales",
        {"reference": "R-1", "lines": [line()], "redeem_points": 1},
        status=409,
        code="member_required",
    )


def test_an_anonymous_sale_is_claimed(till: ApiTill) -> None:
    sale = till.sell("R-1", line(unit_amount=50_000))
    assert (sale["member"], sale["points_earned"], sale["points_balance"]) == (None, 0, 0)
    member = till.enrol(PHONE)
    claimed = till.post("/sales/R-1/claim", {"member_id": member["id"]})
    assert (claimed["points_earned"], claimed["member"]["id"]) == (5, member["id"])
    assert till.balance(member["id"]) == 5
    other = till.enrol("0813 0000 1111", name="Budi")
    till.refused("POST", "/sales/R-1/claim", {"member_id": other["id"]}, status=409, code="claim_not_possible")


def test_a_sale_is_found_by_its_id_from_any_till_of_the_merchant(till: ApiTill, colleague: ApiTill) -> None:
    sale = till.sell("R-1")
    assert colleague.get(f"/sales/{sale['id']}")["reference"] == "R-1"
    colleague.refused("GET", "/sales/R-1", status=404, code="sale_not_found")
    theirs = colleague.sell("R-1")
    assert colleague.get("/sales/R-1")["id"] == theirs["id"] != sale["id"]


def test_an_unknown_sale_has_no_returns(till: ApiTill) -> None:
    for reference in ("R-404", "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10", "x" * 200):
        till.refused("GET", f"/sales/{reference}/refunds", status=404, code="sale_not_found")


def test_a_refund_by_line_takes_back_what_the_rest_no_longer_earns(till: ApiTill) -> None:
    member = till.enrol(PHONE)
    till.sell("R-1", line("1", quantity=3, unit_amount=15_000), line("2", unit_amount=9_000), member_id=member["id"])
    assert till.balance(member["id"]) == 5
    taken = []
    for n, (line_id, quantity) in enumerate([("1", 1), ("2", 1), ("1", 2)]):
        body = {"refund_reference": f"F-{n}", "lines": [{"line_id": line_id, "quantity": quantity}]}
        answer = till.post("/sales/R-1/refunds", body, status=201)
        taken.append(answer["refund"]["points_reversed"])
        assert answer["refund"]["status"] == "applied"
        assert answer["sale"]["refunds"][-1] == answer["refund"]
    assert taken == [2, 0, 3]
    assert answer["sale"]["status"] == "refunded"
    assert till.balance(member["id"]) == 0
    listed = till.get("/sales/R-1/refunds")
    assert [refund["amount"] for refund in listed["results"]] == [15_000, 9_000, 30_000]


def test_more_than_was_sold_is_not_returned(till: ApiTill) -> None:
    till.sell("R-1", line(quantity=2))
    problem = till.refused(
        "POST",
        "/sales/R-1/refunds",
        {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 3}]},
        status=409,
        code="refund_exceeds_sale",
    )
    assert problem["lines"] == [{"line_id": "1", "asked": 3, "left": 2}]
    problem = till.refused(
        "POST",
        "/sales/R-1/refunds",
        {"refund_reference": "F-1", "lines": [{"line_id": "7", "quantity": 1}]},
        status=400,
        code="validation_error",
    )
    assert problem["errors"][0]["pointer"] == "/lines/0/line_id"
    assert till.get("/sales/R-1")["refunds"] == []
    till.post("/sales/R-1/refunds", {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}, status=201)
    problem = till.refused(
        "POST",
        "/sales/R-1/refunds",
        {"refund_reference": "F-2", "lines": [{"line_id": "1", "quantity": 2}]},
        status=409,
        code="refund_exceeds_sale",
    )
    assert problem["lines"] == [{"line_id": "1", "asked": 2, "left": 1}]


def test_a_refund_is_known_by_its_reference(till: ApiTill) -> None:
    till.sell("R-1", line(quantity=2))
    body = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}
    first = till.post("/sales/R-1/refunds", body, status=201)
    natural = till.send("POST", "/sales/R-1/refunds", body)
    assert (natural.status_code, natural["Idempotency-Replayed"]) == (200, "natural")
    assert first["refund"]["id"].encode() in natural.content
    other = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 2}]}
    till.refused("POST", "/sales/R-1/refunds", other, status=409, code="refund_conflict")


def test_a_void_reverses_the_rest_once(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    code = shop.coupon(percent=10)
    till.sell("R-1", line("1", quantity=2), member_id=member["id"], redeem_points=30, coupon_codes=[code])
    body = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}
    till.post("/sales/R-1/refunds", body, status=201)
    key = new_key()
    voided = till.post("/sales/R-1/void", {"reason": "salah input"}, key=key)
    assert voided["status"] == "voided"
    assert till.balance(member["id"]) == 100
    assert till.post("/sales/R-1/void", {"reason": "salah input"}, key=key) == voided
    till.refused("POST", "/sales/R-1/void", {}, status=409, code="sale_already_voided")
    assert till.post("/coupons/check", {"code": code})["usable"] is True
    assert till.get("/sales/R-1/refunds")["results"]


def test_spent_then_refunded_points_leave_a_debt_that_the_next_earnings_repay(till: ApiTill) -> None:
    """T44."""
    member = till.enrol(PHONE)
    till.sell("R-1", line(unit_amount=1_000_000), member_id=member["id"])
    till.sell("R-2", line(unit_amount=10_000), member_id=member["id"], redeem_points=100)
    refund = till.post(
        "/sales/R-1/refunds", {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}, status=201
    )["refund"]
    assert refund["points_balance"] == -100
    third = till.sell("R-3", line(unit_amount=600_000), member_id=member["id"])
    assert third["points_balance"] == -40
    points = till.get(f"/members/{member['id']}")["member"]["points"]
    assert (points["available"], points["debt"]) == (0, 40)
    till.refused(
        "POST",
        "/sales",
        {"reference": "R-4", "lines": [line()], "member_id": member["id"], "redeem_points": 1},
        status=409,
        code="insufficient_points",
    )


@pytest.mark.parametrize(
    ("extra", "most"), [({}, 15), ({"redeem_points": 10}, 18), ({"redeem_points": 10, "coupon_codes": ["?"]}, 22)]
)
def test_a_sale_costs_few_statements(
    till: ApiTill,
    shop: ApiShop,
    extra: dict[str, Any],
    most: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """From the key to the stored answer; what frames the transaction is not counted."""
    member = till.enrol(PHONE)
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    if "coupon_codes" in extra:
        extra = {**extra, "coupon_codes": [shop.coupon()]}
        till.post("/coupons/check", {"code": extra["coupon_codes"][0]})  # a wording is read once per process
    with django_assert_max_num_queries(100) as seen:
        till.sell("R-1", line("1"), line("2"), line("3"), member_id=member["id"], **extra)
    work = [q["sql"] for q in seen.captured_queries if not _frames_a_transaction(q["sql"])]
    assert len(work) <= most, "\n".join(f"{n + 1:2} {sql.strip()[:110]}" for n, sql in enumerate(work))


def _frames_a_transaction(sql: str) -> bool:
    return sql.lstrip().upper().startswith(("BEGIN", "SET ", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT"))


def test_a_sale_can_be_voided_whatever_numbers_its_returns_were_given(till: ApiTill, shop: ApiShop) -> None:
    sold = till.sell("R-1", line("1", quantity=3))
    for number in (f"void:{sold['id']}", "void", str(sold["id"])):
        till.post(
            f"/sales/{sold['id']}/refunds",
            {"refund_reference": number, "lines": [{"line_id": "1", "quantity": 1}]},
            status=201,
        )
    assert till.post("/sales/R-1/void", {})["status"] == "voided"
    shop.assert_verified()
