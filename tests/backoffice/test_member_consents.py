"""What a member agreed to, with its proof; what they say to staff is recorded and acts at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.quantities import format_day
from members.facts import ConsentMethod, ConsentSource, MemberFacts
from members.invariants import verify
from members.queries import consents, member
from merchants.facts import Role
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store


def history(store: Store, found: MemberFacts) -> list[Any]:
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []
        return consents(merchant=store.merchant, member_id=found.id)


def agrees(store: Store, found: MemberFacts) -> bool:
    with merchant_scope(store.merchant.id):
        return member(merchant=store.merchant, member_id=found.id).promo_email


def record(person: StaffPerson, found: MemberFacts, said: str, *, status: int = 302, **fields: Any) -> str:
    sent = {
        "wording": "promo-1",
        "said": said,
        "method": "phone",
        "said_on": format_day(timezone.now().date(), "en"),
        "sentence_known": "on",
    }
    answer = person.post(f"/members/{found.id}/consent/record/", status=status, **{**sent, **fields})
    return answer.content.decode()


def test_a_no_on_the_phone_acts_at_once_with_who_when_and_how(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    care = store.colleague(Role.CARE)
    day = store.merchant.day_of(timezone.now()) - timedelta(days=1)
    record(care, sari, "no", said_on=format_day(day, "en"), sentence_known="")
    assert not agrees(store, sari)
    newest, first = history(store, sari)
    assert (newest.granted, newest.source, newest.method, newest.said_on) == (
        False,
        ConsentSource.STAFF,
        ConsentMethod.PHONE,
        day,
    )
    assert (newest.actor_id, newest.actor_label) == (care.user_id, care.email)
    assert (first.granted, first.method) == (True, None)
    page = owner.text(f"/members/{sari.id}/consent/")
    for words in ("No consent", "Recorded by staff · On the phone", "Budi Santoso", "promo-1", "Said on"):
        assert words in page, words
    story = owner.text(f"/members/{sari.id}/")
    assert story.count("Unsubscribed from offers by e-mail") == 1
    assert "What a member agreed to recorded" not in story, "the story tells it once, by the consent itself"
    assert "What a member agreed to recorded" in owner.text("/settings/audit/")


def test_a_yes_needs_that_the_sentence_is_known(store: Store, owner: StaffPerson) -> None:
    sari = store.member(promo_consent=False)
    assert "Read the sentence to the member first." in record(owner, sari, "yes", status=400, sentence_known="")
    assert history(store, sari) == []
    record(owner, sari, "yes", method="in_person")
    assert agrees(store, sari)
    record(owner, sari, "yes", method="written")
    assert "Nothing was recorded" in owner.text(f"/members/{sari.id}/consent/")
    assert len(history(store, sari)) == 1
    with merchant_scope(store.merchant.id):
        rows = AuditEntry.objects.filter(merchant_id=store.merchant.id, action="member.consent_recorded")
        assert rows.count() == 1


@pytest.mark.parametrize("days", [-1, 301])
def test_it_was_said_between_joining_and_today(store: Store, owner: StaffPerson, days: int) -> None:
    sari = store.member()
    day = store.merchant.day_of(timezone.now()) - timedelta(days=days)
    page = record(owner, sari, "no", status=400, said_on=format_day(day, "en"))
    assert "The day lies between joining and today." in page
    assert agrees(store, sari)


def test_who_may_only_see_members_reads_the_proof_and_records_nothing(store: Store, stranger: StaffPerson) -> None:
    sari = store.member()
    marketer = store.colleague(Role.MARKETER)
    page = marketer.text(f"/members/{sari.id}/consent/")
    assert "On the join page" in page or "At the till" in page
    assert "Record what the member said" not in page
    record(marketer, sari, "no", status=403)
    stranger.get(f"/members/{sari.id}/consent/", status=404)
    record(stranger, sari, "no", status=404)
    assert agrees(store, sari)
