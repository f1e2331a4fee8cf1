"""The offers that shops ask for, one by one: made by an operation, quoted and sold at the till, returned in parts.

In whatever order the parts come back, they sum to one refund of everything, and the books are right. The suite takes
a few orders of each; `make prove` takes all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rewards.referrals.facts import FriendPrice, ReferralState, ReferralTerms, RewardKind
from tests.nights import run_due_nights
from tests.offer_counter import (
    LEBARAN,
    MONDAY,
    THURSDAY,
    OfferCounter,
    Part,
    TriedOffer,
    at,
    item,
    returned_in_parts,
    returned_whole,
)

pytestmark = pytest.mark.django_db

KOPI = {"categories": ["kopi"]}
OFFERS = [
    TriedOffer(
        "3 for Rp 70.000",
        {"kind": "bundle_price", "qty": 3, "price": 70_000, "filter": KOPI},
        [item("1", 25_000, 2), item("2", 25_000), item("3", 10_000, category="roti")],
        {"discount_amount": 5_000, "total_amount": 80_000, "points_to_earn": 8},
        [("1", 1), ("1", 1), ("2", 1), ("3", 1)],
    ),
    TriedOffer(
        "buy 10 get 1 free",
        {"kind": "buy_get", "buy": {"qty": 10, "filter": KOPI}, "get": {"qty": 1, "filter": KOPI}, "repeat": True},
        [item("1", 18_000, 6), item("2", 17_500, 5)],
        {"discount_amount": 17_500, "total_amount": 178_000, "points_to_earn": 17},
        [("1", 5), ("1", 1), ("2", 1), ("2", 4)],
    ),
    TriedOffer(
        "spend Rp 350.000 today, get a bag",
        {
            "kind": "gift_line",
            "gift": {"sku": "TAS", "name": "Tas belanja", "qty": 1, "list_amount": 45_000},
            "when": {"min_subtotal": 350_000, "valid_from": "2026-03-05", "valid_to": "2026-03-05"},
        },
        [item("1", 150_000, 2), item("2", 80_000)],
        {"discount_amount": 0, "points_to_earn": 38, "free": [("TAS", 1)]},
        [("1", 1), ("1", 1), ("2", 1)],
    ),
    TriedOffer(
        "cashback 10 % up to Rp 50.000 from Rp 200.000, after 7 days",
        {
            "kind": "cashback", "percent": 10, "cap": 50_000, "credit": "wallet", "after_days": 7,
            "when": {"min_subtotal": 200_000},
        },
        [item("1", 200_000, 2), item("2", 151_111), item("3", 33_333, 2)],
        {"discount_amount": 0, "points_to_earn": 61, "cashback_to_earn_amount": 50_000},
        [("1", 1), ("1", 1), ("2", 1), ("3", 2)],
    ),
    TriedOffer(
        "Lebaran 2027, for loyal members",
        {"kind": "percent_off", "value": 15, "when": {"moment": "lebaran", "segments_any": ["loyal"]}},
        [item("1", 33_333, 3), item("2", 9_999)],
        {"discount_amount": 16_500, "total_amount": 93_498, "points_to_earn": 9},
        [("1", 1), ("1", 2), ("2", 1)],
        on=LEBARAN,
        segment="loyal",
    ),
    TriedOffer(
        "Gold: double points on Mondays",
        {"kind": "earn_multiplier", "factor": 2, "when": {"tiers_any": ["gold"], "weekdays": [1]}},
        [item("1", 27_500, 3), item("2", 14_900, 2)],
        {"discount_amount": 0, "points_to_earn": 22},
        [("1", 1), ("1", 2), ("2", 1), ("2", 1)],
        on=MONDAY,
        tier="gold",
    ),
    TriedOffer(
        "VIP: 20 % for Platinum",
        {"kind": "percent_off", "value": 20, "when": {"tiers_any": ["platinum"]}},
        [item("1", 49_999, 2), item("2", 7_777, 3)],
        {"discount_amount": 24_666, "total_amount": 98_663, "points_to_earn": 9},
        [("1", 1), ("1", 1), ("2", 1), ("2", 2)],
        tier="platinum",
    ),
    TriedOffer(
        "a stamp card of 10",
        {
            "kind": "stamp", "per_unit": 1, "filter": KOPI,
            "card": {
                "code": "kopi", "title": "Kartu kopi", "threshold": 10,
                "reward": {"title": "Kopi gratis", "kind": "cheapest_free", "valid_days": 30},
            },
        },
        [item("1", 25_000, 7), item("2", 20_000, 5), item("3", 9_000, category="roti")],
        {"discount_amount": 0, "points_to_earn": 28},
        [("1", 6), ("1", 1), ("2", 5), ("3", 1)],
    ),
    TriedOffer(
        "a friend's first visit for less, Rp 20.000 to who brought the friend",
        {},
        [item("1", 33_333, 2), item("2", 27_777), item("3", 9_999, 3)],
        {"discount_amount": 18_667, "total_amount": 105_773, "points_to_earn": 10},
        [("1", 1), ("1", 1), ("2", 1), ("3", 1), ("3", 2)],
        terms=ReferralTerms(
            minimum_amount=50_000, waiting_days=7, reward_kind=RewardKind.WALLET, reward_amount=20_000,
            friend_price=FriendPrice.PERCENT, friend_value=15, monthly_cap=None, joins_per_day=99,
        ),
    ),
]  # fmt: skip


each_offer = pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.name)


@each_offer
def test_it_is_quoted_sold_as_quoted_and_kept(offer: TriedOffer) -> None:
    counter = OfferCounter(offer)
    with at(offer.on):
        quoted = counter.quote()
        told = quoted | {"free": [(gift["sku"], gift["quantity"]) for gift in quoted["free_items"]]}
        assert {name: told[name] for name in offer.gives} == offer.gives
        assert counter.reason(quoted) == "applied"
        sold = counter.sell()
        for name in ("discount_amount", "total_amount", "payable_amount", "discounts", "free_items", "decisions"):
            assert sold[name] == quoted[name], name
        assert sold["lines"] == quoted["lines"]
        assert sold["points_earned"] == quoted["points_to_earn"]
        assert sold["cashback_earned_amount"] == quoted["cashback_to_earn_amount"]
        assert sum(line["total_amount"] for line in sold["lines"]) == sold["total_amount"]
        counter.shop.assert_verified()


def assert_any_order_is_the_whole(offer: TriedOffer, orders: list[tuple[Part, ...]]) -> None:
    counter = OfferCounter(offer)
    with at(offer.on):
        before = counter.standing()
        whole, after = returned_whole(counter)
        assert after == before
        for order in orders:
            assert returned_in_parts(counter, order) == (whole, before), order
        counter.shop.assert_verified()


@each_offer
def test_parts_returned_in_any_order_sum_to_the_whole(offer: TriedOffer) -> None:
    assert_any_order_is_the_whole(offer, offer.orders[:: max(1, len(offer.orders) // 3)])


@pytest.mark.proof
@each_offer
def test_parts_returned_in_every_order_sum_to_the_whole(offer: TriedOffer) -> None:
    assert_any_order_is_the_whole(offer, offer.orders)


@each_offer
def test_voided_after_a_part_came_back_it_is_as_if_it_never_was(offer: TriedOffer) -> None:
    counter = OfferCounter(offer)
    with at(offer.on):
        before = counter.standing()
        sold = counter.sell()
        part = counter.give_back(sold, offer.parts[0])["refund"]
        voided = counter.till.post(f"/sales/{sold['reference']}/void", {})
        assert voided["status"] == "voided"
        assert sum(refund["goods_amount"] for refund in voided["refunds"]) == sold["total_amount"]
        assert part["goods_amount"] < sold["total_amount"]
        assert counter.standing() == before
        counter.shop.assert_verified()


# --- whom, when and how much: what a till answers when the offer is not for this visit ------------------------------


def offer_called(name: str) -> OfferCounter:
    return OfferCounter(next(offer for offer in OFFERS if offer.name.startswith(name)))


def test_with_two_of_three_the_answer_says_what_is_missing() -> None:
    counter = offer_called("3 for")
    with at(THURSDAY):
        quoted = counter.quote(lines=[item("1", 25_000, 2)])
    assert (counter.reason(quoted), quoted["discount_amount"]) == ("min_qty_not_met", 0)
    assert "70.000" in quoted["hints"][0]["message"]


def test_ten_are_not_eleven_and_twenty_two_bring_two() -> None:
    counter = offer_called("buy 10")
    with at(THURSDAY):
        offs = [counter.quote(lines=[item("1", 18_000, n)])["discount_amount"] for n in (10, 11, 21, 22)]
    assert offs == [0, 18_000, 18_000, 36_000]


def test_the_bag_is_for_today_and_for_enough() -> None:
    counter = offer_called("spend")
    with at(THURSDAY):
        short = counter.quote(lines=[item("1", 300_000)])
        assert (short["free_items"], counter.reason(short)) == ([], "min_spend_not_met")
        assert "50.000" in short["hints"][0]["message"]
    with at(THURSDAY + timedelta(days=1)):
        late = counter.quote()
        assert (late["free_items"], counter.reason(late)) == ([], "expired")


def test_the_cashback_waits_a_week_and_a_part_returned_meanwhile_never_arrives() -> None:
    counter = offer_called("cashback")
    with at(THURSDAY):
        small = counter.quote(lines=[item("1", 199_999)])
        assert (small["cashback_to_earn_amount"], counter.reason(small)) == (0, "min_spend_not_met")
        assert counter.quote(lines=[item("1", 200_000)])["cashback_to_earn_amount"] == 20_000
        sold = counter.sell()
        assert sold["cashback_pending"] == [{"amount": 50_000, "available_on": "2026-03-12"}]
        assert counter.standing()["wallet"]["available_amount"] == 0
        # 417.777 stay: 10 % of them.
        part = counter.give_back(sold, ("1", 1))["refund"]
        assert part["cashback_reversed_amount"] == 50_000 - 41_778
    with at(THURSDAY + timedelta(days=7)):
        assert counter.standing()["wallet"]["available_amount"] == 41_778
        # 66.666 stay, too little for any.
        rest = counter.give_back(sold, ("1", 1), ("2", 1))["refund"]
        assert rest["cashback_reversed_amount"] == 41_778
        assert counter.standing()["wallet"]["available_amount"] == 0
        counter.shop.assert_verified()


@pytest.mark.parametrize(
    ("name", "change", "moment", "reason"),
    [
        ("Lebaran", lambda c: c.stand(c.member_id, None, "active"), LEBARAN, "wrong_segment"),
        ("Lebaran", lambda c: None, LEBARAN - timedelta(days=1), "not_started"),
        ("Lebaran", lambda c: None, LEBARAN + timedelta(days=2), "not_started"),
        ("Gold", lambda c: c.stand(c.member_id, "platinum", None), MONDAY, "wrong_tier"),
        ("Gold", lambda c: None, MONDAY + timedelta(days=1), "outside_hours"),
        ("VIP", lambda c: c.stand(c.member_id, "gold", None), THURSDAY, "wrong_tier"),
        ("a friend", lambda c: c.sell(), THURSDAY, "wrong_segment"),
        ("a friend", lambda c: setattr(c, "member_id", c.enrol(brought=False)), THURSDAY, "wrong_segment"),
    ],
)
def test_not_for_this_visit(name: str, change: Callable[[OfferCounter], None], moment: datetime, reason: str) -> None:
    counter = offer_called(name)
    with at(moment):
        change(counter)
        quoted = counter.quote()
    assert (counter.reason(quoted), quoted["discount_amount"]) == (reason, 0)


def test_a_stranger_to_the_program_gets_what_is_for_everybody_and_nothing_else() -> None:
    for name, off, reason in (
        ("3 for", 5_000, "applied"),
        ("VIP", 0, "member_required"),
        ("Gold", 0, "member_required"),
        ("a friend", 0, "member_required"),
    ):
        counter = offer_called(name)
        with at(counter.offer.on):
            quoted = counter.till.post("/quotes", {"lines": counter.offer.cart})
        assert (counter.reason(quoted), quoted["discount_amount"]) == (reason, off)


def test_the_full_card_brings_a_coffee_that_the_next_visit_takes() -> None:
    counter = offer_called("a stamp card")
    with at(THURSDAY):
        full = counter.sell()
        assert [coupon["title"] for coupon in full["coupons_issued"]] == ["Kopi gratis"]
        assert counter.standing()["stamps"] == [("Kartu kopi", 2)]
        code = full["coupons_issued"][0]["code"]
        used = counter.sell(lines=[item("1", 25_000), item("2", 20_000)], coupon_codes=[code])
        assert used["discount_amount"] == 20_000
        counter.give_back(used, ("1", 1), ("2", 1))
        counter.shop.assert_verified()


# --- who brought the friend ---------------------------------------------------------------------------------------


def assert_the_reward_is_taken_back_once(orders: list[tuple[Part, ...]]) -> None:
    """A friend for each order of returning; all bought on Thursday and come back when the reward has arrived."""
    counter = offer_called("a friend")
    with at(THURSDAY):
        friends = [counter.member_id, *(counter.enrol() for _ in orders[1:])]
        sales = [counter.sell(member_id=friend) for friend in friends]
    for days, expected in ((7, 0), (8, 20_000 * len(orders))):
        with at(THURSDAY + timedelta(days=days)):
            run_due_nights(merchant=counter.shop.merchant, now=THURSDAY + timedelta(days=days))
            assert counter.referrer_wallet()["available_amount"] == expected
    with at(THURSDAY + timedelta(days=8, hours=1)):
        for nth, (sold, order) in enumerate(zip(sales, orders, strict=True), start=1):
            left = sold["total_amount"]
            for part in order:
                left -= counter.give_back(sold, part)["refund"]["goods_amount"]
                standing = len(orders) - nth + (left >= 50_000)
                assert counter.referrer_wallet()["available_amount"] == 20_000 * standing, (order, part)
            assert left == 0
        assert counter.referrals() == [ReferralState.CLAWED_BACK] * len(orders)
        counter.shop.assert_verified()


def test_the_reward_arrives_after_the_return_period_and_later_parts_take_it_back_once() -> None:
    assert_the_reward_is_taken_back_once(offer_called("a friend").offer.orders[::30])


@pytest.mark.proof
def test_the_reward_is_taken_back_once_in_every_order() -> None:
    assert_the_reward_is_taken_back_once(offer_called("a friend").offer.orders)


def test_a_visit_returned_within_the_return_period_brings_the_referrer_nothing() -> None:
    counter = offer_called("a friend")
    with at(THURSDAY):
        sold = counter.sell()
        assert counter.referrals() == [ReferralState.QUALIFIED]
        # Rp 49.107 stay, less than the minimum.
        counter.give_back(sold, ("1", 2))
        assert counter.referrals() == [ReferralState.JOINED]
    with at(THURSDAY + timedelta(days=8)):
        run_due_nights(merchant=counter.shop.merchant, now=THURSDAY + timedelta(days=8))
        assert counter.referrer_wallet()["available_amount"] == 0
        counter.shop.assert_verified()


# --- all of them in one shop ---------------------------------------------------------------------------------------


def test_all_offers_live_at_once_and_a_cart_that_meets_many_of_them_comes_back_in_parts() -> None:
    cart = [item("1", 25_000, 4), item("2", 18_500, 12), item("3", 61_000, category="roti")]
    parts = [("1", 2), ("1", 2), ("2", 5), ("2", 7), ("3", 1)]
    limited = {"usage": {"per_member_limit": 50, "per_day_limit": 50}, "budget": {"type": "spend", "limit": 10**6}}
    first, *others = OFFERS
    counter = OfferCounter(
        TriedOffer("all", first.definition, cart, {}, parts, on=MONDAY, tier="gold", segment="loyal"),
        *(replace(offer, definition=offer.definition | limited) for offer in others),
    )
    with at(MONDAY):
        quoted = counter.quote(redeem_points=0)
        applied = {decision["promotion_id"]: decision["applied"] for decision in quoted["decisions"]}
        assert sum(applied[promotion_id] for promotion_id in counter.promotion_ids) >= 6
        before = counter.standing()
        whole, after = returned_whole(counter)
        assert after == before
        for order in TriedOffer("all", {}, cart, {}, parts).orders[::30]:
            assert returned_in_parts(counter, order) == (whole, before), order
        kept = counter.sell()
        counter.shop.assert_verified()
    with at(MONDAY + timedelta(days=1)):
        assert run_due_nights(merchant=counter.shop.merchant, now=MONDAY + timedelta(days=1))
        counter.shop.assert_verified()
        counter.give_back(kept, *parts[:2])
        counter.shop.assert_verified()
