"""What the night finds out about friends and referrers, what people decide, and that nothing is granted twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import BadInput, Missing, Refusal
from ledger.facts import Unit
from ledger.queries import balance
from members.facts import MemberFacts, ProfileChanges
from members.models import FormerContact, Member
from members.operations import block, edit_profile
from merchants.facts import SYSTEM, Actor, Role
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from rewards.invariants import verify
from rewards.referrals.facts import FraudSignal, ReferralState, ReferralTerms
from rewards.referrals.operations import (
    OwnReferral,
    ReferralDecided,
    approve_referral,
    publish_referral_program,
    refuse_referral,
)
from rewards.referrals.queries import program_in_force, referral, referral_figures, referral_programs, referrals_page
from sales.models import Sale
from sales.operations import record_sale
from tests.referral_shop import TERMS, Brought, ReferringShop, open_referring_shop
from tests.sales_shop import NOW, line, sale

pytestmark = pytest.mark.django_db

MANAGER = Actor(user_id=UUID(int=7), label="manager@toko.example", role=Role.MANAGER)


@pytest.fixture
def shop() -> ReferringShop:
    return open_referring_shop()


@pytest.fixture
def scope(shop: ReferringShop) -> Iterator[ReferringShop]:
    with merchant_scope(shop.shop.merchant.id):
        yield shop


def wallet(shop: ReferringShop, member: MemberFacts) -> int:
    merchant = shop.shop.merchant
    tomorrow = shop.today + timedelta(days=1)
    return balance(merchant=merchant, owner_id=member.id, unit=Unit.WALLET, business_date=tomorrow).available


def settled(shop: ReferringShop, brought: Brought) -> tuple[ReferralState, list[tuple[FraudSignal, int, int]]]:
    """Make a night; return the referral's state, and why."""
    shop.night()
    with merchant_scope(shop.shop.merchant.id):
        found = shop.of(brought)
    return found.state, [(r.signal, r.measured, r.allowed) for r in found.reasons]


# --- checks, each with what would have passed --------------------------------------------------------------------


def test_two_people_pass(shop: ReferringShop) -> None:
    with merchant_scope(shop.shop.merchant.id):
        brought = shop.bring()
    assert settled(shop, brought) == (ReferralState.GRANTED, [])
    with merchant_scope(shop.shop.merchant.id):
        assert wallet(shop, brought.referrer) == 20_000
        assert verify(merchant=shop.shop.merchant) == []


def test_a_former_number_of_the_referrer_is_known_again(shop: ReferringShop) -> None:
    merchant = shop.shop.merchant
    with merchant_scope(merchant.id):
        referrer = shop.shop.join(phone="0812 3333 4444")
        edit_profile(
            merchant=merchant,
            member_id=referrer.id,
            changes=ProfileChanges(phone="0812 5555 6666"),
            actor=SYSTEM,
            at=NOW,
            business_date=shop.today,
        )
        (kept,) = FormerContact.objects.filter(merchant_id=merchant.id).values_list("contact_hash", flat=True)
        assert len(kept) == 32
        brought = shop.bring(referrer, phone="+62 812-3333-4444")
    assert settled(shop, brought) == (ReferralState.IN_REVIEW, [(FraudSignal.SAME_PHONE, 1, 0)])
    with merchant_scope(merchant.id):
        assert wallet(shop, referrer) == 0


@pytest.mark.parametrize(
    ("one", "other", "signal"),
    [
        ({"email": "budi@yahoo.com"}, {"email": "b.u.d.i+2@Yahoo.com"}, FraudSignal.SAME_EMAIL),
        (
            {"name": "Sari Dewi", "birth_date": date(1990, 5, 1)},
            {"birth_date": date(1990, 5, 1)},
            None,  # "Dewi" alone is no surname
        ),
        (
            {"attributes": {"alamat": "Jl. Mawar 12, Depok"}},
            {"attributes": {"Address": "JL MAWAR 12 DEPOK"}},
            FraudSignal.SAME_ADDRESS,
        ),
        ({"device_id": "phone-1"}, {"device_id": "phone-1"}, FraudSignal.SAME_DEVICE),
        ({"device_id": "phone-1"}, {"device_id": "phone-2"}, None),
    ],
)
def test_what_two_members_have_in_common(
    shop: ReferringShop, one: dict[str, Any], other: dict[str, Any], signal: FraudSignal | None
) -> None:
    with merchant_scope(shop.shop.merchant.id):
        brought = shop.bring(shop.shop.join(**one), **other)
    state, reasons = settled(shop, brought)
    assert [r[0] for r in reasons] == ([signal] if signal else [])
    assert state is (ReferralState.IN_REVIEW if signal else ReferralState.GRANTED)


