"""A role that sees contacts hidden shows one member's for a minute, with a reason; the member can ask who looked."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.utils import timezone

from members.queries import viewings_of_member
from merchants.facts import Role
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store

PHONE = "0812-3456-7890"


def test_contacts_are_shown_for_a_minute_with_a_reason(store: Store, owner: StaffPerson) -> None:
    sari, rina = store.member("Sari", phone="081234567890"), store.member("Rina", phone="081299990000")
    care, other = store.colleague(Role.CARE), store.colleague(Role.CARE)
    assert PHONE not in care.text(f"/members/{sari.id}/")
    care.post(f"/members/{sari.id}/contacts/", reason="  ")
    assert PHONE not in care.text(f"/members/{sari.id}/"), "not without a reason"
    care.post(f"/members/{sari.id}/contacts/", reason="menelepon balik soal retur")
    page = care.text(f"/members/{sari.id}/")
    assert PHONE in page
    assert str(sari.email) in page
    assert f'hx-get="/members/{sari.id}/contacts/now/"' in page
    assert PHONE not in other.text(f"/members/{sari.id}/"), "for this person alone"
    assert str(rina.email) not in care.text(f"/members/{rina.id}/"), "of this member alone"
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert PHONE not in care.text(f"/members/{sari.id}/")
        lines = care.text(f"/members/{sari.id}/contacts/now/")
        assert PHONE not in lines
        assert "hx-get" not in lines
    with merchant_scope(store.merchant.id):
        (entry,) = audit_entries(
            merchant=store.merchant, subject_kind="member", subject_id=sari.id, action="member.contacts_shown"
        )
        looked = viewings_of_member(merchant=store.merchant, member_id=sari.id)
    assert (entry.reason, entry.actor_label) == ("menelepon balik soal retur", care.email)
    assert {(one.viewer, str(one.part)) for one in looked} >= {(care.email, "contact"), (care.email, "page")}


def test_who_always_sees_contacts_is_asked_for_no_reason(store: Store, owner: StaffPerson) -> None:
    sari = store.member(phone="081234567890")
    page = owner.text(f"/members/{sari.id}/")
    assert PHONE in page
    assert "Show for a minute" not in page
    assert "hx-get" not in owner.text(f"/members/{sari.id}/contacts/now/")


def test_who_may_not_edit_members_shows_no_contacts(store: Store, stranger: StaffPerson) -> None:
    sari = store.member(phone="081234567890")
    marketer = store.colleague(Role.MARKETER)
    assert "Show for a minute" not in marketer.text(f"/members/{sari.id}/")
    marketer.post(f"/members/{sari.id}/contacts/", status=403, reason="x")
    assert PHONE not in marketer.text(f"/members/{sari.id}/contacts/now/")
    stranger.post(f"/members/{sari.id}/contacts/", status=404, reason="x")
    stranger.get(f"/members/{sari.id}/contacts/now/", status=404)
