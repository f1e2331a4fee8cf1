"""The breach desk: recorded, whom it touched by the store's facts, letters that leave, the authority, and its end."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from common.quantities import format_day
from loyalty.management.commands.verify import verification_modules
from merchants.facts import Role
from merchants.models import LoggedRequest
from merchants.tenancy import merchant_scope
from messaging.tasks import Sender
from people.facts import BreachFacts, TouchedFacts
from people.queries import breaches, touched_members
from tests.backoffice.conftest import StaffPerson, Store
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("midday")

DESK = "/settings/data-requests/breaches/"


def record(person: StaffPerson, *, status: int = 302, days_ago: int = 3, **fields: Any) -> None:
    now = timezone.now()
    given = {
        "cause": "wrong_recipient",
        "details": "",
        "from_day": format_day((now - timedelta(days=days_ago)).date(), "en"),
        "known_day": format_day(now.date(), "en"),
        "known_clock": "01.00",
        "data_kinds": ["name", "phone"],
        "measures": ["file_deleted"],
        "contact": "Ratna, 0812-1111-2222",
        "reported_by": "Budi",
    }
    person.post(f"{DESK}new/", status=status, **{**given, **fields})


def recorded(store: Store) -> BreachFacts:
    with merchant_scope(store.merchant.id):
        return breaches(merchant=store.merchant)[0]


def page_of(store: Store) -> str:
    return f"{DESK}{recorded(store).id}/"


def file_of(person: StaffPerson, path: str, **query: Any) -> str:
    answer: Any = person.get(path, **query)
    return b"".join(answer.streaming_content).decode()


def listed(store: Store) -> dict[UUID, TouchedFacts]:
    breach_id = recorded(store).id
    with merchant_scope(store.merchant.id):
        found = touched_members(merchant=store.merchant, breach_id=breach_id, limit=100)
    return {one.member_id: one for one in found}


def deliver(store: Store) -> dict[str, Any]:
    """Send what waits through a real conversation; return the mails by recipient."""
    with smtp_sink() as sink:
        Sender(merchant=store.merchant, dispatch_id=recorded(store).id, server=sink.server, clock=timezone.now).run()
    return {to: message_from_bytes(content, policy=default) for to, content in sink.messages}


def text_of(mail: Any) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content())


def violations(store: Store) -> list[Any]:
    with merchant_scope(store.merchant.id):
        return [one for _, module in verification_modules() for one in module.verify(merchant=store.merchant)]


def test_a_breach_is_recorded_with_its_deadline_and_letters_in_both_languages(store: Store, owner: StaffPerson) -> None:
    assert "No breach has been recorded" in owner.text(DESK)
    record(owner)
    found = recorded(store)
    assert found.due_at - found.draft.known_at == timedelta(hours=72)
    assert "2 days left" in owner.text(DESK)
    page = owner.text(page_of(store))
    assert "2 days left" in page
    assert "Data was sent to the wrong person" in page
    indonesian, english = found.letters["id"].text, found.letters["en"].text
    for words in ("nomor HP", "Ratna, 0812-1111-2222", "3 x 24"):
        assert words in indonesian, indonesian
    for words in ("mobile number", "Who received the data deleted it", "Ratna, 0812-1111-2222", "We learned of it on"):
        assert words in english, english
    assert f'href="{DESK}"' in owner.text("/settings/data-requests/")
    report = owner.text(f"{page_of(store)}authority/")
    assert "Pasal 46" in report, "Indonesian whatever the reader's language"
    assert "nomor HP" in report
    assert violations(store) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"known_day": "1 Jan 2999"}, "This is later than now."),
        ({"days_ago": -1}, "This is later than when you learned of it."),
        ({"cause": "other"}, "Say what happened."),
        ({"measures": []}, "the law asks for it"),
        ({"data_kinds": []}, "This field is required."),
    ],
)
def test_what_cannot_be_is_refused(store: Store, owner: StaffPerson, fields: dict[str, Any], words: str) -> None:
    record(owner, status=400, **fields)
    with merchant_scope(store.merchant.id):
        assert breaches(merchant=store.merchant) == []


def test_members_are_listed_by_what_staff_were_shown(store: Store, owner: StaffPerson) -> None:
    care = store.colleague(Role.CARE)
    seen, unseen = store.member("Rina Wati"), store.member("Budi Santoso")
    care.get(f"/members/{seen.id}/")
    record(owner)
    page = page_of(store)
    owner.post(f"{page}touch/", touched_by="staff", staff=str(care.user_id))
    assert set(listed(store)) == {seen.id}
    owner.post(
        f"{page}touch/",
        touched_by="numbers",
        numbers=f"{unseen.number[:4]} {unseen.number[4:8]} {unseen.number[8:]}, {seen.number}",
    )
    found = listed(store)
    assert {one.why for one in found.values()} == {"staff", "numbers"}
    assert (found[seen.id].why, len(found)) == ("staff", 2), "no one twice"
    names = owner.text(f"{page}members/")
    assert "Rina Wati" in names
    assert "Budi Santoso" in names
    owner.post(f"{page}untouch/")
    assert listed(store) == {}


def test_members_are_listed_by_what_a_till_asked(store: Store, owner: StaffPerson) -> None:
    asked, other, before = store.member(), store.member(), store.member()
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        for found, at in ((asked, now), (before, now - timedelta(days=20))):
            LoggedRequest.objects.create(
                merchant_id=store.merchant.id,
                till_id=store.till_id,
                key_prefix="x",
                at=at - timedelta(hours=1),
                method="GET",
                route="/members",
                address="/members?q=…",
                status=200,
                milliseconds=1,
                request_bytes=0,
                answer_bytes=9,
                answer_body=f'{{"member": {{"id": "{found.id}", "name": "…"}}}}',
            )
    record(owner)
    owner.post(f"{page_of(store)}touch/", touched_by="till", till=str(store.till_id))
    assert set(listed(store)) == {asked.id}
    assert other.id not in listed(store)


def test_everyone_and_a_file_list_those_who_were_members_then(store: Store, owner: StaffPerson) -> None:
    first = store.member()
    assert first.name in file_of(owner, "/members/export/")
    record(owner)
    page = page_of(store)
    (file,) = re.findall(r'<option value="(20[^"]+)"', owner.text(page))
    owner.post(f"{page}touch/", touched_by="file", file=file)
    assert set(listed(store)) == {first.id}
    owner.post(f"{page}touch/", touched_by="everyone")
    assert set(listed(store)) == {first.id}


def test_a_number_that_no_member_has_is_refused_and_nothing_is_lost(store: Store, owner: StaffPerson) -> None:
    record(owner)
    page = page_of(store)
    for numbers, words in (("123456789012", "No member has the number 123456789012"), ("abc", "is no member number")):
        answer = owner.post(f"{page}touch/", status=400, touched_by="numbers", numbers=numbers).content.decode()
        assert words in answer
        assert numbers in answer
    owner.post(f"{page}touch/", status=400, touched_by="staff", staff="")
    assert listed(store) == {}
