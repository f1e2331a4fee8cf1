"""What is above a person's limit: asked by one, decided by another, booked once and with both names."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from common.ids import new_id
from ledger.facts import EntryKind, Unit
from ledger.invariants import verify as verify_ledger
from ledger.models import Transfer
from ledger.queries import balance
from members.facts import MemberFacts
from members.queries import member as read_member
from merchants.facts import Role
from merchants.invariants import verify as verify_merchants
from merchants.models import Approval
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_members import adjustment
from tests.backoffice.test_promotions import till_of

pytestmark = pytest.mark.django_db

QUEUE = "/program/approvals/"


@pytest.fixture
def member(store: Store) -> MemberFacts:
    return store.member()


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|&nbsp;|\u00a0", " ", page))


def ask(person: StaffPerson, member: MemberFacts, points: str = "600", **more: Any) -> str:
    """Ask for points above the person's limit; return the key of the request."""
    fields = adjustment(points=points, **more)
    size = int(points.replace(".", ""))
    change = -size if fields["direction"] == "take" else size
    shown = person.post(f"/members/{member.id}/points/", status=200, **fields).content.decode()
    assert "Ask for approval" in shown
    person.post(f"/members/{member.id}/points/", confirmed=f"ask {change}", **fields)
    return str(fields["key"])


def request_id(store: Store, key: str) -> str:
    with merchant_scope(store.merchant.id):
        return str(Approval.objects.get(merchant_id=store.merchant.id, subject_id=key).id)


def assert_sound(store: Store) -> None:
    with merchant_scope(store.merchant.id):
        assert verify_ledger(merchant=store.merchant) == []
        assert verify_merchants(merchant=store.merchant) == []