@pytest.mark.parametrize(("name", "signal"), [("device", FraudSignal.SAME_DEVICE), ("tender", FraudSignal.SAME_TENDER)])
@pytest.mark.parametrize("others", [0, 6])
def test_devices_and_cards_of_sales(shop: ReferringShop, name: str, signal: FraudSignal, others: int) -> None:
    """Two people with one card are looked at; what six others use too is the shop's own."""
    merchant = shop.shop.merchant
    with merchant_scope(merchant.id):
        referrer = shop.shop.join()
        for member in [referrer, *(shop.shop.join() for _ in range(others))]:
            drafted = sale(
                line(1, 30_000),
                member=member,
                occurred_at=NOW - timedelta(days=3),
                **{"device": {"device_id": "x-1"}, "tender": {"tender_token": "x-1"}}[name],
            )
            record_sale(merchant=merchant, till=shop.shop.till, draft=drafted, received_at=NOW)
        told: dict[str, Any] = {name: "x-1"}
        brought = shop.bring(referrer, **told)
        stored = Sale.objects.values_list(f"{name}_hash", flat=True).get(merchant_id=merchant.id, id=brought.sale.id)
        assert stored is not None
        assert len(stored) == 32
        assert b"x-1" not in bytes(stored)
    state, reasons = settled(shop, brought)
    assert reasons == ([] if others else [(signal, 2, 0)])
    assert state is (ReferralState.GRANTED if others else ReferralState.IN_REVIEW)


def test_minutes_apart_at_the_same_till(shop: ReferringShop) -> None:
    with merchant_scope(shop.shop.merchant.id):
        brought = shop.bring()
        shop.buy(brought.referrer, amount=10_000)
    assert settled(shop, brought) == (ReferralState.IN_REVIEW, [(FraudSignal.SAME_TILL_MINUTES, 0, 10)])


def test_many_friends_in_a_day_and_one_cashier(shop: ReferringShop) -> None:
    with merchant_scope(shop.shop.merchant.id):
        referrer = shop.shop.join()
        many = [shop.bring(referrer, cashier="Joko") for _ in range(6)]
    state, reasons = settled(shop, many[0])
    assert reasons == [(FraudSignal.CASHIER_RING, 6, 6), (FraudSignal.JOINS_PER_DAY, 6, 5)]
    assert state is ReferralState.IN_REVIEW


def test_a_circle_of_referrers(shop: ReferringShop) -> None:
    merchant = shop.shop.merchant
    with merchant_scope(merchant.id):
        brought = shop.bring()
        Member.objects.filter(merchant_id=merchant.id, id=brought.referrer.id).update(referred_by_id=brought.friend.id)
    assert settled(shop, brought) == (ReferralState.IN_REVIEW, [(FraudSignal.CIRCLE, 2, 0)])


@pytest.mark.parametrize(
    ("side", "signal"), [("referrer", FraudSignal.REFERRER_BLOCKED), ("friend", FraudSignal.FRIEND_BLOCKED)]
)
def test_blocked_members_wait_also_when_cleared(shop: ReferringShop, side: str, signal: FraudSignal) -> None:
    merchant = shop.shop.merchant
    with merchant_scope(merchant.id):
        brought = shop.bring()
        block(merchant=merchant, member_id=getattr(brought, side).id, actor=SYSTEM, reason="abuse", at=NOW)
    assert settled(shop, brought) == (ReferralState.IN_REVIEW, [(signal, 1, 0)])
    with merchant_scope(merchant.id):
        approve_referral(merchant=merchant, referral_id=shop.of(brought).id, reason="known", actor=MANAGER, at=NOW)
    assert settled(shop, brought) == (ReferralState.IN_REVIEW, [(signal, 1, 0)])


# --- decisions ---------------------------------------------------------------------------------------------------


def doubtful(shop: ReferringShop, **fields: Any) -> Brought:
    with merchant_scope(shop.shop.merchant.id):
        brought = shop.bring(shop.shop.join(device_id="phone-1", **fields), device_id="phone-1")
    assert settled(shop, brought)[0] is ReferralState.IN_REVIEW
    return brought


def test_approved_is_granted_the_next_night(shop: ReferringShop) -> None:
    merchant, brought = shop.shop.merchant, doubtful(shop)
    with merchant_scope(merchant.id):
        found = shop.of(brought)
        approve_referral(merchant=merchant, referral_id=found.id, reason="sisters", actor=MANAGER, at=NOW)
        (entry,) = audit_entries(merchant=merchant, subject_kind="referral", subject_id=found.id)
        assert (entry.action, entry.reason, entry.actor_label) == ("referral.approved", "sisters", MANAGER.label)
    assert settled(shop, brought)[0] is ReferralState.GRANTED
    with merchant_scope(merchant.id):
        assert wallet(shop, brought.referrer) == 20_000
        with pytest.raises(ReferralDecided):
            refuse_referral(merchant=merchant, referral_id=found.id, reason="late", actor=MANAGER, at=NOW)
        assert verify(merchant=merchant) == []


