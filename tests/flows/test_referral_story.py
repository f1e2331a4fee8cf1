"""Bring a friend, by date and over HTTP: joined, bought, waited, rewarded, brought back.

Ratna's shop: the friend pays 20 % less on the first purchase; who brought the friend gets Rp 20.000 wallet money once
the friend has bought for Rp 50.000 or more and the return period has passed: seven days in the first story, one in
the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from ledger.facts import EntryKind
from ledger.queries import entries
from members.queries import find_member
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_coupon_batch
from rewards.coupons.queries import coupons_of_member
from rewards.invariants import verify as verify_rewards
from rewards.referrals.facts import FriendPrice, ReferralState, ReferralTerms, RewardKind
from rewards.referrals.operations import publish_referral_program
from rewards.referrals.queries import clawback_of, grant_of, referral_steps, referrals_page
from sales.invariants import verify as verify_sales
from tests.api.conftest import ApiShop, open_shop
from tests.api.till import ApiTill, line
from tests.nights import run_due_nights

DAY_ONE = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # a Monday, 10.00 in Jakarta
TERMS = ReferralTerms(
    minimum_amount=50_000,
    waiting_days=1,
    reward_kind=RewardKind.WALLET,
    reward_amount=20_000,
    friend_price=FriendPrice.PERCENT,
    friend_value=20,
)


class ReferralStory:
    """One shop with its clock in hand."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.shop: ApiShop = open_shop("Toko Kopi Ratna")
        self.till: ApiTill = self.shop.till()
        self.publish(TERMS)
        self.siti = self.till.enrol("0812 3456 7890")

    def publish(self, terms: ReferralTerms) -> None:
        now = self.now
        with merchant_scope(self.shop.merchant.id):
            publish_referral_program(merchant=self.shop.merchant, terms=terms, starts_at=now, at=now, actor=SYSTEM)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def days_pass(self, days: int) -> None:
        """Make that many nights; it is 10.00 again afterwards."""
        for _ in range(days):
            self.clock.shift(timedelta(days=1))
            run_due_nights(merchant=self.shop.merchant, now=self.now)

    def friend(self, phone: str = "0813 0000 0001", **fields: Any) -> Any:
        return self.till.enrol(phone, name="Dewi Lestari", referral_code=self.siti["referral_code"], **fields)

    def wallet(self, member: Any = None) -> int:
        shown = self.till.get(f"/members/{(member or self.siti)['id']}")["member"]["wallet"]
        return int(shown["available_amount"])

    @property
    def state(self) -> ReferralState:
        with merchant_scope(self.shop.merchant.id):
            (found,) = referrals_page(merchant=self.shop.merchant).referrals
        return found.state

    def states(self) -> list[str]:
        """Return the states of the one referral, oldest first."""
        with merchant_scope(self.shop.merchant.id):
            (found,) = referrals_page(merchant=self.shop.merchant).referrals
            return [
                s.to_state.value for s in reversed(referral_steps(merchant=self.shop.merchant, referral_id=found.id))
            ]

    def verified(self) -> None:
        for verify in (verify_rewards, verify_sales):
            with merchant_scope(self.shop.merchant.id):
                assert verify(merchant=self.shop.merchant) == []


@pytest.fixture
def story(db: None) -> Iterator[ReferralStory]:
    with time_machine.travel(DAY_ONE, tick=False) as clock:
        yield ReferralStory(clock)


def test_the_referrer_is_rewarded_after_the_return_period(story: ReferralStory) -> None:
    story.publish(replace(TERMS, waiting_days=7))
    dewi = story.friend()
    story.days_pass(1)
    # The first visit, at the friend's price: 100.000 less 20 %.
    sold = story.till.sell("R-1", line(unit_amount=100_000), member_id=dewi["id"])
    assert (sold["total_amount"], sold["discount_amount"]) == (80_000, 20_000)
    assert sold["discounts"][0]["title"] == "Harga khusus untuk teman"
    assert story.state is ReferralState.QUALIFIED
    story.days_pass(7)
    assert (story.state, story.wallet()) == (ReferralState.QUALIFIED, 0)
    story.days_pass(1)
    assert (story.state, story.wallet()) == (ReferralState.GRANTED, 20_000)
    statement = story.till.get(f"/members/{story.siti['id']}/ledger")["results"]
    assert [(e["kind"], e["change"], e["note"]) for e in statement] == [
        ("cashback", 20_000, "Karena mengajak teman"),
    ]
    # Nothing more for the second purchase, at the full price, nor in further nights.
    assert story.till.sell("R-2", line(unit_amount=100_000), member_id=dewi["id"])["total_amount"] == 100_000
    story.days_pass(1)
    assert story.wallet() == 20_000
    assert story.states() == ["joined", "qualified", "granted"]
    story.verified()


