"""A member asks to be erased: work with the data stops at once, then every table, answer and file forgets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from common.ids import new_id
from ledger.facts import Unit
from ledger.operations import lock_account, place_hold
from ledger.queries import balance
from loyalty.management.commands.verify import verification_modules
from members.facts import MemberFacts
from members.models import AwaitedMember
from members.operations import MergeStands
from members.queries import MemberNotFound, find_member, member
from merchants.facts import SYSTEM, Role
from merchants.tenancy import merchant_scope
from messaging.queries import find_suppression
from people.operations import erase_due_members, erased_members, merge_members, undo_merge
from people.operations.erasure_journal import journal_path
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.sentinels import EMAIL, NAME, PHONE, make_sentinel, named, unsealed, walk
from tests.backoffice.test_data_requests import QUEUE, record, requests_of


@pytest.fixture
def sentinel(store: Store, owner: StaffPerson) -> MemberFacts:
    return make_sentinel(store, owner)


def ask_erasure(store: Store, owner: StaffPerson, found: MemberFacts) -> UUID:
    record(owner, found, "erasure")
    return next(one.id for one in requests_of(store, found) if one.kind == "erasure")


def violations(store: Store) -> list[Any]:
    with merchant_scope(store.merchant.id):
        return [one for _, module in verification_modules() for one in module.verify(merchant=store.merchant)]


def test_after_erasure_no_row_answer_or_file_names_the_member(
    store: Store, owner: StaffPerson, sentinel: MemberFacts, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ask_erasure(store, owner, sentinel)
    with merchant_scope(store.merchant.id):
        before, sealed_before = walk(store), named(unsealed(store))
    assert before.keys() >= {
        "members_member",
        "members_card",
        "members_tiermove",
        "members_datarequest",
        "merchants_auditentry",
        "merchants_approval",
        "merchants_loggedrequest",
        "merchants_savedview",
        "ledger_transfer",
    }, "the walk finds what is there"
    assert sealed_before >= {"Zubaidah", EMAIL}
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=sentinel.number)
    with merchant_scope(store.merchant.id):
        assert walk(store) == {}
        assert named(unsealed(store)) == set()
        assert AwaitedMember.objects.filter(merchant_id=store.merchant.id).count() == 0
    assert violations(store) == []
    assert named("".join(capfd.readouterr())) == set(), "nor does the log"
    assert named("".join(path.read_text() for path in files_beside())) == set()


def files_beside() -> Iterator[Path]:
    return (path for path in Path(settings.INSTANCE_DIR).rglob("*") if path.is_file())


def test_counts_money_and_the_book_stay_and_the_balance_is_forfeited(
    store: Store, owner: StaffPerson, sentinel: MemberFacts
) -> None:
    asked = ask_erasure(store, owner, sentinel)
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=sentinel.number)
    assert store.balance(sentinel) == 0
    with merchant_scope(store.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.kind, t.change, t.source_kind, t.note FROM ledger_transfer t JOIN ledger_account a "
            "ON a.merchant_id = t.merchant_id AND a.id = t.account_id WHERE a.owner_id = %s ORDER BY t.id",
            [sentinel.id],
        )
        *_, given, taken = cursor.fetchall()
        assert (given[:2], given[3]) == (("adjust", 500), "")
        assert taken[0] == "clawback"
        assert taken[2] == "erasure"
        assert find_suppression(merchant=store.merchant, email=EMAIL), (
            "an import that brings the address writes to no one"
        )
    (done,) = [one for one in requests_of(store, sentinel) if one.kind == "erasure"]
    assert (done.done, done.closed_by) == ("erased", owner.email)


def test_nothing_finds_an_erased_member_and_pages_say_that_there_was_one(
    store: Store, owner: StaffPerson, sentinel: MemberFacts
) -> None:
    asked = ask_erasure(store, owner, sentinel)
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=sentinel.number)
    with merchant_scope(store.merchant.id):
        for identifier in (PHONE, EMAIL, sentinel.number):
            with pytest.raises(MemberNotFound):
                find_member(merchant=store.merchant, identifier=identifier)
    page = owner.text(f"/members/{sentinel.id}/")
    assert "This person asked to be erased" in page
    assert "The data was erased" in owner.text(QUEUE, tab="closed")
    owner.get(f"/members/{sentinel.id}/edit/", status=404)
    owner.post(f"/members/{sentinel.id}/unblock/", status=404, reason="x")
    assert "Sentinel" not in owner.text("/members/")
    again = store.member(NAME, phone=PHONE, email=EMAIL)
    assert again.id != sentinel.id, "who joins again is someone new"
    assert violations(store) == []


def test_work_stops_at_once_and_the_night_erases_after_a_week(
    store: Store, owner: StaffPerson, sentinel: MemberFacts
) -> None:
    asked = ask_erasure(store, owner, sentinel)
    with merchant_scope(store.merchant.id):
        assert member(merchant=store.merchant, member_id=sentinel.id).is_restricted
        assert erase_due_members(merchant=store.merchant, at=timezone.now() + timedelta(days=6)) == 0
        assert erase_due_members(merchant=store.merchant, at=timezone.now() + timedelta(days=7, minutes=1)) == 1
    (done,) = [one for one in requests_of(store, sentinel) if one.id == asked]
    assert (done.done, done.closed_by) == ("erased", SYSTEM.label)


def test_who_takes_it_back_stays(store: Store, owner: StaffPerson, sentinel: MemberFacts) -> None:
    asked = ask_erasure(store, owner, sentinel)
    owner.post(f"/members/{sentinel.id}/unrestrict/", reason="x")
    assert "Close that request first" in owner.text(f"/members/{sentinel.id}/")
    owner.post(f"{QUEUE}{asked}/close/", outcome="taken_back")
    owner.post(f"/members/{sentinel.id}/unrestrict/", reason="berubah pikiran")
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=sentinel.number)
    with merchant_scope(store.merchant.id):
        assert erase_due_members(merchant=store.merchant, at=timezone.now() + timedelta(days=60)) == 0
        assert member(merchant=store.merchant, member_id=sentinel.id).name == NAME


def test_without_the_typed_number_nothing_is_erased(store: Store, owner: StaffPerson, sentinel: MemberFacts) -> None:
    asked = ask_erasure(store, owner, sentinel)
    for typed in ("", "123", f"{sentinel.number}\x00"):
        owner.post(f"{QUEUE}{asked}/erase/", typed_name=typed[:12] if "\x00" not in typed else typed[:6])
    assert requests_of(store, sentinel)[0].is_open
    store.colleague(Role.CARE).post(f"{QUEUE}{asked}/erase/", status=403, typed_name=sentinel.number)


def test_what_a_till_has_set_aside_is_waited_for(store: Store, owner: StaffPerson, sentinel: MemberFacts) -> None:
    asked = ask_erasure(store, owner, sentinel)
    merchant, now = store.merchant, timezone.now()
    with merchant_scope(merchant.id):
        account = lock_account(merchant=merchant, owner_id=sentinel.id, business_date=merchant.day_of(now), at=now)
        place_hold(
            merchant=merchant,
            account=account,
            amount=100,
            reserved_until=now + timedelta(minutes=10),
            reference_kind="quote",
            reference_id=new_id(),
        )
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=sentinel.number)
    assert "Try again in ten minutes" in owner.text(f"{QUEUE}{asked}/")
    with time_machine.travel(now + timedelta(minutes=11), tick=False):
        owner.post(f"{QUEUE}{asked}/erase/", typed_name=sentinel.number)
    assert store.balance(sentinel) == 0


def test_a_restored_database_erases_again(store: Store, owner: StaffPerson, sentinel: MemberFacts) -> None:
    """The journal beside the database names the member; the database is one from before the erasure."""
    line = f'{{"merchant": "{store.merchant.id}", "member": "{sentinel.id}", "at": "2026-11-30T03:00:00+00:00"}}\n'
    unknown = f'{{"merchant": "{new_id()}", "member": "{new_id()}", "at": "2026-11-30T03:00:00+00:00"}}\n'
    journal_path().parent.mkdir(parents=True, exist_ok=True)
    journal_path().write_text(unknown + line + '{"merchant": "cut sho')
    call_command("replay_erasures")
    with merchant_scope(store.merchant.id):
        assert walk(store) == {}
    assert violations(store) == []
    call_command("replay_erasures")
    assert len(erased_members()) == 2
    assert re.fullmatch(r"[\w\s{}\":,.+-]*", journal_path().read_text()), "ids and instants, no one's data"


def test_a_member_who_stays_after_all_is_not_erased_by_the_journal(
    store: Store, owner: StaffPerson, sentinel: MemberFacts
) -> None:
    """The journal was written, the commit failed, and then the member took the request back."""
    asked = ask_erasure(store, owner, sentinel)
    journal_path().parent.mkdir(parents=True, exist_ok=True)
    journal_path().write_text(f'{{"merchant": "{store.merchant.id}", "member": "{sentinel.id}", "at": "x"}}\n')
    owner.post(f"{QUEUE}{asked}/close/", outcome="taken_back")
    call_command("replay_erasures")
    with merchant_scope(store.merchant.id):
        assert member(merchant=store.merchant, member_id=sentinel.id).name == NAME


def test_another_store_erases_no_one_here(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    found = store.member()
    asked = ask_erasure(store, owner, found)
    stranger.post(f"{QUEUE}{asked}/erase/", status=404, typed_name=found.number)
    with merchant_scope(store.merchant.id):
        assert balance(merchant=store.merchant, owner_id=found.id, unit=Unit.POINTS, business_date=store.today)
        assert member(merchant=store.merchant, member_id=found.id).email == found.email


def test_a_record_that_was_merged_into_the_member_is_forgotten_too(store: Store, owner: StaffPerson) -> None:
    twin, sari = store.member(NAME, phone=PHONE, email=EMAIL), store.member("Sari Dewi")
    owner.post(f"/members/{twin.id}/block/", reason=f"{NAME} menelepon")
    owner.post(f"/members/{twin.id}/unblock/", reason="salah")
    with merchant_scope(store.merchant.id):
        merge_id = merge_members(
            merchant=store.merchant, survivor_id=sari.id, merged_id=twin.id, actor=SYSTEM, at=timezone.now()
        )
        assert walk(store).keys() >= {"members_member", "merchants_auditentry"}
    asked = ask_erasure(store, owner, sari)
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=sari.number)
    with merchant_scope(store.merchant.id):
        assert walk(store) == {}
        with pytest.raises(MergeStands):
            undo_merge(merchant=store.merchant, merge_id=merge_id, actor=SYSTEM, at=timezone.now())
    assert violations(store) == []
