"""Two records of one person become one: what each had is the survivor's, and comes back when the merge is undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import Missing, Refusal
from ledger.facts import Unit
from ledger.models import Transfer
from ledger.operations import DebtTooLarge, MergedPointsMoved, PointsOnHold, adjust, lock_account, place_hold
from ledger.queries import balance
from loyalty.management.commands.verify import verification_modules
from members.facts import ConsentSource, MemberFacts, ProfileChanges, TierCause
from members.models import Consent, Member, MemberMerge
from members.operations import (
    MergeNotPossible,
    MergeStands,
    block,
    edit_profile,
    replace_card,
    set_consent,
    tag_member,
)
from members.queries import (
    card_token,
    find_member,
    member,
    merges_of,
    tags_of_member,
    tier_moves,
)
from merchants.facts import SYSTEM, MerchantFacts
from merchants.tenancy import merchant_scope
from people.operations import merge_members, undo_merge
from rewards.catalogue.operations import add_reward, redeem_reward, reverse_redemption
from rewards.gift_cards.facts import TopUpDraft
from rewards.gift_cards.operations import reverse_top_up, top_up
from sales.models import Sale
from sales.operations import refund_sale
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 5)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    found = open_selling_shop()
    with merchant_scope(found.merchant.id):
        yield found


def join_two(shop: SellingShop, **fields: Any) -> tuple[MemberFacts, MemberFacts]:
    """Enrol Sari twice: first with a phone, later with an address."""
    first = shop.join(name="Sari Dewi")
    return first, shop.join(**{"name": "Sari D.", "email": "sari@toko.example", "phone": None, **fields})


def merge(shop: SellingShop, survivor: MemberFacts, merged: MemberFacts, *chosen: str) -> UUID:
    merge_id = merge_members(
        merchant=shop.merchant, survivor_id=survivor.id, merged_id=merged.id, chosen=chosen, actor=SYSTEM, at=LATER
    )
    prove_all(shop.merchant)
    return merge_id


def undo(shop: SellingShop, merge_id: UUID, *, after: timedelta = timedelta(days=1)) -> None:
    undo_merge(merchant=shop.merchant, merge_id=merge_id, actor=SYSTEM, at=LATER + after)
    prove_all(shop.merchant)


def prove_all(merchant: MerchantFacts) -> None:
    """Close the guards that wait for the commit, and verify every app."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    found = [violation for _, module in verification_modules() for violation in module.verify(merchant=merchant)]
    assert [v for v in found if v.invariant != "I11"] == []


def give(shop: SellingShop, owner: MemberFacts, points: int, unit: Unit = Unit.POINTS) -> None:
    if unit is Unit.WALLET:
        draft = TopUpDraft(owner.id, points, f"T-{owner.number}-{points}", b"x" * 32)
        top_up(merchant=shop.merchant, till_id=shop.till.id, draft=draft, at=NOW, business_date=TODAY)
        return
    adjust(
        merchant=shop.merchant,
        owner_id=owner.id,
        change=points,
        reason="awal",
        actor=SYSTEM,
        at=NOW,
        business_date=TODAY,
    )


def take_back(shop: SellingShop, sale_id: UUID, *, at: datetime = LATER) -> None:
    draft = refund_of(("1", 1))
    refund_sale(merchant=shop.merchant, till=shop.till, reference=str(sale_id), draft=draft, received_at=at)


def spend(shop: SellingShop, owner: MemberFacts, points: int, *, at: datetime = NOW) -> None:
    adjust(
        merchant=shop.merchant,
        owner_id=owner.id,
        change=-points,
        reason="dipakai",
        actor=SYSTEM,
        at=at,
        business_date=TODAY,
    )


def points_of(shop: SellingShop, owner: MemberFacts, unit: Unit = Unit.POINTS) -> int:
    return balance(merchant=shop.merchant, owner_id=owner.id, unit=unit, business_date=TODAY, at=LATER).points_balance


