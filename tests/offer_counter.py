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

from members.operations import set_segments, set_tier
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.promotions.operations import create_promotion
from rewards.referrals.facts import ReferralState, ReferralTerms
from rewards.referrals.operations import publish_referral_program
from rewards.referrals.queries import newest_program, referrals_page
from tests.api.conftest import ApiShop, open_shop
from tests.api.till import ApiTill

THURSDAY = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 5, 0, tzinfo=UTC)
LEBARAN = datetime(2027, 3, 10, 5, 0, tzinfo=UTC)
"""Noon in Jakarta, each; the starter program of the shop gives a point for each Rp 10.000."""
_serial = count(1)

Part = tuple[str, int]
RETURNED = ("amount", "goods_amount", "points_reversed", "points_returned", "cashback_reversed_amount")


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


def item(line_id: str, unit_amount: int, quantity: int = 1, category: str = "kopi") -> dict[str, Any]:
    return {
        "line_id": line_id,
        "sku": f"SKU-{line_id}",
        "name": f"Barang {line_id}",
        "category": category,
        "quantity": quantity,
        "unit_amount": unit_amount,
    }


@dataclass(frozen=True)
class TriedOffer:
    """What a shop offers, a cart that gets it, what the quote says, and the parts in which the goods come back.

    With `terms` the offer is the friend's price of a referral program, and has no definition of its own.
    """

    name: str
    definition: dict[str, Any]
    cart: list[dict[str, Any]]
    gives: dict[str, Any]
    parts: list[Part]
    on: datetime = THURSDAY
    tier: str | None = None
    segment: str | None = None
    asks: dict[str, Any] = field(default_factory=dict)
    terms: ReferralTerms | None = None

    @property
    def orders(self) -> list[tuple[Part, ...]]:
        return sorted(set(permutations(self.parts)))


class OfferCounter:
    """A shop with one offer, or more beside it, a member it is for, and the till they meet at.

    Where one of them is a referral program, the member is a friend whom `referrer` brought.
    """

    def __init__(self, offer: TriedOffer, *beside: TriedOffer) -> None:
        self.offer = offer
        with at(offer.on - timedelta(days=1)):
            self.shop: ApiShop = open_shop("Toko Kopi Ratna")
            self.promotion_ids = [self.publish(each) for each in (offer, *beside)]
        with at(offer.on):
            self.till: ApiTill = self.shop.till()
            brought = any(o.terms for o in (offer, *beside))
            self.referrer: dict[str, Any] | None = self.till.enrol(_phone(), name="Budi") if brought else None
            self.member_id: str = self.enrol()
            self.stand(self.member_id, offer.tier, offer.segment)

    def publish(self, offer: TriedOffer) -> str:
        """Publish by the operation that the pages call; return the id of its promotion."""
        merchant, now = self.shop.merchant, datetime.now(UTC)
        with merchant_scope(merchant.id):
            if offer.terms is None:
                definition = {"title": offer.name, **offer.definition}
                return str(create_promotion(merchant=merchant, definition=definition, starts_at=now, at=now))
            publish_referral_program(merchant=merchant, terms=offer.terms, starts_at=now, at=now, actor=SYSTEM)
            program = newest_program(merchant=merchant)
            assert program is not None
            return str(program.promotion_id)

    def enrol(self, *, brought: bool = True) -> str:
        """Enrol a new member, brought by the referrer if there is one."""
        code = {"referral_code": self.referrer["referral_code"]} if brought and self.referrer else {}
        return str(self.till.enrol(_phone(), **code)["id"])

    def stand(self, member_id: str, tier: str | None, segment: str | None) -> None:
        """Set the tier and the segment that the nights would have found."""
        now = datetime.now(UTC)
        with merchant_scope(self.shop.merchant.id):
            if tier:
                set_tier(
                    merchant=self.shop.merchant,
                    member_id=UUID(member_id),
                    tier_code=tier,
                    protected_until=None,
                    actor=SYSTEM,
                    reason="earned before",
                    at=now,
                    business_date=now.date(),
                )
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
        """Return what the member has: points, wallet with what is pending, stamps, usable coupons, purchases."""
        member = self.till.get(f"/members/{self.member_id}")["member"]
        usable = [c["id"] for c in member["coupons"] if c["status"] == "issued"]
        return {
            "points": member["points"],
            "wallet": member["wallet"],
            "usable": usable,
            "stamps": [(card["title"], card["progress"]) for card in member["stamps"] if card["progress"]],
            "purchases": member["purchase_count"],
            "referrer": self.referrer_wallet() if self.referrer else None,
            "referrals": self.referrals(),
        }

    def referrer_wallet(self) -> dict[str, Any]:
        assert self.referrer is not None
        wallet: dict[str, Any] = self.till.get(f"/members/{self.referrer['id']}")["member"]["wallet"]
        return wallet

    def referrals(self) -> list[ReferralState]:
        """Return the state of each friend's referral, the newest friend first."""
        with merchant_scope(self.shop.merchant.id):
            return [found.state for found in referrals_page(merchant=self.shop.merchant, limit=200).referrals]

    def reason(self, quoted: dict[str, Any]) -> str:
        return next(str(d["reason"]) for d in quoted["decisions"] if d["promotion_id"] == self.promotion_ids[0])


def _phone() -> str:
    return f"0812 9000 {next(_serial):04}"


def returned_whole(counter: OfferCounter) -> tuple[dict[str, int], dict[str, Any]]:
    """Return the figures of one refund of everything, and what the member has afterwards."""
    sold = counter.sell()
    whole = counter.give_back(sold, *counter.offer.parts)
    assert whole["sale"]["status"] == "refunded"
    refund = whole["refund"]
    assert (refund["points_reversed"], refund["cashback_reversed_amount"]) == (
        sold["points_earned"],
        sold["cashback_earned_amount"],
    )
    assert refund["amount"] == sold["payable_amount"]
    return {name: refund[name] for name in RETURNED}, counter.standing()


def returned_in_parts(counter: OfferCounter, order: tuple[Part, ...]) -> tuple[dict[str, int], dict[str, Any]]:
    sold = counter.sell()
    sums = dict.fromkeys(RETURNED, 0)
    for nth, part in enumerate(order, start=1):
        answer = counter.give_back(sold, part)
        for name in RETURNED:
            sums[name] += answer["refund"][name]
            assert answer["refund"][name] >= 0
        assert answer["sale"]["status"] == ("refunded" if nth == len(order) else "partially_refunded")
    return sums, counter.standing()
