"""Everything on one receipt, returned in parts in several orders: afterwards no one has gained or lost anything.

A friend whom Siti brought pays with a coupon, points, wallet money and two gift cards, under a limited offer that a
supplier pays half of; the receipt brings points, cashback, stamps, a coupon for next time, and Siti her reward.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine

from ledger.invariants import verify as verify_ledger
from members.invariants import verify as verify_members
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.invariants import verify as verify_rewards
from rewards.promotions.models import PartnerFunding, Promotion
from rewards.promotions.operations import add_partner, create_promotion
from rewards.referrals.facts import FriendPrice, ReferralTerms, RewardKind
from rewards.referrals.operations import publish_referral_program
from sales.invariants import verify as verify_sales
from tests.api.conftest import open_shop
from tests.api.test_gift_cards import issue, left, sell_card
from tests.api.till import line
from tests.nights import run_due_nights

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
"""A Monday, noon in Jakarta."""
CART = [
    line("1", unit_amount=33_333, quantity=3),
    line("2", unit_amount=7_777, quantity=2),
    line("3", unit_amount=61_000),
]
REWARD = {"title": "Lain kali hemat", "kind": "percent_off", "value": 5, "valid_days": 30}
TERMS = ReferralTerms(
    minimum_amount=50_000,
    waiting_days=1,
    reward_kind=RewardKind.WALLET,
    reward_amount=20_000,
    monthly_cap=None,
    friend_price=FriendPrice.PERCENT,
    friend_value=20,
)
_serial = count(1)

Part = tuple[str, int]


class ReceiptStory:
    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.shop = open_shop("Toko Kopi Ratna", settings={"join_bonus_points": 1_000})
        self.merchant, self.till = self.shop.merchant, self.shop.till()
        now = datetime.now(UTC)
        with merchant_scope(self.merchant.id):
            supplier = add_partner(merchant=self.merchant, name="Pemasok", note="", at=now, actor=SYSTEM)
            publish_referral_program(merchant=self.merchant, terms=TERMS, starts_at=now, at=now, actor=SYSTEM)
        self.limited = self.publish(
            kind="percent_off",
            value=15,
            usage={"limit": 50, "per_day_limit": 50, "per_member_limit": 2},
            budget={"type": "spend", "limit": 10**7},
            funding={"partner_id": str(supplier), "percent": "50"},
        )
        self.publish(kind="cashback", credit="wallet", percent=10, budget={"type": "spend", "limit": 10**7})
        self.publish(
            kind="stamp", per_unit=1, card={"code": "kopi", "title": "Kartu kopi", "threshold": 4, "reward": REWARD}
        )
        self.publish(kind="issue_coupon", when={"min_subtotal": 60_000}, coupon=REWARD)
        self.siti = self.enrol()

    def publish(self, **definition: Any) -> str:
        now = datetime.now(UTC)
        with merchant_scope(self.merchant.id):
            full = {"title": str(definition["kind"]), **definition}
            return str(create_promotion(merchant=self.merchant, definition=full, starts_at=now, at=now))

    def enrol(self, **fields: Any) -> Any:
        return self.till.enrol(f"0812 9{next(_serial):03} 0000", **fields)

    def standing(self, member: Any) -> dict[str, Any]:
        found = self.till.get(f"/members/{member['id']}")["member"]
        return {
            "points": found["points"],
            "wallet": found["wallet"],
            "purchases": found["purchase_count"],
            "stamps": [(card["title"], card["progress"]) for card in found["stamps"] if card["progress"]],
            "coupons": sorted(coupon["code"] for coupon in found["coupons"] if coupon["status"] == "issued"),
        }

    def taken(self) -> dict[str, Any]:
        """Return what offers have given by now: uses and spend of the limited one, what the supplier owes."""
        with merchant_scope(self.merchant.id):
            offer = Promotion.objects.get(merchant_id=self.merchant.id, id=self.limited)
            shares = PartnerFunding.objects.filter(merchant_id=self.merchant.id)
            owed = sum(share.share_amount for share in shares)
        return {"uses": offer.used_count, "spent": offer.spent_amount, "owed": owed}

    def verified(self) -> None:
        with merchant_scope(self.merchant.id):
            for verify in (verify_ledger, verify_members, verify_rewards, verify_sales):
                assert verify(merchant=self.merchant) == []


class Receipt:
    """One friend's receipt, and what everybody had before it."""

    def __init__(self, story: ReceiptStory) -> None:
        self.story, self.till = story, story.till
        self.friend = story.enrol(name="Dewi", referral_code=story.siti["referral_code"])
        paid_in = {"amount": 40_000, "reference": f"T-{next(_serial)}"}
        self.till.post(f"/members/{self.friend['id']}/top-ups", paid_in, status=201)
        self.cards = [sell_card(self.till, 20_000)["code"], *issue(story.shop, amount=15_000, count=1)]
        self.coupon = story.shop.coupon(member_id=None)
        self.before = self.everything()
        self.body = {
            "member_id": self.friend["id"],
            "lines": CART,
            "coupon_codes": [self.coupon],
            "redeem_points": 200,
            "redeem_wallet_amount": 25_000,
            "gift_card_codes": self.cards,
        }
        self.sale = self.sell()

    def everything(self) -> dict[str, Any]:
        return {
            "friend": self.story.standing(self.friend),
            "siti": self.story.standing(self.story.siti),
            "cards": [left(self.till, code) for code in self.cards],
            "taken": self.story.taken(),
        }

    def sell(self) -> dict[str, Any]:
        quote = self.till.post("/quotes", {**self.body, "reserve": True})
        body = {**self.body, "reference": f"R-{next(_serial)}", "quote_id": quote["quote_id"]}
        sale: dict[str, Any] = self.till.post("/sales", body, status=201)
        told = ("total_amount", "payable_amount", "points_value_amount", "discounts", "gift_cards")
        assert {name: sale[name] for name in told} == {name: quote[name] for name in told}
        assert sale["warnings"] == []
        natural = self.till.send("POST", "/sales", body)
        assert (natural.status_code, json.loads(natural.content)["id"]) == (200, sale["id"])
        return sale

    def give_back(self, *parts: Part) -> dict[str, Any]:
        lines = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in parts]
        body = {"refund_reference": f"F-{next(_serial)}", "lines": lines}
        answer = self.till.post(f"/sales/{self.sale['reference']}/refunds", body, status=201)
        found: dict[str, Any] = answer["refund"]
        return found

    def assert_as_before(self, *, uses: int) -> None:
        after = self.everything()
        assert after["taken"].pop("uses") == self.before["taken"].pop("uses") + uses
        assert after == self.before


