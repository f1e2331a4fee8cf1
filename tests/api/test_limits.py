"""Limits of promotions as tills meet them: held by one, refused with figures to the other, given back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from merchants.tenancy import merchant_scope
from rewards.invariants import verify
from rewards.promotions.operations import create_promotion
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

HOLDING = {"lines": [line()], "reserve": True}


def promote(shop: ApiShop, **definition: Any) -> str:
    now = timezone.now()
    written = {"title": "Sepuluh pertama", "kind": "amount_off", "value": 5_000, **definition}
    with merchant_scope(shop.merchant.id):
        return str(
            create_promotion(
                merchant=shop.merchant,
                definition={name: value for name, value in written.items() if value is not None},
                starts_at=now,
                at=now,
            )
        )


def decision(answer: dict[str, Any], promotion_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(d for d in answer["decisions"] if d["promotion_id"] == promotion_id)
    return {name: found.get(name) for name in ("reason", "measured", "needed", "period", "message")}


def sound(shop: ApiShop) -> bool:
    with merchant_scope(shop.merchant.id):
        return verify(merchant=shop.merchant) == []


def test_the_last_use_is_held_for_one_till_and_refused_to_the_other(
    till: ApiTill, colleague: ApiTill, shop: ApiShop
) -> None:
    promotion = promote(shop, usage={"limit": 1})
    held = till.post("/quotes", HOLDING)
    assert (held["reserved"], held["discount_amount"]) == (True, 5_000)
    other = colleague.post("/quotes", {"lines": [line()]})
    assert other["discount_amount"] == 0
    assert decision(other, promotion) == {
        "reason": "usage_limit_reached",
        "measured": 1,
        "needed": 1,
        "period": None,
        "message": "Used up: the only use is taken.",
    }
    assert colleague.sell("R-1")["discount_amount"] == 0
    paid = till.sell("R-1", quote_id=held["quote_id"])
    assert (paid["discount_amount"], paid["warnings"]) == (5_000, [])
    assert sound(shop)


def test_a_released_quote_leaves_room_and_no_other_till_can_release_it(
    till: ApiTill, colleague: ApiTill, stranger: ApiTill, shop: ApiShop
) -> None:
    promote(shop, usage={"limit": 1})
    held = till.post("/quotes", HOLDING)["quote_id"]
    for somebody in (colleague, stranger):
        somebody.refused("POST", f"/quotes/{held}/release", {}, status=404, code="quote_not_found")
    assert colleague.post("/quotes", {"lines": [line()]})["discount_amount"] == 0
    till.post(f"/quotes/{held}/release", {}, status=204)
    assert colleague.post("/quotes", {"lines": [line()]})["discount_amount"] == 5_000
    assert sound(shop)


def test_ten_minutes_later_the_use_is_anybodys_and_the_paid_sale_is_the_merchants_loss(
    till: ApiTill, colleague: ApiTill, shop: ApiShop
) -> None:
    promote(shop, budget={"type": "spend", "limit": 5_000})
    held = till.post("/quotes", HOLDING)["quote_id"]
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1), tick=False):
        assert colleague.sell("R-1")["discount_amount"] == 5_000
        paid = till.sell("R-1", quote_id=held)
    assert paid["discount_amount"] == 5_000
    assert [warning["code"] for warning in paid["warnings"]] == ["promotion_limit_exceeded"]
    assert "loss" in paid["warnings"][0]["message"]
    assert sound(shop)


def test_a_limit_of_the_day_says_that_it_is_of_the_day(till: ApiTill, shop: ApiShop) -> None:
    promotion = promote(shop, usage={"per_day_limit": 1, "per_member_day_limit": 1})
    member = till.enrol("0812 3456 7890")["id"]
    assert till.sell("R-1", member_id=member)["discount_amount"] == 5_000
    till.language = "id"
    assert decision(till.post("/quotes", {"lines": [line()], "member_id": member}), promotion) == {
        "reason": "usage_limit_reached",
        "measured": 1,
        "needed": 1,
        "period": "day",
        "message": "Sudah habis untuk hari ini: 1 pemakaian sudah terpakai.",
    }
    assert sound(shop)
