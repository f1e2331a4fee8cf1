"""A till's day, request by request, with every figure worked out beside it.

Starter program: one point for every whole Rp 10.000 after discounts, a point pays Rp 100; joining gives nothing.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.conftest import ApiShop, open_shop
from tests.api.till import ApiTill, line
from tests.nights import run_due_nights

KOPI = line("1", quantity=2, unit_amount=68_000)  # Rp 136.000
GULA = line("2", quantity=1, unit_amount=42_000)


@pytest.fixture
def shop(db: None) -> ApiShop:
    return open_shop("Toko Kopi Ratna")


@pytest.fixture
def till(shop: ApiShop) -> ApiTill:
    return shop.till()


def test_a_scripted_day(till: ApiTill, shop: ApiShop) -> None:
    # 09.00 Siti joins with her phone number and is found by it.
    siti = till.enrol("0812 3456 7890")
    assert till.get("/members", identifier="+62 812-3456-7890")["member"]["id"] == siti["id"]
    assert siti["tier"]["code"] == "bronze"

    # 09.05 A quote, then its sale: Rp 178.000 earn 17 points.
    cart = {"member_id": siti["id"], "lines": [KOPI, GULA]}
    quote = till.post("/quotes", cart)
    assert (quote["total_amount"], quote["payable_amount"], quote["points_to_earn"]) == (178_000, 178_000, 17)
    body = {**cart, "reference": "T1-0001", "quote_id": quote["quote_id"], "cashier": "Dewi"}
    sold = till.send("POST", "/sales", body, key="day-key-0000000001")
    sale = json.loads(sold.content)
    assert (sold.status_code, sale["points_earned"], sale["points_balance"]) == (201, 17, 17)
    assert sale["lines"] == quote["lines"]
    assert sale["member"]["purchase_count"] == 1

    # 09.06 The line broke, the till sends again: the same bytes, no second sale.
    again = till.send("POST", "/sales", body, key="day-key-0000000001")
    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (201, sold.content, "true")
    assert till.balance(siti["id"]) == 17

    # 09.07 The same key for another receipt, and the same receipt with other goods: nothing happens.
    till.refused(
        "POST",
        "/sales",
        {**body, "reference": "T1-0002"},
        key="day-key-0000000001",
        status=422,
        code="idempotency_key_reused",
    )
    till.refused("POST", "/sales", {**body, "lines": [GULA]}, status=409, code="sale_conflict")

    # 10.00 One coffee comes back: Rp 110.000 are left and earn 11 of the 17 points.
    refund = till.post(
        "/sales/T1-0001/refunds", {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}, status=201
    )
    assert refund["refund"]["amount"] == refund["refund"]["goods_amount"] == 68_000
    assert (refund["refund"]["points_reversed"], refund["refund"]["points_balance"]) == (6, 11)
    assert refund["sale"]["status"] == "partially_refunded"
    till.refused(
        "POST",
        "/sales/T1-0001/refunds",
        {"refund_reference": "F-2", "lines": [{"line_id": "1", "quantity": 2}]},
        status=409,
        code="refund_exceeds_sale",
    )

    # 11.00 A large sale, and silver at once: Rp 1.110.000 spent, 11 + 100 points.
    big = till.sell("T1-0003", line(unit_amount=1_000_000), member_id=siti["id"])
    assert (big["points_earned"], big["points_balance"]) == (100, 111)
    assert big["tier_change"] == {"from": "bronze", "to": "silver"}

    # 11.30 A reward for 50 points, which is a coupon of 10%.
    reward = str(shop.reward("Potongan 10%", points=50, batch_id=shop.coupon_batch(percent=10)))
    redemption = till.post("/redemptions", {"member_id": siti["id"], "reward_id": reward}, status=201)
    assert (redemption["points_spent"], redemption["points_balance"]) == (50, 61)
    code = redemption["coupon"]["code"]
    assert till.post("/coupons/check", {"code": code, "member_id": siti["id"]})["coupon"]["status"] == "issued"

    # 12.00 The coupon, and 40 points for Rp 4.000: 178.000 - 17.800 - 4.000 = 156.200 earn 15.
    coupon_sale = till.sell("T1-0004", KOPI, GULA, member_id=siti["id"], coupon_codes=[code], redeem_points=40)
    assert coupon_sale["discount_amount"] == 17_800
    assert coupon_sale["points_value_amount"] == 4_000
    assert coupon_sale["payable_amount"] == 156_200
    assert (coupon_sale["points_earned"], coupon_sale["points_balance"]) == (15, 61 - 40 + 15)
    till.refused(
        "POST",
        "/sales",
        {"reference": "T1-0005", "lines": [GULA], "member_id": siti["id"], "coupon_codes": [code]},
        status=409,
        code="coupon_not_usable",
    )

    # 13.00 The wrong goods: the sale is void, the points and the coupon are hers again.
    voided = till.post("/sales/T1-0004/void", {"reason": "salah input"})
    assert (voided["status"], voided["member"]["points"]["available"]) == ("voided", 61)
    till.refused("POST", "/sales/T1-0004/void", {}, status=409, code="sale_already_voided")

    # 14.00 More points than she has.
    problem = till.refused(
        "POST",
        "/sales",
        {"reference": "T1-0006", "lines": [KOPI], "member_id": siti["id"], "redeem_points": 62},
        status=409,
        code="insufficient_points",
    )
    assert (problem["available"], problem["needed"]) == (61, 62)

    # 18.00 The statement tells the day backwards and adds up.
    statement = till.get(f"/members/{siti['id']}/ledger")["results"]
    assert (
        sum(entry["change"] for entry in statement) == statement[0]["balance_after"] == till.balance(siti["id"]) == 61
    )
    assert [entry["kind"] for entry in reversed(statement)][:4] == ["earn", "refund", "earn", "redeem"]

    # The night comes, and the owner has everything checked: nothing is wrong with any of it.
    tomorrow = timezone.now() + timedelta(days=1)
    assert run_due_nights(merchant=shop.merchant, now=tomorrow)
    assert till.balance(siti["id"]) == 61
    shop.assert_verified()