def test_a_refund_takes_the_reward_back_once(story: ReferralStory) -> None:
    dewi = story.friend()
    story.till.sell("R-1", line("1", unit_amount=40_000), line("2", unit_amount=60_000), member_id=dewi["id"])
    story.days_pass(2)
    assert story.wallet() == 20_000
    # A part that leaves Rp 48.000 is too much, one that leaves Rp 50.000 or more is not.
    part = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}
    story.till.post("/sales/R-1/refunds", part, status=201)
    assert (story.state, story.wallet()) == (ReferralState.CLAWED_BACK, 0)
    story.till.post("/sales/R-1/void", {})
    with merchant_scope(story.shop.merchant.id):
        (found,) = referrals_page(merchant=story.shop.merchant).referrals
        back = clawback_of(merchant=story.shop.merchant, referral_id=found.id)
        kinds = [e.kind for e in entries(merchant=story.shop.merchant, owner_id=UUID(story.siti["id"]), limit=9)]
    assert back is not None
    assert (back.taken, back.missing, back.coupon_used) == (20_000, 0, False)
    assert kinds == [EntryKind.CLAWBACK, EntryKind.CASHBACK]
    # Once taken back it stays so, whatever the friend buys.
    story.till.sell("R-2", line(unit_amount=100_000), member_id=dewi["id"])
    story.days_pass(2)
    assert story.states() == ["joined", "qualified", "granted", "clawed_back"]
    story.verified()


def test_a_partial_refund_that_keeps_the_minimum_changes_nothing(story: ReferralStory) -> None:
    dewi = story.friend()
    story.till.sell("R-1", line("1", unit_amount=10_000), line("2", unit_amount=90_000), member_id=dewi["id"])
    for number in range(2):
        if number:
            story.days_pass(2)
            assert story.state is ReferralState.GRANTED
        part = {"refund_reference": f"F-{number}", "lines": [{"line_id": "1", "quantity": 1}]}
        if not number:
            story.till.post("/sales/R-1/refunds", part, status=201)
            assert story.state is ReferralState.QUALIFIED
    assert story.wallet() == 20_000
    story.verified()


def test_a_refund_within_the_return_period_waits_for_another_first_sale(story: ReferralStory) -> None:
    dewi = story.friend()
    story.till.sell("R-1", line(unit_amount=100_000), member_id=dewi["id"])
    story.days_pass(1)
    story.till.post("/sales/R-1/void", {})
    assert story.state is ReferralState.JOINED
    story.days_pass(2)
    assert story.wallet() == 0
    story.till.sell("R-2", line(unit_amount=100_000), member_id=dewi["id"])
    story.days_pass(2)
    assert story.wallet() == 20_000
    assert story.states() == ["joined", "qualified", "joined", "qualified", "granted"]
    # The first receipt means nothing any more.
    story.verified()


def test_spent_wallet_money_that_is_taken_back_becomes_debt(story: ReferralStory) -> None:
    dewi = story.friend()
    story.till.sell("R-1", line(unit_amount=100_000), member_id=dewi["id"])
    story.days_pass(2)
    story.till.sell("R-2", line(unit_amount=30_000), member_id=story.siti["id"], redeem_wallet_amount=20_000)
    story.till.post("/sales/R-1/void", {})
    story.till.sell("R-3", line(unit_amount=30_000), member_id=story.siti["id"])
    assert story.wallet() == 0
    with merchant_scope(story.shop.merchant.id):
        (found,) = referrals_page(merchant=story.shop.merchant).referrals
        back = clawback_of(merchant=story.shop.merchant, referral_id=found.id)
    assert back is not None
    assert (back.taken, back.missing) == (20_000, 0)
    story.verified()


@pytest.mark.parametrize("used", [False, True])
def test_a_coupon_is_cancelled_unless_it_was_used(story: ReferralStory, used: bool) -> None:
    merchant = story.shop.merchant
    with merchant_scope(merchant.id):
        batch = create_coupon_batch(
            merchant=merchant, title="Terima kasih", definition={"kind": "amount_off", "value": 15_000}, at=story.now
        )
    story.publish(ReferralTerms(reward_kind=RewardKind.COUPON, reward_batch_id=batch, waiting_days=0))
    dewi = story.friend()
    story.till.sell("R-1", line(unit_amount=30_000), member_id=dewi["id"])
    story.days_pass(1)
    (coupon,) = story.till.get(f"/members/{story.siti['id']}/coupons")["results"]
    if used:
        story.till.sell("R-2", line(unit_amount=50_000), member_id=story.siti["id"], coupon_codes=[coupon["code"]])
    story.till.post("/sales/R-1/void", {})
    with merchant_scope(merchant.id):
        (found,) = referrals_page(merchant=merchant).referrals
        grant = grant_of(merchant=merchant, referral_id=found.id)
        back = clawback_of(merchant=merchant, referral_id=found.id)
        (held,) = coupons_of_member(
            merchant=merchant, member_id=UUID(story.siti["id"]), at=story.now, today=date(2026, 3, 3)
        )
    assert grant is not None
    assert back is not None
    assert (grant.kind, grant.amount, back.coupon_used) == (RewardKind.COUPON, 0, used)
    assert held.status == ("redeemed" if used else "cancelled")
    story.verified()


