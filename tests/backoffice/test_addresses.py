"""An address counts only after a link sent to it was opened: signing in, changing it, a second step, a password."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from common.errors import Missing
from loyalty import sign_in_limits
from merchants.facts import SYSTEM, AuditFilter, Role
from merchants.operations import add_staff, invite_again, invite_staff, set_staff_password
from merchants.queries import audit_trail, user_by_email, work_of
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store, signed_in
from tests.mailbox import choose_password, link_for, mails_to

PASSWORD = "kucing-biru-42"
NEW = "baru@example.com"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()
    for throttle in (
        sign_in_limits._throttle_of_pairs,
        sign_in_limits._throttle_of_devices,
        sign_in_limits._throttle_of_accounts,
    ):
        throttle().forget()


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


@pytest.fixture
def ratna(store: Store) -> StaffPerson:
    """Return the owner, who has just typed their password again, as changing an address requires."""
    set_staff_password(user_id=store.owner.user_id, password=PASSWORD)
    client = browser()
    assert sign_in(client, store.owner.email).status_code == 302
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return StaffPerson(client, store.owner.user_id, store.owner.email)


def ask_for(person: StaffPerson, email: str) -> str:
    """Ask to change the address and return what the page says."""
    person.post("/accounts/email/", email=email, action_add="")
    return person.text("/accounts/email/")


def key_for(person: StaffPerson, email: str) -> str:
    address = EmailAddress.objects.get(user_id=person.user_id, email=email)
    return f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"


# --- an account whose address was never proved -----------------------------------------------------------------------


def test_the_right_password_opens_nothing_without_a_proved_address(store: Store, ratna: StaffPerson) -> None:
    """A link goes to the address; only a password that was chosen with it counts."""
    EmailAddress.objects.filter(user_id=ratna.user_id).delete()
    stranger = browser()
    answer = sign_in(stranger, ratna.email)
    assert answer["Location"] == "/accounts/confirm-email/"
    assert "we sent you a link" in stranger.get("/accounts/confirm-email/").content.decode()
    assert stranger.get("/")["Location"].startswith("/accounts/login/")
    reader = browser()
    assert choose_password(reader, link_for(ratna.email), "kata-sandi-pembaca") == "/"
    assert reader.get("/members/").status_code == 200
    assert sign_in(browser(), ratna.email).status_code == 200  # the stranger's password is gone
    assert sign_in(browser(), ratna.email, "kata-sandi-pembaca")["Location"] == "/"


def test_a_link_to_confirm_is_worth_nothing_to_who_only_reads_the_mail(store: Store, ratna: StaffPerson) -> None:
    """The squatter's account asks for the victim's address; the victim opens the link, signed out or as themselves."""
    victim = store.colleague(Role.MANAGER)
    ask_for(ratna, NEW)
    link = link_for(NEW)
    for reader in (browser(), victim.client):
        assert "Only the person who asked" in reader.get(link).content.decode()
        reader.post(link)
        assert user_by_email(ratna.email).id == ratna.user_id
        assert not EmailAddress.objects.filter(email=NEW, verified=True).exists()


def test_a_forgotten_password_proves_the_address(store: Store, ratna: StaffPerson) -> None:
    EmailAddress.objects.filter(user_id=ratna.user_id).update(verified=False)
    client = browser()
    client.post("/accounts/password/reset/", {"email": ratna.email.upper()})
    assert work_of(ratna.user_id).memberships == ()
    choose_password(client, link_for(ratna.email))
    assert [m.name for m, _ in work_of(ratna.user_id).memberships] == ["Toko Melati"]


def test_a_forgotten_password_says_nothing_about_the_address(db: None, store: Store) -> None:
    pages = []
    for email in (store.owner.email, "niemand@example.com"):
        client = browser()
        answer = client.post("/accounts/password/reset/", {"email": email}, follow=True)
        pages.append(re.sub(r'value="[^"]+"', "", answer.content.decode()))
    assert pages[0] == pages[1]
    assert "this address has no account" in mails_to("niemand@example.com")[0]
    assert all(not message.subject.startswith("[") for message in mail.outbox)


# --- a new address ---------------------------------------------------------------------------------------------------


def test_a_new_address_takes_the_old_one_s_place_once_it_is_proved(store: Store, ratna: StaffPerson) -> None:
    assert f"Open the link we sent to {NEW}" in ask_for(ratna, NEW.upper())
    assert user_by_email(ratna.email).id == ratna.user_id
    assert sign_in(browser(), NEW)["Location"] == "/accounts/confirm-email/"
    ratna.client.get(link_for(NEW))
    ratna.client.post(link_for(NEW))
    assert user_by_email(NEW).id == ratna.user_id
    assert sign_in(browser(), NEW)["Location"] == "/"
    assert sign_in(browser(), ratna.email).status_code == 200
    assert f"signs in with {NEW}" in mails_to(ratna.email)[-1]
    assert [m.name for m, _ in work_of(ratna.user_id).memberships] == ["Toko Melati"]


def test_an_address_that_waits_neither_signs_in_nor_comes_first(store: Store, ratna: StaffPerson) -> None:
    victim = store.colleague(Role.CARE).email
    ask_for(ratna, victim)
    ratna.post("/accounts/email/", email=victim, action_primary="")
    assert sign_in(browser(), victim).status_code in {200, 302}
    assert user_by_email(ratna.email).id == ratna.user_id
    assert user_by_email(victim).id != ratna.user_id
    ratna.client.post(key_for(ratna, victim))
    assert user_by_email(victim).id != ratna.user_id
    browser().post("/accounts/password/reset/", {"email": victim})
    assert user_by_email(victim).id != ratna.user_id


def test_a_password_link_never_goes_to_an_address_that_waits(store: Store, ratna: StaffPerson) -> None:
    ask_for(ratna, NEW)
    before = len(mails_to(NEW))
    browser().post("/accounts/password/reset/", {"email": NEW})
    assert "this address has no account" in mails_to(NEW)[before]


def test_changing_the_address_asks_for_the_password_again(store: Store) -> None:
    """A session that a person left open must not be enough to take over their account."""
    set_staff_password(user_id=store.owner.user_id, password=PASSWORD)
    client = browser()
    sign_in(client, store.owner.email)
    answer = client.post("/accounts/email/", {"email": NEW, "action_add": ""})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert mails_to(NEW) == []


def test_an_invitation_follows_the_address_not_the_account(
    store: Store, other_store: Store, ratna: StaffPerson
) -> None:
    """A person is invited at an address that their account gets only afterwards."""
    with merchant_scope(other_store.merchant.id):
        invite_staff(
            merchant=other_store.merchant,
            email=NEW,
            name="Ratna",
            role=Role.CARE,
            by="X",
            at=timezone.now(),
            actor=SYSTEM,
        )
    ask_for(ratna, NEW)
    ratna.client.post(link_for(NEW))
    ratna.client.post(f"/stores/{other_store.merchant.id}/accept/", {"role": "care"})
    assert {m.name for m, _ in work_of(ratna.user_id).memberships} == {"Toko Melati", "Warung Sebelah"}


def test_an_invitation_to_an_address_that_was_given_up_is_not_accepted(
    store: Store, other_store: Store, ratna: StaffPerson
) -> None:
    with merchant_scope(other_store.merchant.id):
        invite_staff(
            merchant=other_store.merchant,
            email=ratna.email,
            name="R",
            role=Role.OWNER,
            by="X",
            at=timezone.now(),
            actor=SYSTEM,
        )
    ask_for(ratna, NEW)
    ratna.client.post(link_for(NEW))
    ratna.client.post(f"/stores/{other_store.merchant.id}/accept/", {"role": "owner"})
    assert [m.name for m, _ in work_of(ratna.user_id).memberships] == ["Toko Melati"]


def test_an_account_at_work_keeps_its_address(store: Store, other_store: Store, ratna: StaffPerson) -> None:
    """Made by an earlier version, never proved, but in use: its reader gets in with a new password instead."""
    idle = other_store.colleague(Role.MANAGER)
    EmailAddress.objects.filter(user_id=idle.user_id).delete()
    ask_for(ratna, idle.email)
    ratna.client.post(key_for(ratna, idle.email))
    assert user_by_email(idle.email).id == idle.user_id


def test_the_trail_keeps_who_it_was_and_under_which_name(store: Store, ratna: StaffPerson) -> None:
    old = ratna.email
    ratna.post("/settings/outlets/new/", name="Cabang A", timezone="Asia/Jakarta")
    ask_for(ratna, NEW)
    ratna.client.post(link_for(NEW))
    ratna.post("/settings/outlets/new/", name="Cabang B", timezone="Asia/Jakarta")
    with merchant_scope(store.merchant.id):
        found = audit_trail(merchant=store.merchant, filters=AuditFilter(actor=str(ratna.user_id)))
    assert [(entry.actor_id, entry.actor_label) for entry in found] == [(ratna.user_id, NEW), (ratna.user_id, old)]
    page = ratna.text("/settings/audit/", who=str(ratna.user_id))
    assert old in page
    assert NEW not in page.partition("<tbody>")[2].partition("</tbody>")[0]
    exported = b"".join(ratna.get("/settings/audit/export/").streaming_content).decode()  # type: ignore[attr-defined]
    assert f"{old};{ratna.user_id}" in exported.replace(",", ";")
    assert f"{NEW};{ratna.user_id}" in exported.replace(",", ";")


# --- one address, several claims -------------------------------------------------------------------------------------


def test_who_only_claims_an_address_gets_nothing_when_its_reader_is_invited(
    store: Store, other_store: Store, ratna: StaffPerson
) -> None:
    """An attacker's account waits for the victim's address; the store invites the victim; the attacker gets nothing."""
    ask_for(ratna, NEW)
    with merchant_scope(other_store.merchant.id):
        invited = invite_staff(
            merchant=other_store.merchant,
            email=NEW,
            name="Baru",
            role=Role.OWNER,
            by="X",
            at=timezone.now(),
            actor=SYSTEM,
        )
    assert invited.user_id != ratna.user_id
    reader = browser()
    reader.post("/accounts/password/reset/", {"email": NEW})
    choose_password(reader, link_for(NEW))
    ratna.client.post(key_for(ratna, NEW))
    assert user_by_email(NEW).id == invited.user_id
    assert [m.name for m, _ in work_of(ratna.user_id).memberships] == ["Toko Melati"]
    reader.post(f"/stores/{other_store.merchant.id}/accept/", {"role": "owner"})
    assert [m.name for m, _ in work_of(invited.user_id).memberships] == ["Warung Sebelah"]


def test_an_invitation_sent_again_goes_to_who_reads_the_address_now(
    store: Store, other_store: Store, ratna: StaffPerson
) -> None:
    """The account has another address meanwhile: the old one may belong to another person today."""
    old = ratna.email
    facts: dict[str, Any] = {"merchant": other_store.merchant, "at": timezone.now(), "actor": SYSTEM}
    with merchant_scope(other_store.merchant.id):
        invite_staff(email=old, name="R", role=Role.CARE, by="X", **facts)
    ask_for(ratna, NEW)
    ratna.client.post(link_for(NEW))
    with merchant_scope(other_store.merchant.id):
        again = invite_again(user_id=ratna.user_id, **facts)
    assert again.needs_password
    assert again.user_id == user_by_email(old).id != ratna.user_id
    with merchant_scope(other_store.merchant.id), pytest.raises(Missing):
        invite_again(user_id=ratna.user_id, **facts)


# --- the second step -------------------------------------------------------------------------------------------------


def test_the_second_step_leads_on_when_an_address_waits(store: Store, ratna: StaffPerson) -> None:
    assert "/accounts/email/" in ratna.text("/accounts/2fa/")
    assert ratna.client.get("/accounts/2fa/totp/activate/").status_code == 200
    ask_for(ratna, NEW)
    refused = ratna.client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()
    assert 'href="/accounts/email/"' in refused
    ratna.post("/accounts/email/", email=NEW, action_remove="")
    assert ratna.client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_every_page_links_the_address_and_the_stores(owner: StaffPerson) -> None:
    page = owner.text("/")
    assert 'href="/accounts/email/"' in page
    assert 'href="/stores/"' in page


# --- links and where they lead ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["https://jahat.example/", "//jahat.example", "/\\jahat.example", "javascript:alert(1)"]
)
def test_no_link_leads_out_of_the_product(store: Store, ratna: StaffPerson, target: str) -> None:
    answer = sign_in(browser(), ratna.email, next=target)
    assert answer["Location"] == "/"
    client = browser()
    client.post("/accounts/password/reset/", {"email": ratna.email})
    link = link_for(ratna.email)
    form = client.get(f"{link}?next={target}", follow=True)
    path = form.redirect_chain[-1][0].partition("?")[0]
    fields = {"password1": "kata-sandi-lain-9", "password2": "kata-sandi-lain-9", "next": target}
    assert client.post(path, fields)["Location"] == "/"


def test_links_are_public_ones_whatever_the_host_header_says(store: Store, ratna: StaffPerson) -> None:
    browser().post("/accounts/password/reset/", {"email": ratna.email}, headers={"host": "localhost"})
    assert link_for(ratna.email)
    ratna.client.post("/accounts/email/", {"email": NEW, "action_add": ""}, headers={"host": "localhost"})
    assert link_for(NEW)


def test_signing_in_begins_a_new_session(store: Store, ratna: StaffPerson) -> None:
    client = browser()
    client.post("/sign-up/", {"store": "X"})
    client.get("/accounts/login/")
    client.session["planted"] = "1"
    before = client.session.session_key
    sign_in(client, ratna.email)
    assert client.session.session_key != before


def test_sessions_end_with_the_password(store: Store, ratna: StaffPerson) -> None:
    other = signed_in(ratna.email)
    other.get("/")
    client = browser()
    client.post("/accounts/password/reset/", {"email": ratna.email})
    choose_password(client, link_for(ratna.email), "kata-sandi-lain-9")
    assert other.get("/", status=302)["Location"].startswith("/accounts/login/")


def test_a_person_works_in_two_stores_under_one_address(store: Store, other_store: Store, ratna: StaffPerson) -> None:
    with merchant_scope(other_store.merchant.id):
        add_staff(merchant=other_store.merchant, user_id=ratna.user_id, role=Role.CARE, at=timezone.now(), actor=SYSTEM)
    assert {m.name for m, _ in work_of(ratna.user_id).memberships} == {"Toko Melati", "Warung Sebelah"}
