"""The catalogue of rewards, its stock, and gifts on their way, through the operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.errors import BadInput, Missing, Refusal
from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import lock_account, post
from members.facts import MemberFacts
from merchants.facts import SYSTEM
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from rewards.catalogue.facts import Fulfilment, Handover, RedemptionFacts
from rewards.catalogue.operations import (
    StepNotPossible,
    StockBelowReserved,
    add_reward,
    change_reward,
    correct_stock,
    move_gift,
    offer_reward_again,
    redeem_reward,
    restock_reward,
    retire_reward,
    reverse_redemption,
)
from rewards.catalogue.queries import (
    catalogue,
    catalogue_entry,
    fulfilment_queue,
    reward_list,
    stock_lines,
    taken_by,
)
from rewards.invariants import verify
from rewards.promotions.facts import Funding
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 5)
STAFF = replace(SYSTEM, user_id=new_id(), label="ratna@example.com")


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


@pytest.fixture
def member(shop: SellingShop) -> MemberFacts:
    """Return a member with 1,000 points."""
    joined = shop.join()
    today = shop.merchant.day_of(NOW)
    lot = LotDraft(amount=1_000, available_on=today, expires_on=None, earned_at=NOW)
    account = lock_account(merchant=shop.merchant, owner_id=joined.id, unit=Unit.POINTS, business_date=today, at=NOW)
    earned = Posting(
        kind=EntryKind.EARN, unit=Unit.POINTS, change=1_000, source_kind="sale", source_id=new_id(), lot=lot
    )
    post(merchant=shop.merchant, account=account, postings=[earned], at=NOW, business_date=today)
    return joined


def reward(shop: SellingShop, title: str = "Tas", **fields: Any) -> UUID:
    return add_reward(merchant=shop.merchant, at=NOW, actor=STAFF, **{"title": title, "points": 50, **fields})


def redeem(shop: SellingShop, member: MemberFacts, reward_id: UUID, **fields: Any) -> RedemptionFacts:
    return redeem_reward(
        merchant=shop.merchant,
        till_id=shop.till.id,
        outlet_id=shop.outlet.id,
        member_id=member.id,
        reward_id=reward_id,
        **{"quantity": 1, "hold": False, "at": NOW, "business_date": TODAY, **fields},
    )


def stock_of(shop: SellingShop, reward_id: UUID) -> int | None:
    return catalogue_entry(merchant=shop.merchant, reward_id=reward_id, today=TODAY).stock


def broken(shop: SellingShop) -> list[tuple[str, str]]:
    return [(v.table, v.message) for v in verify(merchant=shop.merchant)]


# --- the catalogue -----------------------------------------------------------------------------------------------


def test_a_new_price_touches_only_what_is_redeemed_after_it(shop: SellingShop, member: MemberFacts) -> None:
    bag = reward(shop, unit_cost_amount=20_000)
    before = redeem(shop, member, bag)
    draft = catalogue_entry(merchant=shop.merchant, reward_id=bag, today=TODAY).draft
    change_reward(
        merchant=shop.merchant,
        reward_id=bag,
        draft=replace(draft, points=80, unit_cost_amount=25_000),
        at=NOW,
        actor=STAFF,
    )
    after = redeem(shop, member, bag)
    assert (before.points_spent, after.points_spent, after.points_balance) == (50, 80, 870)
    back = reverse_redemption(merchant=shop.merchant, redemption_id=before.id, at=NOW, business_date=TODAY)
    assert back.points_balance == 920
    entry = catalogue_entry(merchant=shop.merchant, reward_id=bag, today=TODAY)
    assert (entry.taken, entry.cost_amount, entry.affordable, entry.members) == (1, 25_000, 1, 1)
    changed = audit_entries(merchant=shop.merchant, subject_kind="reward", subject_id=bag)[0]
    assert (changed.action, changed.actor_label, changed.before, changed.after) == (
        "reward.changed",
        STAFF.label,
        {"points": 50, "unit_cost_amount": 20_000},
        {"points": 80, "unit_cost_amount": 25_000},
    )
    assert broken(shop) == []


def test_a_retired_reward_is_gone_for_tills_and_can_come_back(shop: SellingShop, member: MemberFacts) -> None:
    bag = reward(shop)
    retire_reward(merchant=shop.merchant, reward_id=bag, at=NOW, actor=STAFF)
    assert reward_list(merchant=shop.merchant) == []
    with pytest.raises(Missing, match="reward_not_found"):
        redeem(shop, member, bag)
    again = reward(shop)
    with pytest.raises(Refusal, match="name_taken"):
        offer_reward_again(merchant=shop.merchant, reward_id=bag, at=NOW, actor=STAFF)
    retire_reward(merchant=shop.merchant, reward_id=again, at=NOW, actor=STAFF)
    offer_reward_again(merchant=shop.merchant, reward_id=bag, at=NOW, actor=STAFF)
    assert [entry.id for entry in catalogue(merchant=shop.merchant, today=TODAY)] == [bag]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"points": 0}, "points"),
        ({"title": " "}, "title"),
        ({"per_member_limit": 0}, "per_member_limit"),
        ({"period_limit": 1}, "period_days"),
        ({"period_limit": 1, "period_days": 367}, "period_limit"),
        ({"valid_from": date(2026, 3, 2), "valid_until": date(2026, 3, 1)}, "valid_until"),
        ({"funding": Funding(partner_id=new_id(), basis_points=5_000)}, "partner_id"),
        ({"batch_id": new_id()}, "batch_id"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(shop: SellingShop, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as bad:
        reward(shop, **fields)
    assert field in {error.pointer for error in bad.value.errors}


def test_stock_is_counted_never_below_what_is_promised(shop: SellingShop, member: MemberFacts) -> None:
    bag = reward(shop, stock=5, handover=Handover.PICKUP)
    redeem(shop, member, bag)
    redeem(shop, member, bag, hold=True)
    assert stock_of(shop, bag) == 3
    assert restock_reward(merchant=shop.merchant, reward_id=bag, pieces=10, at=NOW, actor=STAFF) == 13
    with pytest.raises(StockBelowReserved) as refused:
        correct_stock(merchant=shop.merchant, reward_id=bag, counted=1, reason="hilang", at=NOW, actor=STAFF)
    assert refused.value.facts == {"needed": 2, "measured": 1}
    with pytest.raises(BadInput):
        correct_stock(merchant=shop.merchant, reward_id=bag, counted=9, reason=" ", at=NOW, actor=STAFF)
    assert correct_stock(merchant=shop.merchant, reward_id=bag, counted=2, reason="hilang", at=NOW, actor=STAFF) == 0
    assert [(s.kind, s.change) for s in stock_lines(merchant=shop.merchant, reward_id=bag)] == [
        ("correction", -13),
        ("restock", 10),
        ("taken", -1),
        ("taken", -1),
        ("opening", 5),
    ]
    assert (
        correct_stock(merchant=shop.merchant, reward_id=bag, counted=None, reason="tanpa batas", at=NOW, actor=STAFF)
        is None
    )
    assert broken(shop) == []


def test_a_lapsed_hold_gives_its_piece_to_the_next_with_a_movement(shop: SellingShop, member: MemberFacts) -> None:
    bag = reward(shop, stock=1)
    redeem(shop, member, bag, hold=True)
    later = NOW + timedelta(minutes=11)
    taken = redeem(shop, member, bag, at=later)
    assert taken.status == "completed"
    assert [(s.kind, s.change) for s in stock_lines(merchant=shop.merchant, reward_id=bag)] == [
        ("taken", -1),
        ("lapsed", 1),
        ("taken", -1),
        ("opening", 1),
    ]
    assert broken(shop) == []


# --- gifts -------------------------------------------------------------------------------------------------------


def test_a_gift_goes_its_way_step_by_step(shop: SellingShop, member: MemberFacts) -> None:
    sent = redeem(shop, member, reward(shop, handover=Handover.SHIPPING))
    fetched = redeem(shop, member, reward(shop, "Mug", handover=Handover.PICKUP), at=NOW + timedelta(hours=1))

    def move(taken: RedemptionFacts, to: Fulfilment) -> None:
        move_gift(merchant=shop.merchant, redemption_id=taken.id, to=to, at=NOW, actor=STAFF, note="n")

    with pytest.raises(StepNotPossible):
        move(sent, Fulfilment.SHIPPED)
    queue = fulfilment_queue(merchant=shop.merchant)
    assert [taken.id for taken in queue.taken] == [sent.id, fetched.id]
    first = fulfilment_queue(merchant=shop.merchant, limit=1)
    rest = fulfilment_queue(merchant=shop.merchant, limit=1, after=first.next_after)
    assert [t.id for t in (*first.taken, *rest.taken)] == [sent.id, fetched.id]
    assert rest.next_after is None
    for state in (Fulfilment.READY, Fulfilment.SHIPPED, Fulfilment.DELIVERED, Fulfilment.DELIVERED):
        move(sent, state)
    move(fetched, Fulfilment.READY)
    with pytest.raises(StepNotPossible):
        move(fetched, Fulfilment.SHIPPED)
    with pytest.raises(StepNotPossible):
        move(fetched, Fulfilment.CANCELLED)
    reverse_redemption(merchant=shop.merchant, redemption_id=fetched.id, at=NOW, business_date=TODAY, actor=STAFF)
    assert {taken.title: taken.state for taken in taken_by(merchant=shop.merchant, member_id=member.id)} == {
        "Tas": "delivered",
        "Mug": "cancelled",
    }
    assert fulfilment_queue(merchant=shop.merchant).total == 0
    assert broken(shop) == []