def test_who_does_not_buy_in_time_expires(story: ReferralStory) -> None:
    story.publish(ReferralTerms(reward_amount=100, qualify_days=3))
    dewi = story.friend()
    story.days_pass(4)
    assert story.state is ReferralState.EXPIRED
    story.till.sell("R-1", line(unit_amount=100_000), member_id=dewi["id"])
    story.days_pass(2)
    assert story.states() == ["joined", "expired"]


@pytest.mark.parametrize(
    ("amount", "extra"),
    [(62_499, {}), (0, {}), (50_000, {"redeem_points": 0})],
    ids=["Rp 49.999 after the discount", "nothing", "Rp 40.000 after the discount"],
)
def test_a_sale_below_the_minimum_does_not_count(story: ReferralStory, amount: int, extra: dict[str, Any]) -> None:
    dewi = story.friend()
    story.till.sell("R-1", line(unit_amount=amount), member_id=dewi["id"], **extra)
    assert story.state is ReferralState.JOINED


def test_the_terms_of_the_day_of_joining_hold(story: ReferralStory) -> None:
    dewi = story.friend()
    story.publish(ReferralTerms(is_open=False, reward_amount=1))
    late = story.friend("0813 0000 0002")
    # Closed: the friend's price is gone, no new friend is referred; those who joined before still get the reward.
    story.days_pass(1)
    assert story.till.sell("R-1", line(unit_amount=100_000), member_id=dewi["id"])["total_amount"] == 100_000
    story.till.sell("R-2", line(unit_amount=100_000), member_id=late["id"])
    story.days_pass(2)
    assert story.wallet() == 20_000
    story.verified()


def test_a_referrer_is_rewarded_up_to_the_cap(story: ReferralStory) -> None:
    story.publish(ReferralTerms(reward_amount=100, waiting_days=0, monthly_cap=2, joins_per_day=9))
    for number in range(3):
        friend = story.friend(f"0813 0000 000{number}")
        story.clock.shift(timedelta(minutes=30))
        story.till.sell(f"R-{number}", line(unit_amount=50_000), member_id=friend["id"])
    story.days_pass(1)
    with merchant_scope(story.shop.merchant.id):
        found = referrals_page(merchant=story.shop.merchant).referrals
    assert sorted(r.state.value for r in found) == ["granted", "granted", "refused"]
    (refused,) = [r for r in found if r.state is ReferralState.REFUSED]
    assert [(r.signal.value, r.measured, r.allowed) for r in refused.reasons] == [("monthly_cap", 2, 2)]
    assert story.till.balance(story.siti["id"]) == 200
    story.verified()


# --- joining -----------------------------------------------------------------------------------------------------


def test_a_code_that_no_one_has_is_a_warning(story: ReferralStory) -> None:
    body = {"name": "Joko", "phone": "0813 0000 0009", "promo_consent": False}
    for number, code in enumerate(("K7QH2M4TX9CDR", "salah ketik")):
        answer = story.till.post(
            "/members", {**body, "phone": f"0813 0000 001{number}", "referral_code": code}, status=201
        )
        assert [w["code"] for w in answer["warnings"]] == ["referral_code_unknown"]
    told = story.till.post("/members", {**body, "referral_code": story.siti["referral_code"]}, status=201)
    assert told["warnings"] == []


def test_the_friends_page_has_the_code_filled_in(story: ReferralStory) -> None:
    merchant, browser = story.shop.merchant, Client(headers={"accept-language": "en"})
    link = story.siti["referral_link"]
    assert link.endswith(f"/m/{merchant.slug}/join/{story.siti['referral_code']}")
    path = reverse("member_pages:join_referred", args=[merchant.slug, story.siti["referral_code"]])
    page = browser.get(path).content.decode()
    assert story.siti["referral_code"] in page
    assert "20% off the first purchase" in page
    given = {"name": "Dewi Lestari", "phone": "0813 0000 0001", "email": "", "birth_date": ""}
    wrong = browser.post(path, {**given, "referral_code": "K7QH2M4TX9CDR"})
    assert wrong.status_code == 422
    assert "No member has this referral code" in wrong.content.decode()
    joined = browser.post(path, {**given, "referral_code": story.siti["referral_code"].lower()})
    assert joined.status_code == 302
    with merchant_scope(merchant.id):
        dewi = find_member(merchant=merchant, identifier="081300000001")
    story.till.sell("R-1", line(unit_amount=100_000), member_id=str(dewi.id))
    story.days_pass(2)
    assert story.wallet() == 20_000