@pytest.fixture
def story(db: None) -> Iterator[ReceiptStory]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield ReceiptStory(clock)


def pass_a_night(story: ReceiptStory) -> None:
    story.clock.shift(timedelta(days=2))
    run_due_nights(merchant=story.merchant, now=datetime.now(UTC))


WHOLE: tuple[Part, ...] = (("1", 3), ("2", 2), ("3", 1))
ORDERS: tuple[tuple[Part, ...], ...] = (
    (("1", 1), ("1", 2), ("2", 1), ("2", 1), ("3", 1)),
    (("3", 1), ("2", 1), ("1", 2), ("2", 1), ("1", 1)),
    (("2", 2), ("3", 1), ("1", 1), ("1", 1), ("1", 1)),
)
PARTS = (
    "amount",
    "goods_amount",
    "points_reversed",
    "points_returned",
    "wallet_returned_amount",
    "gift_card_returned_amount",
    "cashback_reversed_amount",
)


@pytest.mark.gate
def test_everything_on_one_receipt_comes_back_in_parts_in_any_order(story: ReceiptStory) -> None:
    receipts = [Receipt(story) for _ in range(len(ORDERS) + 1)]
    for receipt in receipts[1:]:
        receipt.before = {**receipts[0].before, "friend": receipt.before["friend"]}
    sale = receipts[0].sale
    assert all(sale[name] > 0 for name in ("discount_amount", "points_value_amount", "wallet_redeemed_amount"))
    assert (sale["points_earned"] > 0, len(sale["coupons_issued"]), sale["payable_amount"] > 0) == (True, 2, True)
    assert len(sale["discounts"]) == 3, "the friend's price, the limited offer and the coupon"
    assert [use["used_amount"] for use in sale["gift_cards"]] == [20_000, 15_000]
    pass_a_night(story)
    assert story.standing(story.siti)["wallet"]["available_amount"] == len(receipts) * TERMS.reward_amount
    story.verified()
    whole = receipts[0].give_back(*WHOLE)
    assert whole["amount"] == sale["payable_amount"]
    for receipt, order in zip(receipts[1:], ORDERS, strict=True):
        sums = dict.fromkeys(PARTS, 0)
        for part in order:
            refund = receipt.give_back(part)
            sums = {name: sums[name] + refund[name] for name in PARTS}
        assert sums == {name: whole[name] for name in PARTS}, order
    for receipt in receipts:
        assert story.standing(receipt.friend) == receipt.before["friend"]
        assert [left(story.till, code) for code in receipt.cards] == receipt.before["cards"]
    assert story.standing(story.siti) == receipts[0].before["siti"]
    taken = story.taken()
    assert taken == {"uses": len(receipts), "spent": 0, "owed": 0}
    story.verified()


def test_voided_after_a_part_came_back_the_same_receipt_can_be_written_again(story: ReceiptStory) -> None:
    receipt = Receipt(story)
    receipt.give_back(("1", 1), ("2", 1))
    receipt.till.post(f"/sales/{receipt.sale['reference']}/void", {})
    receipt.assert_as_before(uses=0)
    pass_a_night(story)
    assert story.standing(story.siti)["wallet"]["available_amount"] == 0
    first, receipt.before = receipt.sale, receipt.everything()
    again = receipt.sell()
    same = ("total_amount", "discount_amount", "payable_amount", "points_earned", "wallet_redeemed_amount")
    assert {name: again[name] for name in same} == {name: first[name] for name in same}
    receipt.till.post(f"/sales/{again['reference']}/void", {})
    receipt.assert_as_before(uses=0)
    story.verified()