def test_refused_stays_refused(shop: ReferringShop) -> None:
    merchant, brought = shop.shop.merchant, doubtful(shop)
    with merchant_scope(merchant.id):
        found = shop.of(brought)
        with pytest.raises(Refusal, match="reason_required"):
            refuse_referral(merchant=merchant, referral_id=found.id, reason=" ", actor=MANAGER, at=NOW)
        refuse_referral(merchant=merchant, referral_id=found.id, reason="one person", actor=MANAGER, at=NOW)
        with pytest.raises(ReferralDecided):
            approve_referral(merchant=merchant, referral_id=found.id, reason="oh", actor=MANAGER, at=NOW)
    assert settled(shop, brought)[0] is ReferralState.REFUSED


def test_no_one_decides_about_their_own(shop: ReferringShop) -> None:
    merchant, brought = shop.shop.merchant, doubtful(shop, email="Mana.ger+toko@toko.example")
    with merchant_scope(merchant.id):
        found = shop.of(brought)
        for decide in (approve_referral, refuse_referral):
            with pytest.raises(OwnReferral):
                decide(merchant=merchant, referral_id=found.id, reason="mine", actor=MANAGER, at=NOW)


def test_another_merchants_referral_is_as_unknown_as_a_random_one(shop: ReferringShop) -> None:
    brought = doubtful(shop)
    with merchant_scope(shop.shop.merchant.id):
        foreign = shop.of(brought).id
    other = open_referring_shop().shop.merchant
    with merchant_scope(other.id):
        for unknown in (foreign, UUID(int=1)):
            with pytest.raises(Missing, match="referral_not_found"):
                referral(merchant=other, referral_id=unknown)
            with pytest.raises(Missing, match="referral_not_found"):
                approve_referral(merchant=other, referral_id=unknown, reason="x", actor=MANAGER, at=NOW)
        assert referrals_page(merchant=other).total == 0


# --- the night ---------------------------------------------------------------------------------------------------


def test_batches_and_repeated_nights_grant_each_once(shop: ReferringShop) -> None:
    with merchant_scope(shop.shop.merchant.id):
        referrer = shop.shop.join()
        many = [shop.bring(referrer if n < 3 else None) for n in range(5)]
    for limit in (2, 2, 200):
        shop.night(limit=limit)
    with merchant_scope(shop.shop.merchant.id):
        assert {shop.of(one).state for one in many} == {ReferralState.GRANTED}
        assert wallet(shop, referrer) == 60_000
        figures = referral_figures(merchant=shop.shop.merchant, first=shop.today, last=shop.today)
        assert (figures.joined, figures.granted, figures.wallet_granted) == (5, 5, 100_000)
        assert verify(merchant=shop.shop.merchant) == []


def test_many_referrals_cost_as_many_statements_as_few(shop: ReferringShop) -> None:
    def statements(count: int) -> int:
        with merchant_scope(shop.shop.merchant.id):
            for _ in range(count):
                shop.bring()
        with CaptureQueriesContext(connection) as captured:
            shop.night()
        return len(captured)

    few, many = statements(2), statements(12)
    assert many - few <= 10  # one per referrer for their cashiers
    assert few <= 60


def test_a_sale_of_a_member_who_was_not_referred_asks_nothing(scope: ReferringShop) -> None:
    with CaptureQueriesContext(connection) as captured:
        scope.buy(scope.shop.join())
    assert not [q["sql"] for q in captured if "rewards_referral" in q["sql"]]


# --- the program -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"reward_amount": 0}, "/reward_amount"),
        ({"waiting_days": 91}, "/waiting_days"),
        ({"qualify_days": 0}, "/qualify_days"),
        ({"monthly_cap": 0}, "/monthly_cap"),
        ({"total_cap": 0}, "/total_cap"),
        ({"joins_per_day": 0}, "/joins_per_day"),
        ({"friend_batch_id": UUID(int=3)}, "/friend_batch_id"),
    ],
)
def test_terms_that_cannot_be(scope: ReferringShop, changes: dict[str, Any], pointer: str) -> None:
    merchant = scope.shop.merchant
    with pytest.raises(BadInput) as bad:
        publish_referral_program(
            merchant=merchant, terms=replace(TERMS, **changes), starts_at=NOW, at=NOW, actor=SYSTEM
        )
    assert [e.pointer for e in bad.value.errors] == [pointer]


def test_a_version_holds_from_its_start_on(scope: ReferringShop) -> None:
    merchant = scope.shop.merchant
    publish_referral_program(
        merchant=merchant, terms=ReferralTerms(reward_amount=5), starts_at=NOW + timedelta(days=2), at=NOW, actor=SYSTEM
    )
    now, later = (program_in_force(merchant=merchant, at=NOW + timedelta(days=d)) for d in (1, 2))
    assert now is not None
    assert later is not None
    assert (now.number, later.number, later.terms.reward_amount) == (1, 2, 5)
    assert [p.number for p in referral_programs(merchant=merchant)] == [2, 1]
