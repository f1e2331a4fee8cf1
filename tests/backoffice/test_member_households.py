"""A household on the staff pages: who shares the number, adding people, leaving, another holder."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from ledger.operations import adjust, lock_accounts, move_to_member
from members.facts import MemberFacts
from members.invariants import verify
from members.queries import find_member, household_of, member
from merchants.facts import SYSTEM, Role
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store

PHONE = "0812 3333 4444"


@pytest.fixture
def ibu(store: Store) -> MemberFacts:
    return store.member("Ibu Sari", phone=PHONE)


def sharing(store: Store, holder: MemberFacts) -> list[str]:
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []
        return [one.name for one in household_of(merchant=store.merchant, holder_id=holder.id)]


def now_of(store: Store, found: MemberFacts) -> MemberFacts:
    with merchant_scope(store.merchant.id):
        return member(merchant=store.merchant, member_id=found.id)


def add(store: Store, owner: StaffPerson, holder: MemberFacts, name: str, email: str = "") -> MemberFacts:
    owner.save(f"/members/{holder.id}/household/", name=name, email=email)
    with merchant_scope(store.merchant.id):
        people = household_of(merchant=store.merchant, holder_id=holder.id)
    return next(one for one in people if one.name == name)


def test_a_new_person_shares_the_number(store: Store, owner: StaffPerson, ibu: MemberFacts) -> None:
    assert f"/members/{ibu.id}/household/" in owner.text(f"/members/{ibu.id}/")
    budi = add(store, owner, ibu, "Budi")
    page = owner.text(f"/members/{budi.id}/household/")
    assert "Ibu Sari" in page
    assert "Budi" in page
    assert page.count("Make holder") == 2, "a button, and the button of its question"
    with merchant_scope(store.merchant.id):
        assert find_member(merchant=store.merchant, identifier=PHONE).id == ibu.id
    owner.save(f"/members/{ibu.id}/household/", status=400, name="")


def test_a_member_without_a_number_is_let_in_and_taken_out(store: Store, owner: StaffPerson, ibu: MemberFacts) -> None:
    ani, tono = store.member("Ani"), store.member("Tono", phone="0812 9999 0000")
    found = owner.text(f"/members/{ibu.id}/household/", q="Ani")
    assert f'value="{ani.id}"' in found
    owner.post(f"/members/{ibu.id}/household/join/", member=str(ani.id))
    assert sharing(store, ibu) == ["Ani"]
    owner.post(f"/members/{ibu.id}/household/join/", member=str(tono.id))
    assert "has a phone number of their own" in owner.text(f"/members/{ibu.id}/household/")
    owner.post(f"/members/{ani.id}/household/leave/")
    assert sharing(store, ibu) == []
    with merchant_scope(store.merchant.id):
        trail = AuditEntry.objects.filter(merchant_id=store.merchant.id, subject_id=ani.id).order_by("id")
        assert [row.action for row in trail] == ["member.household_joined", "member.household_left"]


def test_who_could_not_be_found_any_more_stays(store: Store, owner: StaffPerson, ibu: MemberFacts) -> None:
    budi = add(store, owner, ibu, "Budi")
    owner.post(f"/members/{budi.id}/household/leave/")
    assert "else no one finds them" in owner.text(f"/members/{ibu.id}/household/")
    assert sharing(store, ibu) == ["Budi"]


def test_another_one_becomes_the_holder(store: Store, owner: StaffPerson, ibu: MemberFacts) -> None:
    budi, ani = add(store, owner, ibu, "Budi"), add(store, owner, ibu, "Ani")
    owner.post(f"/members/{budi.id}/household/hold/")
    assert sharing(store, budi) == ["Ibu Sari", "Ani"]
    assert (now_of(store, budi).phone, now_of(store, ibu).phone) == ("+6281233334444", None)
    owner.post(f"/members/{ibu.id}/household/hold/")
    assert sharing(store, ibu) == ["Budi", "Ani"]
    owner.post(f"/members/{ibu.id}/household/hold/")
    assert "share no phone number any more" in owner.text(f"/members/{ani.id}/household/")


def test_who_may_not_edit_members_changes_no_household(
    store: Store, owner: StaffPerson, ibu: MemberFacts, stranger: StaffPerson
) -> None:
    budi = add(store, owner, ibu, "Budi", email="budi@toko.example")
    cashier = store.colleague(Role.MARKETER)
    for person, status in ((cashier, 403), (stranger, 404)):
        person.get(f"/members/{ibu.id}/household/", status=status)
        person.post(f"/members/{ibu.id}/household/", status=status, name="X")
        person.post(f"/members/{budi.id}/household/leave/", status=status)
        person.post(f"/members/{budi.id}/household/hold/", status=status)
        person.post(f"/members/{ibu.id}/household/join/", status=status, member=str(budi.id))
    assert sharing(store, ibu) == ["Budi"]
    assert "Share the number" not in cashier.text(f"/members/{ibu.id}/")


def test_a_household_chooses_one_wallet_and_separate_ones_again(
    store: Store, owner: StaffPerson, ibu: MemberFacts, stranger: StaffPerson
) -> None:
    path = f"/members/{ibu.id}/household/"
    assert "alone there is nothing to share" in owner.text(path)
    owner.post(f"{path}wallet/", shared="yes")
    assert "alone there is nothing to share" in owner.text(path)
    budi = add(store, owner, ibu, "Budi Kecil")
    owner.post(f"{path}wallet/", shared="yes")
    page = owner.text(path)
    assert "They redeem from one wallet now." in page
    assert "One wallet for all" in page
    assert "along; coupons and card stay theirs too" in page
    for person, status in ((store.colleague(Role.ANALYST), 403), (stranger, 404)):
        person.post(f"{path}wallet/", status=status, shared="no")
    owner.post(f"/members/{budi.id}/household/wallet/", shared="no")
    assert "One wallet for all" in owner.text(path), "the holder's choice"
    owner.post(f"{path}wallet/", shared="no")
    assert "Share one wallet" in owner.text(path)
    with merchant_scope(store.merchant.id):
        trail = AuditEntry.objects.filter(merchant_id=store.merchant.id, action__startswith="member.wallet")
        assert sorted(row.action for row in trail) == ["member.wallet_separated", "member.wallet_shared"]
    assert "Household shares one wallet" in owner.text(f"/members/{ibu.id}/activity/")


def test_a_movement_within_the_household_names_its_other_side(
    store: Store, owner: StaffPerson, ibu: MemberFacts
) -> None:
    budi = add(store, owner, ibu, "Budi Kecil")
    owner.post(f"/members/{ibu.id}/household/wallet/", shared="yes")
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        adjust(
            merchant=store.merchant,
            owner_id=ibu.id,
            change=100,
            reason="correction",
            actor=SYSTEM,
            at=now,
            business_date=store.today,
        )
        locked = lock_accounts(merchant=store.merchant, owner_ids=[ibu.id, budi.id], business_date=store.today, at=now)
        others = [locked[ibu.id]]
        assert move_to_member(merchant=store.merchant, account=locked[budi.id], others=others, amount=60) == 60
    listed = owner.text("/loyalty/ledger/")
    assert listed.count("Moved within the household") >= 2
    links = dict(re.findall(r'href="(/loyalty/ledger/[0-9a-f-]+/)"[^>]*>\s*(Moved within the household)', listed))
    assert len(links) == 2
    pages = [owner.text(link) for link in links]
    assert any("It came from someone who shares one wallet:" in one and "Ibu Sari" in one for one in pages)
    assert any("redeemed it:" in one and "Budi Kecil" in one for one in pages)
