"""Letters about a breach leave without consent, the rest is for the phone; a closed breach is kept as it is."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import timezone

from common.quantities import format_day
from members.facts import Channel, ConsentSource, MemberFacts, Topic
from members.operations import withdraw_consent
from merchants.facts import SYSTEM, Role
from merchants.tenancy import merchant_scope
from messaging.facts import SuppressionReason
from messaging.operations import cancel_notices, suppress_address
from people.facts import Reach
from people.operations import merge_members, undo_merge
from people.queries import person_sections
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.sentinels import NAME, make_sentinel, walk
from tests.backoffice.test_breaches import (
    DESK,
    deliver,
    file_of,
    listed,
    page_of,
    record,
    recorded,
    text_of,
    violations,
)
from tests.backoffice.test_data_requests import QUEUE
from tests.backoffice.test_erasure import ask_erasure

pytestmark = pytest.mark.usefixtures("midday")


def prepare(store: Store, owner: StaffPerson) -> tuple[MemberFacts, MemberFacts, MemberFacts]:
    """Record a breach of three: one who agreed to nothing, one without an address, one whose address is blocked."""
    sari = store.member("Sari Dewi", promo_consent=False, language="id")
    rina = store.member("Rina Wati", email=None, phone="081211112222", promo_consent=False)
    budi = store.member("Budi Santoso")
    with merchant_scope(store.merchant.id):
        suppress_address(
            merchant=store.merchant,
            email=str(budi.email),
            reason=SuppressionReason.COMPLAINT,
            at=timezone.now(),
            actor=SYSTEM,
        )
    record(owner)
    owner.post(f"{page_of(store)}touch/", touched_by="everyone")
    return sari, rina, budi


def test_letters_leave_without_consent_and_the_rest_is_told_by_phone(store: Store, owner: StaffPerson) -> None:
    sari, rina, budi = prepare(store, owner)
    owner.post(f"/members/{sari.id}/block/", reason="x")
    page = page_of(store)
    assert "3 members" in owner.text(page)
    owner.post(f"{page}send/")
    found = listed(store)
    assert (found[sari.id].reach, found[rina.id].reach) == (Reach.ON_ITS_WAY, Reach.TO_TELL)
    assert found[budi.id].reach is Reach.TO_TELL, "a blocked address gets none of it"
    mails = deliver(store)
    assert set(mails) == {sari.email}
    letter = text_of(mails[str(sari.email)])
    assert letter.startswith("Yth. Sari Dewi,")
    assert "nomor HP" in letter
    assert "List-Unsubscribe" not in mails[str(sari.email)]
    assert listed(store)[sari.id].reach is Reach.MAILED
    rows = file_of(owner, f"{page}members/export/", state="unreached")
    assert "Rina Wati" in rows
    assert "0812-1111-2222" in rows
    assert "Sari Dewi" not in rows
    owner.post(f"{page}told/", told_by="phone", touched=str(found[rina.id].id))
    told = listed(store)[rina.id]
    assert (told.reach, told.told_by, told.told_by_staff) == (Reach.TOLD, "phone", owner.email)
    owner.post(f"{page}told/", told_by="letter")
    assert listed(store)[budi.id].told_by == "letter"
    proof = file_of(owner, f"{page}members/export/")
    for words in ("E-mail sent", "Told by phone", "Told by letter"):
        assert words in proof, words
    assert violations(store) == []


def test_it_is_closed_when_all_is_done_and_then_nothing_changes(store: Store, owner: StaffPerson) -> None:
    prepare(store, owner)
    page = page_of(store)
    owner.post(f"{page}close/")
    assert "Send the letters first" in owner.text(page)
    owner.post(f"{page}send/")
    owner.post(f"{page}close/")
    assert "still on their way" in owner.text(page)
    deliver(store)
    owner.post(f"{page}close/")
    assert "Tell the authority first" in owner.text(page)
    today = format_day(timezone.now().date(), "en")
    owner.post(f"{page}authority/told/", status=400, told_day=today, told_clock="00.30")
    owner.post(f"{page}authority/told/", told_day=today, told_clock="02.00", note="PDP-77")
    owner.post(f"{page}close/")
    closed = recorded(store)
    assert (closed.state, closed.closed_by, closed.authority_note) == ("closed", owner.email, "PDP-77")
    before = listed(store)
    for path, fields in (
        ("send", {"again": "yes"}),
        ("touch", {"touched_by": "everyone"}),
        ("told", {"told_by": "phone"}),
        ("untouch", {}),
        ("authority/told", {"told_day": today, "told_clock": "03.00"}),
        ("letters", {"subject_id": "x", "text_id": "x", "subject_en": "x", "text_en": "x"}),
    ):
        owner.client.post(f"{page}{path}/", fields)
    assert (recorded(store), listed(store)) == (closed, before)
    assert "Letters about a breach sent" in owner.text("/settings/audit/")
    assert violations(store) == []


def test_a_breach_that_touched_no_one_is_closed_at_once(store: Store, owner: StaffPerson) -> None:
    record(owner)
    owner.post(f"{page_of(store)}close/")
    assert recorded(store).is_closed
    assert violations(store) == []


def test_edited_letters_are_sent_as_edited(store: Store, owner: StaffPerson) -> None:
    sari, *_ = prepare(store, owner)
    page = page_of(store)
    owner.post(f"{page}letters/", status=400, subject_id="", text_id="x", subject_en="x", text_en="x")
    owner.post(f"{page}letters/", subject_id="Penting", text_id="Isi surat kami.", subject_en="Hi", text_en="Body.")
    owner.post(f"{page}send/")
    mail = deliver(store)[str(sari.email)]
    assert str(mail["Subject"]) == "Penting"
    assert text_of(mail).strip().replace("\r", "") == "Yth. Sari Dewi,\n\nIsi surat kami."


def test_what_did_not_leave_is_tried_again_and_those_found_later_are_written_to(
    store: Store, owner: StaffPerson
) -> None:
    sari, rina, _ = prepare(store, owner)
    page = page_of(store)
    owner.post(f"{page}send/")
    with merchant_scope(store.merchant.id):
        assert cancel_notices(merchant=store.merchant, now=timezone.now()) == 1
    assert listed(store)[sari.id].reach is Reach.FAILED, "the database was brought back: a person decides"
    late = store.member("Tono")
    owner.post(f"{page}touch/", touched_by="numbers", numbers=late.number)
    owner.post(f"{page}send/", again="yes")
    assert set(deliver(store)) == {sari.email, late.email}
    assert listed(store)[rina.id].reach is Reach.TO_TELL
    owner.post(f"{page}send/", again="yes")
    assert deliver(store) == {}, "no one is written to twice"
    assert violations(store) == []


def test_managers_prepare_and_the_owner_decides(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    prepare(store, owner)
    page, manager = page_of(store), store.colleague(Role.MANAGER)
    assert "The owner of the store sends the letters." in manager.text(page)
    for step in ("send", "close"):
        manager.post(f"{page}{step}/", status=403)
    for role in (Role.CARE, Role.MARKETER, Role.ANALYST, Role.CASHIER, Role.INTEGRATOR):
        colleague = store.colleague(role)
        for path in (DESK, page, f"{page}members/", f"{page}members/export/", f"{page}authority/"):
            colleague.get(path, status=403)
    random = f"{DESK}{UUID(int=7)}/"
    for path in ("", "edit/", "letters/", "members/", "members/export/", "authority/"):
        stranger.get(f"{page}{path}", status=404)
        stranger.get(f"{random}{path}", status=404)
    for path in ("send", "touch", "untouch", "told", "close", "authority/told"):
        fields = {"touched_by": "everyone", "told_by": "phone"}
        stranger.post(f"{page}{path}/", status=404, **fields)


def test_the_member_reads_of_it_in_their_own_file(store: Store, owner: StaffPerson) -> None:
    sari, *_ = prepare(store, owner)
    owner.post(f"{page_of(store)}send/")
    deliver(store)
    with merchant_scope(store.merchant.id):
        sections = {
            one.name: one.rows for one in person_sections(merchant=store.merchant, member_id=sari.id, at=timezone.now())
        }
    (row,) = sections["breaches"]
    assert (row["data_kinds"], row["told_by"]) == (["name", "phone"], "mailed")


def test_a_merge_passes_the_place_on_and_back(store: Store, owner: StaffPerson) -> None:
    sari, twin = store.member("Sari Dewi"), store.member("Sari D.")
    both = store.member("Rina Wati")
    record(owner)
    page = page_of(store)
    owner.post(f"{page}touch/", touched_by="numbers", numbers=f"{twin.number} {both.number}")
    owner.post(f"{page}send/")
    deliver(store)
    with merchant_scope(store.merchant.id):
        merge_id = merge_members(
            merchant=store.merchant, survivor_id=sari.id, merged_id=twin.id, actor=SYSTEM, at=timezone.now()
        )
    assert set(listed(store)) == {sari.id, both.id}
    assert listed(store)[sari.id].reach is Reach.MAILED
    assert violations(store) == []
    with merchant_scope(store.merchant.id):
        undo_merge(merchant=store.merchant, merge_id=merge_id, actor=SYSTEM, at=timezone.now())
    assert set(listed(store)) == {twin.id, both.id}
    with merchant_scope(store.merchant.id):
        merge_members(merchant=store.merchant, survivor_id=both.id, merged_id=twin.id, actor=SYSTEM, at=timezone.now())
    assert set(listed(store)) == {twin.id, both.id}, "one of them has a place already"
    assert violations(store) == []


def test_after_erasure_nothing_of_the_breach_names_the_member(store: Store, owner: StaffPerson) -> None:
    sentinel = make_sentinel(store, owner)
    record(owner, details=f"Foto kartu {NAME} tersebar", reported_by=NAME)
    page = page_of(store)
    owner.post(f"{page}touch/", touched_by="everyone")
    owner.post(f"{page}send/")
    deliver(store)
    with merchant_scope(store.merchant.id):
        assert "people_breach" in walk(store)
    asked = ask_erasure(store, owner, sentinel)
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=sentinel.number)
    with merchant_scope(store.merchant.id):
        assert walk(store) == {}
    assert listed(store)[sentinel.id].reach is Reach.MAILED, "that a letter left stays, under the id"
    owner.get(f"{page}members/")
    assert violations(store) == []


def test_who_withdrew_every_consent_is_told_all_the_same(store: Store, owner: StaffPerson) -> None:
    sari, *_ = prepare(store, owner)
    owner.post(f"{page_of(store)}send/")
    with merchant_scope(store.merchant.id):
        withdraw_consent(
            merchant=store.merchant,
            member_id=sari.id,
            source=ConsentSource.PREFERENCES,
            at=timezone.now(),
            topic=Topic.PROMO,
            channel=Channel.EMAIL,
        )
    assert set(deliver(store)) == {sari.email}


def test_the_list_of_members_needs_as_many_statements_for_fifty_as_for_three(store: Store, owner: StaffPerson) -> None:
    prepare(store, owner)
    owner.post(f"{page_of(store)}send/")
    path = f"{page_of(store)}members/"
    few = owner.statements(path)
    for number in range(20):
        store.member(f"Tamu {number}")
    owner.post(f"{page_of(store)}touch/", touched_by="everyone")
    assert owner.statements(path) <= few
