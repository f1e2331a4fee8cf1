"""What members ask of their data: recorded with who verified how, due in 72 hours, closed with what was done."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from common.quantities import format_day
from members.facts import DataRequestFacts, MemberFacts
from members.invariants import verify
from members.queries import consents, data_requests_of_member, member
from members.rules import birth_date_for_offers
from merchants.facts import Role
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store

pytestmark = pytest.mark.usefixtures("midday")

QUEUE = "/settings/data-requests/"


def record(person: StaffPerson, found: MemberFacts, kind: str, *, status: int = 302, **fields: str) -> None:
    today = format_day(timezone.now().date(), "en")
    given = {"kind": kind, "asker": "member", "method": "phone", "identity": "call_back", "received_on": today}
    person.post(f"/members/{found.id}/requests/new/", status=status, **{**given, **fields})


def requests_of(store: Store, found: MemberFacts) -> list[DataRequestFacts]:
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []
        return data_requests_of_member(merchant=store.merchant, member_id=found.id)


def now_of(store: Store, found: MemberFacts) -> MemberFacts:
    with merchant_scope(store.merchant.id):
        return member(merchant=store.merchant, member_id=found.id)


def test_a_request_is_recorded_from_the_members_page_and_waits_in_the_queue(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Dewi")
    page = owner.text(f"/members/{sari.id}/", tab="data")
    assert f'href="/members/{sari.id}/requests/new/?kind=correction"' in page
    assert "We called the number on file" in owner.text(f"/members/{sari.id}/requests/new/", kind="correction")
    record(owner, sari, "correction")
    (asked,) = requests_of(store, sari)
    assert asked.due_at - asked.received_at == timedelta(hours=72)
    assert (asked.recorded_by, asked.identity, asked.is_open) == (owner.email, "call_back", True)
    queue = owner.text(QUEUE)
    for words in ("Correct the data", "Sari Dewi", "Ratna Wulandari", "We called the number on file", "2 days left"):
        assert words in queue, words
    assert "Request about the data recorded" in owner.text(f"/members/{sari.id}/")


def test_the_one_due_first_is_at_the_top_and_late_ones_say_so(store: Store, owner: StaffPerson) -> None:
    early, late = store.member("Rina Wati"), store.member("Budi Santoso")
    record(owner, early, "access")
    before = store.today - timedelta(days=4)
    record(owner, late, "access", received_on=format_day(before, "en"))
    queue = owner.text(QUEUE)
    assert re.findall(r"Rina Wati|Budi Santoso", queue) == ["Budi Santoso", "Rina Wati"]
    assert re.search(r"\d+ hours late", queue)
    (asked,) = requests_of(store, late)
    assert asked.received_at == store.merchant.bounds_of(before)[0], "the strictest reading of a day"


def test_the_same_request_again_leads_to_the_first(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    record(owner, sari, "access")
    record(owner, sari, "access")
    (asked,) = requests_of(store, sari)
    assert "The member has asked for this already" in owner.text(f"{QUEUE}{asked.id}/")


@pytest.mark.parametrize("days", [1, -400])
def test_a_day_that_cannot_be_is_refused_and_nothing_typed_is_lost(store: Store, owner: StaffPerson, days: int) -> None:
    sari = store.member()
    impossible = format_day(store.today + timedelta(days=days), "en")
    record(owner, sari, "access", status=400, received_on=impossible)
    assert requests_of(store, sari) == []


def test_a_withdrawal_ends_every_consent_and_closes_itself(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    record(owner, sari, "withdrawal")
    (asked,) = requests_of(store, sari)
    owner.post(f"{QUEUE}{asked.id}/carry-out/")
    assert not now_of(store, sari).promo_email
    (done,) = requests_of(store, sari)
    assert (done.done, done.closed_by) == ("withdrawn", owner.email)
    with merchant_scope(store.merchant.id):
        newest = max(consents(merchant=store.merchant, member_id=sari.id), key=lambda row: row.at)
    assert (newest.granted, newest.actor_label) == (False, owner.email)
    assert "Every consent was withdrawn" in owner.text(QUEUE, tab="closed")
    owner.post(f"{QUEUE}{asked.id}/carry-out/")
    assert "closed already" in owner.text(f"{QUEUE}{asked.id}/")


def test_a_restriction_only_keeps_the_data_until_staff_lift_it(store: Store, owner: StaffPerson) -> None:
    (sari,) = store.buyers(1)
    assert now_of(store, sari).segment is not None
    record(owner, sari, "restriction")
    (asked,) = requests_of(store, sari)
    owner.post(f"{QUEUE}{asked.id}/carry-out/")
    kept = now_of(store, sari)
    assert (kept.is_restricted, kept.segment, birth_date_for_offers(kept, on=store.today)) == (True, None, None)
    store.sort()
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []
    page = owner.text(f"/members/{sari.id}/")
    assert "The data of this member is only kept" in page
    owner.post(f"/members/{sari.id}/unrestrict/", reason="  ")
    assert now_of(store, sari).is_restricted, "not without a reason"
    owner.post(f"/members/{sari.id}/unrestrict/", reason="diminta lagi")
    store.sort()
    assert now_of(store, sari).segment is not None
    assert requests_of(store, sari)[0].done == "restricted"


def test_a_request_is_closed_by_what_staff_did(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    record(owner, sari, "correction")
    (asked,) = requests_of(store, sari)
    owner.post(f"{QUEUE}{asked.id}/close/", status=400, note="x")
    owner.post(f"{QUEUE}{asked.id}/close/", status=400, outcome="restricted")
    owner.post(f"{QUEUE}{asked.id}/carry-out/")
    assert requests_of(store, sari)[0].is_open, "nothing closes it that was not done"
    owner.post(f"{QUEUE}{asked.id}/close/", outcome="corrected", note="tanggal lahir")
    (done,) = requests_of(store, sari)
    assert (done.done, done.note, done.closed_by) == ("corrected", "tanggal lahir", owner.email)
    owner.post(f"{QUEUE}{asked.id}/close/", outcome="taken_back")
    assert requests_of(store, sari)[0].done == "corrected"


def test_a_request_is_refused_on_a_ground_of_the_law(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    record(owner, sari, "access")
    (asked,) = requests_of(store, sari)
    owner.post(f"{QUEUE}{asked.id}/close/", outcome="refused:others_data")
    assert requests_of(store, sari)[0].ground == "others_data"
    assert "Refused: It would show another person's data" in owner.text(f"{QUEUE}{asked.id}/").replace("&#x27;", "'")


def test_who_may_not_edit_members_serves_no_request(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    sari = store.member()
    record(owner, sari, "access")
    (asked,) = requests_of(store, sari)
    for role in (Role.MARKETER, Role.ANALYST, Role.CASHIER, Role.INTEGRATOR):
        colleague = store.colleague(role)
        colleague.get(QUEUE, status=403)
        record(colleague, sari, "erasure", status=403)
    assert "Data of the member" not in store.colleague(Role.MARKETER).text(f"/members/{sari.id}/", tab="data")
    for path in (f"{QUEUE}{asked.id}/", f"/members/{sari.id}/requests/new/"):
        random = path.replace(str(asked.id), str(UUID(int=1))).replace(str(sari.id), str(UUID(int=1)))
        stranger.get(path, status=404)
        stranger.get(random, status=404)
    for step in ("close", "carry-out"):
        stranger.post(f"{QUEUE}{asked.id}/{step}/", status=404, outcome="file_given")
    stranger.post(f"/members/{sari.id}/unrestrict/", status=404, reason="x")
    assert requests_of(store, sari)[0].is_open


def test_the_queue_asks_the_same_however_long_it_is(store: Store, owner: StaffPerson) -> None:
    record(owner, store.member("Sari"), "access")
    one = owner.statements(QUEUE)
    for name in ("Rina", "Budi", "Tono"):
        record(owner, store.member(name), "access")
    assert owner.statements(QUEUE) == one


def test_a_long_queue_goes_on_where_the_page_ended(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.privacy.views.requests.PAGE_SIZE", 2)
    names = ["Sari", "Rina", "Budi"]
    for name in names:
        record(owner, store.member(name), "access")
    first = owner.text(QUEUE)
    (older,) = set(re.findall(r'href="(\?after=[^"]+)"', first))
    assert re.findall("Sari|Rina|Budi", first) + re.findall("Sari|Rina|Budi", owner.text(QUEUE + older)) == names
