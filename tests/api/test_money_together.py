"""Where two kinds of money meet, or a person acts between two requests: no one gains and no one loses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from members.operations import block
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.gift_cards.operations import set_gift_card_blocked
from tests.api.conftest import ApiShop, open_shop
from tests.api.test_gift_cards import assert_all_books_are_right, left, sell_card
from tests.api.test_stamps import promote
from tests.api.test_wallet import give_back
from tests.api.till import ApiTill, line, new_key

PHONE = "0812 3456 7890"
Rich = tuple[ApiShop, ApiTill, str]


@pytest.fixture
def rich(db: None) -> Rich:
    """Return a member with 1.000 points, Rp 100 each."""
    shop = open_shop("Toko Kopi Ratna", settings={"join_bonus_points": 1_000})
    till = shop.till()
    return shop, till, str(till.enrol(PHONE)["id"])


def block_member(shop: ApiShop, member_id: str) -> None:
    with merchant_scope(shop.merchant.id):
        block(merchant=shop.merchant, member_id=UUID(member_id), reason="kartu dicuri", at=timezone.now(), actor=SYSTEM)


# --- what the till charged ---------------------------------------------------------------------------------------


def test_points_never_pay_more_than_was_charged(rich: Rich) -> None:
    shop, till, member = rich
    charged = {"lines": [{"line_id": "1", "total_amount": 19_950}], "payable_amount": 0}
    cart = {"lines": [line(unit_amount=100_000)], "member_id": member, "redeem_points": 500}
    quote = till.post("/quotes", {**cart, "reserve": True})
    body = {**cart, "reference": "R-1", "quote_id": quote["quote_id"], "charged": charged}
    sale = till.post("/sales", body, status=201)
    assert (sale["total_amount"], sale["points_value_amount"], sale["points_redeemed"]) == (19_950, 19_950, 200)
    assert till.balance(member) == 800
    refund = give_back(till, "R-1", ("1", 1))["refund"]
    assert (refund["amount"], refund["goods_amount"], refund["points_returned"]) == (0, 19_950, 200)
    assert till.balance(member) == 1_000
    assert_all_books_are_right(shop)


def test_points_wallet_money_and_a_card_share_what_was_charged(rich: Rich) -> None:
    shop, till, member = rich
    till.post(f"/members/{member}/top-ups", {"amount": 50_000, "reference": "T-1"}, status=201)
    card = sell_card(till, 30_000)
    cart = {
        "lines": [line(unit_amount=100_000)],
        "member_id": member,
        "redeem_points": 100,
        "redeem_wallet_amount": 40_000,
        "gift_card_codes": [card["code"]],
    }
    quote = till.post("/quotes", {**cart, "reserve": True})
    charged = {"lines": [{"line_id": "1", "total_amount": 45_000}], "payable_amount": 0}
    body = {**cart, "reference": "R-1", "quote_id": quote["quote_id"], "charged": charged}
    sale = till.post("/sales", body, status=201)
    parts = ("points_value_amount", "wallet_redeemed_amount", "gift_card_redeemed_amount", "payable_amount")
    assert [sale[name] for name in parts] == [10_000, 35_000, 0, 0]
    give_back(till, "R-1", ("1", 1))
    shown = till.get(f"/members/{member}")["member"]
    assert (shown["points"]["available"], shown["wallet"]["available_amount"]) == (1_000, 50_000)
    assert left(till, card["code"]) == 30_000
    assert_all_books_are_right(shop)


# --- coupons that a sale had brought -----------------------------------------------------------------------------


def test_what_is_left_of_a_coupon_of_several_uses_goes_back_with_the_goods(till: ApiTill, shop: ApiShop) -> None:
    batch = shop.coupon_batch(max_uses=3)
    promote(shop, kind="issue_coupon", when={"min_subtotal": 50_000}, coupon={"batch_id": str(batch)})
    siti = till.enrol(PHONE)
    code = till.sell("R-1", line(quantity=2), member_id=siti["id"])["coupons_issued"][0]["code"]
    till.sell("R-2", member_id=siti["id"], coupon_codes=[code])
    returned = give_back(till, "R-1", ("1", 2))["sale"]
    assert [warning["code"] for warning in returned["warnings"]] == ["clawback_failed"]
    cart = {"reference": "R-3", "lines": [line()], "member_id": siti["id"], "coupon_codes": [code]}
    till.refused("POST", "/sales", cart, status=409, code="coupon_not_usable")
    assert_all_books_are_right(shop)


def test_a_coupon_taken_back_after_its_use_does_not_return_when_that_use_is_voided(
    till: ApiTill, shop: ApiShop
) -> None:
    promote(
        shop,
        kind="issue_coupon",
        when={"min_subtotal": 50_000},
        coupon={"kind": "percent_off", "value": 10, "valid_days": 14},
    )
    siti = till.enrol(PHONE)
    code = till.sell("R-1", line(quantity=2), member_id=siti["id"])["coupons_issued"][0]["code"]
    till.sell("R-2", member_id=siti["id"], coupon_codes=[code])
    give_back(till, "R-1", ("1", 2))
    till.post("/sales/R-2/void", {})
    cart = {"reference": "R-3", "lines": [line()], "member_id": siti["id"], "coupon_codes": [code]}
    till.refused("POST", "/sales", cart, status=409, code="coupon_not_usable")
    assert_all_books_are_right(shop)


def test_a_reward_is_not_given_back_while_its_coupon_is_being_paid_with(rich: Rich) -> None:
    shop, till, member = rich
    reward = shop.reward(points=100, batch_id=shop.coupon_batch(percent=50))
    redeemed = till.post("/redemptions", {"member_id": member, "reward_id": str(reward)}, status=201)
    cart = {"lines": [line()], "member_id": member, "coupon_codes": [redeemed["coupon"]["code"]]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    reversal = f"/redemptions/{redeemed['id']}/reversal"
    till.refused("POST", reversal, status=409, code="coupon_already_used")
    till.post(f"/quotes/{quote['quote_id']}/release", status=204)
    till.post(reversal)
    assert till.balance(member) == 1_000
    till.refused("POST", "/sales", {**cart, "reference": "R-1"}, status=409, code="coupon_not_usable")


# --- blocked in between ------------------------------------------------------------------------------------------


def test_a_sale_that_is_paid_is_kept_though_the_member_was_blocked_meanwhile(rich: Rich) -> None:
    shop, till, member = rich
    cart = {"lines": [line()], "member_id": member, "redeem_points": 100}
    quote = till.post("/quotes", {**cart, "reserve": True})
    block_member(shop, member)
    other = {**cart, "lines": [line(quantity=2)], "reference": "R-1", "quote_id": quote["quote_id"]}
    till.refused("POST", "/sales", other, status=409, code="member_blocked")
    sale = till.sell("R-2", member_id=member, redeem_points=100, quote_id=quote["quote_id"])
    assert (sale["points_redeemed"], sale["payable_amount"], sale["warnings"]) == (100, 15_000, [])
    till.refused("POST", "/sales", {**cart, "reference": "R-3"}, status=409, code="member_blocked")
    assert_all_books_are_right(shop)


def test_held_points_of_a_member_who_was_blocked_are_not_spent(rich: Rich) -> None:
    shop, till, member = rich
    body = {"member_id": member, "reward_id": str(shop.reward(points=100))}
    held, done = (till.post("/redemptions", {**body, "hold": hold}, status=201) for hold in (True, False))
    block_member(shop, member)
    till.refused("POST", f"/redemptions/{held['id']}/confirm", status=409, code="member_blocked")
    assert till.post(f"/redemptions/{done['id']}/confirm")["status"] == "completed"
    till.post(f"/redemptions/{held['id']}/reversal")
    assert till.balance(member) == 900


def test_a_blocked_card_is_not_paid_out_at_the_till(till: ApiTill, shop: ApiShop) -> None:
    card = sell_card(till)

    def set_blocked(blocked: bool) -> None:
        with merchant_scope(shop.merchant.id):
            set_gift_card_blocked(
                merchant=shop.merchant,
                card_id=UUID(card["id"]),
                blocked=blocked,
                reason="dilaporkan hilang",
                at=timezone.now(),
                actor=SYSTEM,
            )

    set_blocked(True)
    reversal = f"/gift-cards/{card['id']}/reversal"
    refused = till.refused("POST", reversal, status=409, code="gift_card_not_usable")
    assert refused["gift_cards"] == [{"code_masked": card["code_masked"], "reason": "gift_card_blocked"}]
    assert card["code"] not in str(refused)
    set_blocked(False)
    assert till.post(reversal)["status"] == "cancelled"


def test_points_held_for_another_member_than_the_buyer_can_be_released(rich: Rich) -> None:
    shop, till, member = rich
    other = till.enrol("0813 1111 2222", name="Budi")["id"]
    quote = till.post("/quotes", {"lines": [line()], "member_id": member, "redeem_points": 100, "reserve": True})
    sale = till.sell("R-1", member_id=other, quote_id=quote["quote_id"])
    assert [warning["code"] for warning in sale["warnings"]] == ["quote_changed"]
    till.post(f"/quotes/{quote['quote_id']}/release", status=204)
    points = till.get(f"/members/{member}")["member"]["points"]
    assert (points["available"], points["held"]) == (1_000, 0)
    assert_all_books_are_right(shop)


# --- codes at rest -----------------------------------------------------------------------------------------------


def test_the_answer_kept_for_a_repeat_does_not_show_the_code(till: ApiTill, shop: ApiShop) -> None:
    key, body = new_key(), {"amount": 50_000, "reference": "G-1"}
    first: dict[str, Any] = till.post("/gift-cards", body, status=201, key=key)
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute("SELECT body FROM merchants_claimedkey WHERE merchant_id = %s", [shop.merchant.id])
        kept = [row[0] for row in cursor.fetchall()]
    assert len(kept) == 1
    assert first["code"] not in kept[0]
    assert "code" not in kept[0]
    assert till.post("/gift-cards", body, status=201, key=key) == first
