"""Users and roles: invited by mail, a role changed or ended at the next page, one owner always left."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from backoffice import limits
from merchants.facts import Role
from merchants.operations import set_staff_password
from merchants.queries import audit_entries, staff
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import Person, Store, signed_in

Callbacks = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits._invitations().forget()


def invite(person: Person, callbacks: Callbacks, *, email: str, role: str = "marketer", name: str = "Nina") -> str:
    """What the inviter sees afterwards; the mail is in the outbox."""
    with callbacks(execute=True):
        person.post("/settings/staff/new/", name=name, email=email, role=role)
    return person.text("/settings/staff/")


def row_of(page: str, email: str) -> str:
    (row,) = [row for row in re.findall(r'<tr class="row">.*?</tr>', page, re.DOTALL) if email in row]
    return re.sub(r'href="[^"]*"', "", re.sub(r"\s+", " ", row))


def test_a_new_person_sets_a_password_with_the_mailed_link_and_is_in(
    store: Store, owner: Person, django_capture_on_commit_callbacks: Callbacks
) -> None:
    page = invite(owner, django_capture_on_commit_callbacks, email="Nina@example.com")
    assert "Invited" in row_of(page, "nina@example.com")
    (message,) = mail.outbox
    assert message.to == ["nina@example.com"]
    link = re.search(r"http://testserver(/\S+)", str(message.body))
    assert link
    client = Client()
    form = client.get(link[1], follow=True)
    new = {"password1": "kucing-biru-42", "password2": "kucing-biru-42"}
    assert client.post(form.redirect_chain[-1][0], new).status_code == 302
    assert client.login(email="nina@example.com", password="kucing-biru-42")
    assert client.get("/members/").status_code == 200
    assert client.get("/settings/staff/").status_code == 403
    assert client.get(link[1], follow=True).context["token_fail"]


def test_nothing_tells_whether_the_address_has_an_account(
    store: Store, other_store: Store, owner: Person, django_capture_on_commit_callbacks: Callbacks
) -> None:
    """The stranger has an account, works elsewhere and signed in there: their row looks like a new person's."""
    known = other_store.owner.email
    page = invite(owner, django_capture_on_commit_callbacks, email=known)
    page = invite(owner, django_capture_on_commit_callbacks, email="brand-new@example.com")
    new_row = row_of(page, "brand-new@example.com")
    assert row_of(page, known) == new_row.replace("brand-new@example.com", known)
    assert "Ratna" not in row_of(page, known)
    assert [len(message.to) for message in mail.outbox] == [1, 1]


def test_an_existing_person_signs_in_as_before_and_sees_both_stores(
    store: Store, other_store: Store, owner: Person, stranger: Person, django_capture_on_commit_callbacks: Callbacks
) -> None:
    set_staff_password(user_id=stranger.user_id, password="kucing-biru-42")
    stranger = signed_in(stranger.email)
    invite(owner, django_capture_on_commit_callbacks, email=stranger.email.upper(), role="care")
    assert "/accounts/login/" in str(mail.outbox[0].body)
    stranger.client.post("/store/", {"merchant": str(store.merchant.id)})
    assert stranger.client.get("/members/").status_code == 200
    assert stranger.client.get("/campaigns/").status_code == 403


def test_somebody_with_access_is_not_invited_twice(
    owner: Person, django_capture_on_commit_callbacks: Callbacks
) -> None:
    invite(owner, django_capture_on_commit_callbacks, email="nina@example.com")
    fields = {"name": "Nina", "email": "nina@example.com", "role": "owner"}
    page = owner.post("/settings/staff/new/", status=400, **fields).content.decode()
    assert "has access already" in page
    assert "Marketer" in row_of(owner.text("/settings/staff/"), "nina@example.com")


def test_an_address_with_marks_is_the_address(owner: Person, django_capture_on_commit_callbacks: Callbacks) -> None:
    invite(owner, django_capture_on_commit_callbacks, email="\u2068nina@example.com\u2069")
    fields = {"name": "Nina", "email": "nina@example.com\u200b", "role": "owner"}
    page = owner.post("/settings/staff/new/", status=400, **fields).content.decode()
    assert "has access already" in page
    assert mail.outbox[0].to == ["nina@example.com"]


def test_a_store_cannot_mail_half_the_town(owner: Person) -> None:
    for number in range(20):
        owner.post("/settings/staff/new/", name="N", email=f"n{number}@example.com", role="cashier")
    page = owner.post("/settings/staff/new/", status=400, name="N", email="one-more@example.com", role="cashier")
    assert "many invitations" in page.content.decode()


def test_role_and_end_count_at_the_next_page(store: Store, owner: Person) -> None:
    marketer = store.colleague(Role.MARKETER)
    marketer.get("/campaigns/")
    owner.post(f"/settings/staff/{marketer.user_id}/", role="care")
    marketer.get("/campaigns/", status=403)
    marketer.get("/members/")
    owner.post(f"/settings/staff/{marketer.user_id}/end/")
    marketer.get("/members/", status=403)
    assert "Access ended" in row_of(owner.text("/settings/staff/"), marketer.email)
    with merchant_scope(store.merchant.id):
        kept = audit_entries(merchant=store.merchant, subject_kind="user", subject_id=marketer.user_id)
    assert [(entry.action, entry.before, entry.after) for entry in kept[:2]] == [
        ("staff.ended", {"role": "care"}, None),
        ("staff.role_changed", {"role": "marketer"}, {"role": "care"}),
    ]
    assert kept[0].actor_label == owner.email


def test_the_last_owner_stays_and_is_told_why(store: Store, owner: Person) -> None:
    page = owner.post(f"/settings/staff/{owner.user_id}/", status=400, role="manager").content.decode()
    assert "This is the only owner" in page
    owner.post(f"/settings/staff/{owner.user_id}/end/")
    assert "This is the only owner" in owner.text(f"/settings/staff/{owner.user_id}/")
    second = store.colleague(Role.OWNER)
    owner.post(f"/settings/staff/{owner.user_id}/end/")
    owner.get("/settings/staff/", status=403)
    second.post(f"/settings/staff/{second.user_id}/", status=400, role="care")


def test_only_owners_come_here_and_strangers_find_nobody(store: Store, owner: Person, stranger: Person) -> None:
    for role in set(Role) - {Role.OWNER}:
        store.colleague(role).get("/settings/staff/", status=403)
    stranger.get(f"/settings/staff/{owner.user_id}/", status=404)
    stranger.post(f"/settings/staff/{owner.user_id}/end/", status=404)
    stranger.post(f"/settings/staff/{owner.user_id}/invite/", status=404)
    owner.get("/settings/staff/")


def test_an_ended_access_is_opened_by_a_new_invitation(
    store: Store, owner: Person, django_capture_on_commit_callbacks: Callbacks
) -> None:
    care = store.colleague(Role.CARE)
    owner.post(f"/settings/staff/{care.user_id}/end/")
    invite(owner, django_capture_on_commit_callbacks, email=care.email, role="marketer")
    signed_in(care.email).get("/campaigns/")
    assert len([one for one in staff(merchant=store.merchant) if one.email == care.email]) == 1


def test_the_page_costs_the_same_for_many_people(store: Store, owner: Person) -> None:
    few = owner.statements("/settings/staff/")
    for _ in range(4):
        store.colleague(Role.CASHIER)
    assert owner.statements("/settings/staff/") == few
    assert few <= 8