def test_one_asks_another_approves_and_both_are_named(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    care = store.colleague(Role.CARE)
    key = ask(care, member)
    assert store.balance(member) == 0
    assert "Waits for another person" in plain(care.text(f"/members/{member.id}/"))
    assert "1 request above a person's limit waits for approval." in unescape(plain(owner.text("/")))
    assert "waits for approval" not in plain(store.colleague(Role.ANALYST).text("/"))
    queue = plain(owner.text(QUEUE))
    for words in ("Add 600 poin", "Sari Dewi", "Goodwill", "Terlambat dilayani", "Budi Santoso"):
        assert words in queue, words
    owner.post(f"{QUEUE}{request_id(store, key)}/approve/", reason="Benar")
    assert store.balance(member) == 600
    with merchant_scope(store.merchant.id):
        made = Transfer.objects.get(merchant_id=store.merchant.id, kind=EntryKind.ADJUST.value)
        assert (made.actor_id, made.approver_id) == (care.user_id, owner.user_id)
    assert "Budi Santoso, approved by Ratna Wulandari" in owner.text(f"/members/{member.id}/")
    assert "approved by Ratna Wulandari" in plain(owner.text("/settings/audit/?action=points.adjust"))
    decided = plain(owner.text(f"{QUEUE}?list=decided"))
    assert "Approved Ratna Wulandari" in decided
    assert "Nothing waits for approval" in owner.text(QUEUE)
    assert_sound(store)


def test_a_request_is_decided_once(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    key = ask(store.colleague(Role.CARE), member)
    path = f"{QUEUE}{request_id(store, key)}/"
    owner.post(f"{path}approve/", reason="Benar")
    store.colleague(Role.MANAGER).post(f"{path}approve/", reason="Lagi")
    store.colleague(Role.MANAGER).post(f"{path}refuse/", reason="Tidak")
    assert store.balance(member) == 600
    assert_sound(store)


def test_who_asked_does_not_decide(store: Store, member: MemberFacts) -> None:
    manager = store.colleague(Role.MANAGER)
    key = ask(manager, member, "10.001")
    path = f"{QUEUE}{request_id(store, key)}/"
    assert "Withdraw" in manager.text(QUEUE)
    assert "/approve/" not in manager.text(QUEUE)
    manager.post(f"{path}approve/", reason="Saya sendiri")
    assert "Another person than the one who asked has to decide." in manager.text(QUEUE)
    assert store.balance(member) == 0
    manager.post(f"{path}withdraw/")
    assert "Withdrawn" in plain(manager.text(f"{QUEUE}?list=decided"))
    assert_sound(store)


def test_a_refusal_books_nothing(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    key = ask(store.colleague(Role.CARE), member)
    owner.post(f"{QUEUE}{request_id(store, key)}/refuse/", status=400, reason=" ")
    owner.post(f"{QUEUE}{request_id(store, key)}/refuse/", reason="Terlalu banyak")
    assert store.balance(member) == 0
    assert "Terlalu banyak" in owner.text(f"{QUEUE}?list=decided")
    assert_sound(store)


def test_without_a_second_person_nothing_can_be_asked(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    page = owner.post(f"/members/{member.id}/points/", status=400, **adjustment(points="100.001")).content.decode()
    assert "this store has none" in page
    store.colleague(Role.CARE)
    owner.post(f"/members/{member.id}/points/", status=400, **adjustment(points="100.001"))
    store.colleague(Role.MANAGER)
    shown = owner.post(f"/members/{member.id}/points/", status=200, **adjustment(points="100.001")).content.decode()
    assert "Nothing is booked until one of these approves it, within 14 days: Budi Santoso." in plain(shown)


def test_the_same_form_asks_once(store: Store, member: MemberFacts) -> None:
    care, fields = store.colleague(Role.CARE), adjustment(points="600")
    care.post(f"/members/{member.id}/points/", confirmed="ask 600", **fields)
    page = care.post(f"/members/{member.id}/points/", status=400, confirmed="ask 600", **{**fields, "note": "x"})
    assert "You have asked for this already" in page.content.decode()
    with merchant_scope(store.merchant.id):
        assert Approval.objects.filter(merchant_id=store.merchant.id).count() == 1


def test_points_that_are_gone_by_then_are_not_taken(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    owner.post(f"/members/{member.id}/points/", confirmed="1000", **adjustment(points="1.000"))
    key = ask(store.colleague(Role.CARE), member, "600", direction="take")
    owner.post(f"/members/{member.id}/points/", confirmed="-900", **adjustment(points="900", direction="take"))
    owner.post(f"{QUEUE}{request_id(store, key)}/approve/", reason="Ya")
    assert "The member has too few points by now." in owner.text(QUEUE)
    assert store.balance(member) == 100
    assert_sound(store)


def test_a_request_of_who_works_here_no_more_is_not_booked(
    store: Store, owner: StaffPerson, member: MemberFacts
) -> None:
    care = store.colleague(Role.CARE)
    key = ask(care, member)
    owner.post(f"/settings/staff/{care.user_id}/end/")
    owner.post(f"{QUEUE}{request_id(store, key)}/approve/", reason="Ya")
    assert "Who asked has no such right here any more." in owner.text(QUEUE)
    assert store.balance(member) == 0


def test_an_expired_request_is_over(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    care = store.colleague(Role.CARE)
    asked_at = timezone.now() - timedelta(days=15)
    with merchant_scope(store.merchant.id):
        found = Approval.objects.create(
            merchant_id=store.merchant.id,
            kind="points.adjust",
            subject_kind="adjustment",
            subject_id=new_id(),
            figures={"owner_id": str(member.id), "unit": "points", "change": 600, "reason": "goodwill", "note": ""},
            asked_by_id=care.user_id,
            asked_by=care.email,
            asked_at=asked_at,
            asked_reason="goodwill",
            expires_at=asked_at + timedelta(days=14),
        )
    assert "Nothing waits for approval" in owner.text(QUEUE)
    assert "Expired" in plain(owner.text(f"{QUEUE}?list=decided"))
    owner.post(f"{QUEUE}{found.id}/approve/", reason="Terlambat")
    assert store.balance(member) == 0


def test_who_sees_and_decides_what(store: Store, stranger: StaffPerson, member: MemberFacts) -> None:
    care, agent = store.colleague(Role.CARE), store.colleague(Role.CARE)
    path = f"{QUEUE}{request_id(store, ask(care, member))}/"
    assert "Add 600" in plain(care.text(QUEUE))
    assert "Add 600" not in plain(agent.text(QUEUE))
    agent.post(f"{path}approve/", status=403, reason="Ya")
    agent.post(f"{path}withdraw/")
    stranger.post(f"{path}approve/", status=404, reason="Ya")
    stranger.post(f"{QUEUE}{new_id()}/approve/", status=404, reason="Ya")
    assert "Add 600" not in plain(stranger.text(QUEUE))
    store.colleague(Role.ANALYST).get(QUEUE, status=403)
    assert "Add 600" not in plain(store.colleague(Role.MARKETER).text(QUEUE))
    assert store.balance(member) == 0
    assert "Add 600" in plain(care.text(QUEUE))


# --- a debt ----------------------------------------------------------------------------------------------------------


def owe(store: Store, points: int) -> MemberFacts:
    """Let a member owe so many points: a sale earned them, they were taken, and the goods came back."""
    till = till_of(store)
    enrolled = till.enrol("0812 7200 0001")
    line = {"line_id": "1", "sku": "A", "name": "A", "quantity": 1, "unit_amount": points * 10_000}
    till.sell("R-1", line, member_id=enrolled["id"])
    with merchant_scope(store.merchant.id):
        found = read_member(merchant=store.merchant, member_id=UUID(enrolled["id"]))
    had = store.balance(found)
    fields = adjustment(points=str(had), direction="take")
    store.owner.post(f"/members/{found.id}/points/", confirmed=f"-{had}", **fields)
    till.post("/sales/R-1/void", {})
    assert debt_of(store, found) == points
    return found


def debt_of(store: Store, found: MemberFacts) -> int:
    with merchant_scope(store.merchant.id):
        return balance(merchant=store.merchant, owner_id=found.id, unit=Unit.POINTS, business_date=store.today).debt


def written_off(amount: str) -> dict[str, Any]:
    return {"amount": amount, "reason": "goodwill", "note": "", "key": str(new_id())}


def test_a_debt_is_written_off_in_part_and_named(store: Store, owner: StaffPerson) -> None:
    found = owe(store, 20)
    path = f"/members/{found.id}/debt/points/"
    assert path in owner.text(f"/members/{found.id}/", tab="points")
    assert "then owes 5" in plain(owner.post(path, status=200, **written_off("15")).content.decode())
    assert debt_of(store, found) == 20
    owner.post(path, confirmed="15", **written_off("15"))
    assert debt_of(store, found) == 5
    assert "Debt written off" in owner.text("/settings/audit/")
    owner.post(path, status=400, confirmed="6", **written_off("6"))
    owner.post(path, confirmed="5", **written_off("5"))
    owner.get(path, status=404)
    assert path not in owner.text(f"/members/{found.id}/", tab="points")
    assert_sound(store)


def test_above_the_limit_a_write_off_is_asked_for(store: Store, owner: StaffPerson) -> None:
    found, care = owe(store, 700), store.colleague(Role.CARE)
    path, fields = f"/members/{found.id}/debt/points/", written_off("700")
    assert "Ask for approval: write off 700" in plain(care.post(path, status=200, **fields).content.decode())
    care.post(path, confirmed="ask 700", **fields)
    assert debt_of(store, found) == 700
    assert "Write off 700" in plain(owner.text(QUEUE))
    owner.post(f"{QUEUE}{request_id(store, fields['key'])}/approve/", reason="Ya")
    assert debt_of(store, found) == 0
    assert_sound(store)


def test_who_may_not_move_points_writes_off_nothing(store: Store, stranger: StaffPerson) -> None:
    found = owe(store, 20)
    path = f"/members/{found.id}/debt/points/"
    store.colleague(Role.MARKETER).post(path, status=403, confirmed="20", **written_off("20"))
    stranger.post(path, status=404, confirmed="20", **written_off("20"))
    assert debt_of(store, found) == 20


def test_what_the_asker_booked_alone_meanwhile_is_not_booked_again(
    store: Store, owner: StaffPerson, member: MemberFacts
) -> None:
    """The limit rises while the request waits, and the asker sends the same form again."""
    care = store.colleague(Role.CARE)
    key = ask(care, member)
    limits: dict[str, Any] = {"owner_at_once": "100.000", "owner_per_day": "500.000", "manager_at_once": "10.000"}
    limits |= {"manager_per_day": "50.000", "care_at_once": "1.000", "care_per_day": "5.000"}
    seen = "100000|500000|10000|50000|500|5000"
    owner.save("/program/tasks/limits/roles/", seen=seen, **limits)
    care.post(f"/members/{member.id}/points/", confirmed="600", **adjustment(points="600", key=key))
    assert store.balance(member) == 600
    owner.post(f"{QUEUE}{request_id(store, key)}/approve/", reason="Ya")
    assert "Who asked booked this alone meanwhile." in owner.text(QUEUE)
    assert store.balance(member) == 600
    owner.post(f"{QUEUE}{request_id(store, key)}/refuse/", reason="Sudah")
    assert "Nothing waits for approval" in owner.text(QUEUE)
    assert_sound(store)