def test_points_and_money_go_over_and_come_back(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    give(shop, sari, 100)
    give(shop, again, 40)
    give(shop, again, 25_000, Unit.WALLET)
    before = balance(merchant=shop.merchant, owner_id=again.id, unit=Unit.POINTS, business_date=TODAY, at=NOW)
    merge_id = merge(shop, sari, again)
    assert (points_of(shop, sari), points_of(shop, again)) == (140, 0)
    assert (points_of(shop, sari, Unit.WALLET), points_of(shop, again, Unit.WALLET)) == (25_000, 0)
    now = balance(merchant=shop.merchant, owner_id=sari.id, unit=Unit.POINTS, business_date=TODAY, at=LATER)
    assert set(before.expiring) == {(40, day) for _, day in before.expiring}
    assert now.expiring[0][1] == before.expiring[0][1], "the day on which they lapse is kept"
    undo(shop, merge_id)
    assert (points_of(shop, sari), points_of(shop, again)) == (100, 40)
    assert (points_of(shop, sari, Unit.WALLET), points_of(shop, again, Unit.WALLET)) == (0, 25_000)
    kinds = Transfer.objects.filter(merchant_id=shop.merchant.id, kind="merge")
    assert kinds.count() == 8, "the way there and the way back are booked, nothing is deleted"


def test_a_return_after_the_merge_takes_back_what_the_merged_member_had_earned_and_spent(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    bought = shop.sell(line(1, 500_000), member=again)
    earned = points_of(shop, again)
    assert earned > 0
    merge(shop, sari, again)
    assert points_of(shop, sari) == earned
    refund_sale(
        merchant=shop.merchant, till=shop.till, reference=str(bought.id), draft=refund_of(("1", 1)), received_at=LATER
    )
    assert points_of(shop, sari) == 0
    prove_all(shop.merchant)


def test_sales_and_figures_are_the_survivors(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    shop.sell(line(1, 300_000), member=sari)
    bought = shop.sell(line(1, 800_000), member=again)
    merge_id = merge(shop, sari, again)
    found = member(merchant=shop.merchant, member_id=again.id)
    assert (found.id, found.purchase_count, found.spend_amount) == (sari.id, 2, 1_100_000)
    assert found.tier is not None
    assert found.tier.code == "silver", "both together have earned it"
    assert tier_moves(merchant=shop.merchant, member_id=sari.id)[0].cause is TierCause.MERGE
    undo(shop, merge_id)
    one, other = (member(merchant=shop.merchant, member_id=each.id) for each in (sari, again))
    assert [(m.purchase_count, m.spend_amount) for m in (one, other)] == [(1, 300_000), (1, 800_000)]
    assert one.tier is not None
    assert one.tier.code == "bronze"
    assert Sale.objects.get(merchant_id=shop.merchant.id, id=bought.id).member_id == again.id


def test_every_contact_and_card_of_the_merged_record_finds_the_survivor(shop: SellingShop) -> None:
    sari, again = join_two(shop, phone="0813 9999 1111")
    token = card_token(merchant=shop.merchant, member_id=again.id)
    merge(shop, sari, again, "phone")
    for shown in (sari.phone, again.phone, again.email, again.number, token):
        assert find_member(merchant=shop.merchant, identifier=str(shown)).id == sari.id
    found = member(merchant=shop.merchant, member_id=sari.id)
    assert (found.phone, found.email, found.name) == ("+6281399991111", "sari@toko.example", "Sari Dewi")
    replace_card(merchant=shop.merchant, member_id=sari.id, reason="hilang", at=LATER, actor=SYSTEM)
    with pytest.raises(Missing):
        find_member(merchant=shop.merchant, identifier=str(token))


def test_undoing_gives_each_their_own_fields_again(shop: SellingShop) -> None:
    sari, again = join_two(shop, phone="0813 9999 1112", birth_date=date(1990, 1, 2), attributes={"kids": "2"})
    edit(shop, sari, notes="suka kopi")
    edit(shop, again, notes="alergi susu")
    tag_member(merchant=shop.merchant, member_id=sari.id, name="vip", at=NOW, actor=SYSTEM)
    for name in ("vip", "kantor"):
        tag_member(merchant=shop.merchant, member_id=again.id, name=name, at=NOW, actor=SYSTEM)
    before = [Member.objects.filter(id=each.id).values(*KEPT).get() for each in (sari, again)]
    merge_id = merge(shop, sari, again, "phone", "name")
    found = member(merchant=shop.merchant, member_id=sari.id)
    assert (found.name, found.birth_date, found.attributes) == ("Sari D.", date(1990, 1, 2), {"kids": "2"})
    assert found.notes == "suka kopi\nalergi susu"
    assert [tag.name for tag in tags_of_member(merchant=shop.merchant, member_id=sari.id)] == ["kantor", "vip"]
    undo(shop, merge_id)
    assert [Member.objects.filter(id=each.id).values(*KEPT).get() for each in (sari, again)] == before
    assert [tag.name for tag in tags_of_member(merchant=shop.merchant, member_id=again.id)] == ["kantor", "vip"]
    assert [tag.name for tag in tags_of_member(merchant=shop.merchant, member_id=sari.id)] == ["vip"]


KEPT = ("name", "phone", "email", "email_key", "birth_date", "attributes", "notes", "status", "merged_into_id")


def edit(shop: SellingShop, who: MemberFacts, **changes: Any) -> None:
    edit_profile(
        merchant=shop.merchant,
        member_id=who.id,
        changes=ProfileChanges(**changes),
        actor=SYSTEM,
        at=NOW,
        business_date=TODAY,
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "after"),
    [(True, False, False), (False, True, True), (None, True, True), (True, None, True), (None, None, False)],
)
def test_the_newest_word_about_mail_counts(
    shop: SellingShop, ours: bool | None, theirs: bool | None, after: bool
) -> None:
    sari, again = join_two(shop)
    for minute, (who, said) in enumerate(((sari, ours), (again, theirs)), start=1):
        if said is not None:
            at = NOW + timedelta(minutes=minute)
            set_consent(merchant=shop.merchant, member_id=who.id, granted=not said, source=ConsentSource.TILL, at=NOW)
            set_consent(merchant=shop.merchant, member_id=who.id, granted=said, source=ConsentSource.STAFF, at=at)
    before = member(merchant=shop.merchant, member_id=sari.id).promo_email
    merge_id = merge(shop, sari, again)
    assert member(merchant=shop.merchant, member_id=sari.id).promo_email is after
    undo(shop, merge_id)
    assert member(merchant=shop.merchant, member_id=sari.id).promo_email is before
    assert Consent.objects.filter(merchant_id=shop.merchant.id, member_id=again.id).count() <= 2, "proofs stay"


def test_a_redemption_and_a_top_up_are_undone_for_the_survivor(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    give(shop, again, 500)
    reward = add_reward(merchant=shop.merchant, at=NOW, title="Mug", points=300, stock=5)
    taken = redeem_reward(
        merchant=shop.merchant,
        till_id=shop.till.id,
        outlet_id=shop.outlet.id,
        member_id=again.id,
        reward_id=reward,
        quantity=1,
        hold=False,
        at=NOW,
        business_date=TODAY,
    )
    draft = TopUpDraft(again.id, 70_000, "T-1", b"x" * 32)
    paid = top_up(merchant=shop.merchant, till_id=shop.till.id, draft=draft, at=NOW, business_date=TODAY).top_up
    merge_id = merge(shop, sari, again)
    assert points_of(shop, sari) == 200
    with transaction.atomic():
        reverse_redemption(merchant=shop.merchant, redemption_id=taken.id, at=LATER, business_date=TODAY)
        reverse_top_up(merchant=shop.merchant, top_up_id=paid.id, reason="salah", at=LATER, business_date=TODAY)
        assert (points_of(shop, sari), points_of(shop, sari, Unit.WALLET)) == (500, 0)
        prove_all(shop.merchant)
        with pytest.raises(Refusal, match="merged_rewards_used"):
            undo(shop, merge_id)


def test_debt_stays_debt_and_is_paid_with_what_the_other_has(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    bought = shop.sell(line(1, 1_000_000), member=again)
    earned = points_of(shop, again)
    spend(shop, again, earned)
    take_back(shop, bought.id, at=NOW)
    owed = points_of(shop, again)
    give(shop, sari, 30)
    merge_id = merge(shop, sari, again)
    assert points_of(shop, sari) == 30 + owed
    undo(shop, merge_id)
    assert (points_of(shop, sari), points_of(shop, again)) == (30, owed)


def test_what_a_till_holds_is_waited_for(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    give(shop, again, 50)
    account = lock_account(merchant=shop.merchant, owner_id=again.id, business_date=TODAY, at=LATER)
    place_hold(
        merchant=shop.merchant,
        account=account,
        amount=20,
        reserved_until=LATER + timedelta(minutes=5),
        reference_kind="quote",
        reference_id=again.id,
    )
    with pytest.raises(PointsOnHold):
        merge(shop, sari, again)


@pytest.mark.parametrize("what", ["spent", "late", "edited", "again", "undone", "blocked"])
def test_what_rests_on_the_merge_keeps_it(shop: SellingShop, what: str) -> None:
    sari, again = join_two(shop)
    third = shop.join(name="Sari")
    give(shop, again, 50)
    merge_id = merge(shop, sari, again, "name")
    days = timedelta(days=8) if what == "late" else timedelta(days=1)
    if what == "spent":
        spend(shop, sari, 10, at=LATER)
    elif what == "edited":
        edit(shop, sari, name="Sari Dewi Lestari")
    elif what == "again":
        merge(shop, third, sari)
    elif what == "blocked":
        block(merchant=shop.merchant, member_id=sari.id, reason="penipuan", actor=SYSTEM, at=NOW)
    elif what == "undone":
        undo(shop, merge_id)
    with pytest.raises(MergedPointsMoved if what == "spent" else MergeStands):
        undo(shop, merge_id, after=days)


def test_a_record_merged_twice_leads_to_the_last_survivor(shop: SellingShop) -> None:
    one, two = join_two(shop)
    three = shop.join(name="Sari")
    bought = shop.sell(line(1, 400_000), member=one)
    earned = points_of(shop, one)
    merge(shop, two, one)
    second = merge(shop, three, two)
    assert member(merchant=shop.merchant, member_id=one.id).id == three.id
    assert points_of(shop, three) == earned
    assert len(merges_of(merchant=shop.merchant, member_id=three.id)) == 2
    undo(shop, second)
    assert (points_of(shop, two), points_of(shop, three)) == (earned, 0)
    refund_sale(
        merchant=shop.merchant, till=shop.till, reference=str(bought.id), draft=refund_of(("1", 1)), received_at=LATER
    )
    assert points_of(shop, two) == 0
    prove_all(shop.merchant)


def test_who_cannot_be_merged(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    with pytest.raises(MergeNotPossible):
        merge(shop, sari, sari)
    block(merchant=shop.merchant, member_id=again.id, reason="penipuan", actor=SYSTEM, at=NOW)
    with pytest.raises(MergeNotPossible):
        merge(shop, sari, again)
    with pytest.raises(Missing):
        merge_members(merchant=shop.merchant, survivor_id=sari.id, merged_id=uuid4(), actor=SYSTEM, at=LATER)


def test_nothing_new_is_booked_for_a_merged_record(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    give(shop, again, 50)
    merge(shop, sari, again)
    refused = pytest.raises(IntegrityError, match="account_absorbed_is_empty")
    with refused, transaction.atomic():
        adjust(
            merchant=shop.merchant,
            owner_id=again.id,
            change=10,
            reason="awal",
            actor=SYSTEM,
            at=LATER,
            business_date=TODAY,
        )
    sold = shop.sell(line(1, 100_000), member=again)
    assert sold.member is not None
    assert sold.member.id == sari.id
    assert MemberMerge.objects.get(merchant_id=shop.merchant.id).survivor_id == sari.id


def test_more_than_both_may_owe_is_refused(shop: SellingShop) -> None:
    sari, again = join_two(shop)
    for each in (sari, again):
        bought = shop.sell(line(1, 900_000), member=each)
        gone = points_of(shop, each)
        spend(shop, each, gone)
        take_back(shop, bought.id, at=NOW)
    assert points_of(shop, again) < 0
    small = replace(shop.merchant, max_debt_points=-points_of(shop, again))
    with pytest.raises(DebtTooLarge):
        merge_members(merchant=small, survivor_id=sari.id, merged_id=again.id, actor=SYSTEM, at=LATER)
