"""A shop with one offer and the till it is met at: quoted, sold, returned whole or in parts, for stories over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from typing import Any
from uuid import UUID

import time_machine

from ledger.verification import verify as verify_ledger
from members.operations import set_segments, set_tier
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.operations import create_promotion
from rewards.verification import verify as verify_rewards
from sales.verification import verify as verify_sales
from tests.api.conftest import Shop, open_shop
from tests.api.till import Till

THURSDAY = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 5, 0, tzinfo=UTC)
LEBARAN = datetime(2027, 3, 10, 5, 0, tzinfo=UTC)
"""Noon in Jakarta, each; the starter programme of the shop gives a point for each Rp 10.000."""
_serial = count(1)

Part = tuple[str, int]
RETURNED = ("amount", "goods_amount", "points_reversed", "points_returned", "cashback_reversed_amount")


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


def item(line_id: str, unit_amount: int, quantity: int = 1, category: str = "kopi") -> dict[str, Any]:
    return {
        "line_id": line_id, "sku": f"SKU-{line_id}", "name": f"Barang {line_id}", "category": category,
        "quantity": quantity, "unit_amount": unit_amount,
    }  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """What a shop offers, a cart that gets it, what the quote says, and the parts in which the goods come back."""

    name: str
    definition: dict[str, Any]
    cart: list[dict[str, Any]]
    gives: dict[str, Any]
    parts: list[Part]
    on: datetime = THURSDAY
    tier: str | None = None
    segment: str | None = None
    asks: dict[str, Any] = field(default_factory=dict)

    @property
    def orders(self) -> list[tuple[Part, ...]]:
        return sorted(set(permutations(self.parts)))


class Counter:
    """A shop with one offer, a member it is for, and the till they meet at."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        with at(offer.on - timedelta(days=1)):
            self.shop: Shop = open_shop("Toko Kopi Ratna")
            self.promotion_id = self.publish({"title": offer.name, **offer.definition})
        with at(offer.on):
            self.till: Till = self.shop.till()
            self.member_id: str = self.enrol()
            self.stand(self.member_id, offer.tier, offer.segment)

    def publish(self, definition: dict[str, Any]) -> str:
        now = datetime.now(UTC)
        with merchant_scope(self.shop.merchant.id):
            return str(create_promotion(merchant=self.shop.merchant, definition=definition, starts_at=now, at=now))

    def enrol(self, **fields: Any) -> str:
        return str(self.till.enrol(f"0812 9000 {next(_serial):04}", **fields)["id"])

    def stand(self, member_id: str, tier: str | None, segment: str | None) -> None:
        """The tier and the segment that the nights would have found."""
        now = datetime.now(UTC)
        with merchant_scope(self.shop.merchant.id):
            if tier:
                set_tier(
                    merchant=self.shop.merchant, member_id=UUID(member_id), tier_code=tier, protected_until=None,
                    actor=SYSTEM, reason="earned before", at=now, business_date=now.date(),
                )  # fmt: skip
            if segment:
                set_segments(merchant=self.shop.merchant, rows=[(UUID(member_id), segment)])

    def body(self, **fields: Any) -> dict[str, Any]:
        return {"member_id": self.member_id, "lines": self.offer.cart, **self.offer.asks, **fields}

    def quote(self, **fields: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.till.post("/quotes", self.body(**fields))
        return found

    def sell(self, **fields: Any) -> dict[str, Any]:
        body = self.body(reference=f"R-{next(_serial)}", **fields)
        sold: dict[str, Any] = self.till.post("/sales", body, status=201)
        return sold

    def give_back(self, sold: dict[str, Any], *parts: Part) -> dict[str, Any]:
        units: dict[str, int] = {}
        for line_id, quantity in parts:
            units[line_id] = units.get(line_id, 0) + quantity
        body = {
            "refund_reference": f"F-{next(_serial)}",
            "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in units.items()],
        }
        answer: dict[str, Any] = self.till.post(f"/sales/{sold['reference']}/refunds", body, status=201)
        return answer

    def standing(self) -> dict[str, Any]:
        """What the member has: points, wallet with what is pending, stamps, coupons that can be used, purchases."""
        member = self.till.get(f"/members/{self.member_id}")["member"]
        usable = [c["id"] for c in member["coupons"] if c["status"] == "issued"]
        return {
            "points": member["points"], "wallet": member["wallet"], "usable": usable,
            "stamps": [(card["title"], card["have"]) for card in member["stamps"] if card["have"]],
            "purchases": member["purchase_count"],
        }  # fmt: skip

    def reason(self, quoted: dict[str, Any]) -> str:
        return next(str(d["reason"]) for d in quoted["decisions"] if d["promotion_id"] == self.promotion_id)

    def assert_books_are_right(self) -> None:
        with merchant_scope(self.shop.merchant.id):
            for verify in (verify_ledger, verify_sales, verify_rewards):
                assert verify(merchant=self.shop.merchant) == []


def returned_whole(counter: Counter) -> tuple[dict[str, int], dict[str, Any]]:
    """The figures of one refund of everything, and what the member has afterwards."""
    sold = counter.sell()
    whole = counter.give_back(sold, *counter.offer.parts)
    assert whole["sale"]["status"] == "refunded"
    refund = whole["refund"]
    assert (refund["points_reversed"], refund["cashback_reversed_amount"]) == (
        sold["points_earned"], sold["cashback_earned_amount"],
    )  # fmt: skip
    assert refund["amount"] == sold["payable_amount"]
    return {name: refund[name] for name in RETURNED}, counter.standing()


def returned_in_parts(counter: Counter, order: tuple[Part, ...]) -> tuple[dict[str, int], dict[str, Any]]:
    sold = counter.sell()
    sums = dict.fromkeys(RETURNED, 0)
    for nth, part in enumerate(order, start=1):
        answer = counter.give_back(sold, part)
        for name in RETURNED:
            sums[name] += answer["refund"][name]
            assert answer["refund"][name] >= 0
        assert answer["sale"]["status"] == ("refunded" if nth == len(order) else "partially_refunded")
    return sums, counter.standing()
