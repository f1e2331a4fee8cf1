"""Users and roles: invited by mail, in once they accept, role changed or ended at the next page, one owner left."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from backoffice import limits
from merchants.facts import MerchantFacts, Role
from merchants.operations import set_staff_password
from merchants.queries import audit_entries, staff, user_by_email, work_of
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store, mark_in, signed_in
from tests.mailbox import choose_password, link_for, mails_to, send_staff_mail

Callbacks = Callable[..., AbstractContextManager[list[Any]]]
NEW = "nina@example.com"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits._invitation_throttle().forget()


@pytest.fixture
def callbacks(django_capture_on_commit_callbacks: Callbacks) -> Callbacks:
    return django_capture_on_commit_callbacks


def invite(person: StaffPerson, callbacks: Callbacks, *, email: str, role: str = "marketer", name: str = "Nina") -> str:
    """Invite and return the page that follows; the mail is in the outbox."""
    with callbacks(execute=True):
        person.post("/settings/staff/new/", name=name, email=email, role=role)
    send_staff_mail(store_of(person))
    return person.text("/settings/staff/")


def store_of(person: StaffPerson) -> MerchantFacts:
    """Return the only store that the person works for."""
    [(merchant, _)] = work_of(person.user_id).memberships
    return merchant


def row_of(page: str, email: str) -> str:
    (row,) = [row for row in re.findall(r'<tr class="row">.*?</tr>', page, re.DOTALL) if email in row]
    return re.sub(r'(href|datetime)="[^"]*"', "", re.sub(r"\s+", " ", row))


def newcomer() -> Client:
    return Client(headers={"accept-language": "en"})


def answer(store: Store, client: Client, what: str, role: str = "marketer") -> Any:
    return client.post(f"/stores/{store.merchant.id}/{what}/", {"role": role}, follow=True)


# --- a new person --------------------------------------------------------------------------------------------------


def test_a_new_person_chooses_a_password_says_yes_and_is_in(
    store: Store, owner: StaffPerson, callbacks: Callbacks
) -> None:
    page = invite(owner, callbacks, email="Nina@example.com")
    assert "Invited, waiting" in row_of(page, NEW)
    assert mail.outbox[0].subject in ("Undangan bekerja untuk Toko Melati", "Invitation to work for Toko Melati")
    assert mail.outbox[0].from_email.startswith('"Toko Melati (Loyalty)" <')
    assert mail.outbox[0].reply_to == [owner.email]
    client = newcomer()
    assert choose_password(client, link_for(NEW)) == "/stores/"
    asked = client.get("/stores/").content.decode()
    assert "Ratna Wulandari asks you to work for Toko Melati as Marketer." in asked
    assert client.get("/members/").status_code == 302  # nothing opens before the yes
    said_yes = answer(store, client, "accept").content.decode()
    assert said_yes.count("You work for Toko Melati now.") == 1
    assert client.get("/members/").status_code == 200
    assert client.get("/settings/staff/").status_code == 403
    assert "Has access" in row_of(owner.text("/settings/staff/"), NEW)


def test_a_link_is_used_once(store: Store, owner: StaffPerson, callbacks: Callbacks) -> None:
    invite(owner, callbacks, email=NEW)
    link = link_for(NEW)
    choose_password(newcomer(), link)
    assert newcomer().get(link, follow=True).context["token_fail"]


def test_a_link_opened_while_signed_in_as_another_signs_them_out(
    store: Store, owner: StaffPerson, stranger: StaffPerson, callbacks: Callbacks
) -> None:
    invite(owner, callbacks, email=NEW)
    choose_password(stranger.client, link_for(NEW))
    assert "Toko Melati" in stranger.client.get("/stores/").content.decode()
    assert "Warung Sebelah" not in stranger.client.get("/stores/").content.decode()
    assert [role for _, role in work_of(stranger.user_id).memberships] == [Role.OWNER]


# --- an address that was never proved -------------------------------------------------------------------------------


def unproved(store: Store, role: Role, password: str = "milik-penyerang-1") -> StaffPerson:
    """An account with a victim's address and a stranger's password, as earlier versions allowed."""
    person = store.colleague(role)
    set_staff_password(user_id=person.user_id, password=password)
    EmailAddress.objects.filter(user_id=person.user_id).update(verified=False)
    return signed_in(person.email)


@pytest.mark.parametrize("role", [role.value for role in Role if role is not Role.CASHIER])
def test_who_took_the_address_first_gets_nothing(
    store: Store, other_store: Store, owner: StaffPerson, callbacks: Callbacks, role: str
) -> None:
    squatter = unproved(other_store, Role.OWNER)
    invite(owner, callbacks, email=squatter.email, role=role)
    squatter.client.post("/store/", {"merchant": str(store.merchant.id)})
    assert squatter.client.get("/members/export/")["Location"].startswith("/accounts/login/")
    thief = newcomer()
    assert not thief.login(email=squatter.email, password="milik-penyerang-1")
    reader = newcomer()
    choose_password(reader, link_for(squatter.email))
    answer(store, reader, "accept", role)
    assert (store.merchant.id, Role(role)) in [(m.id, r) for m, r in work_of(squatter.user_id).memberships]


def test_an_account_that_proved_nothing_sees_nothing_of_what_it_has(other_store: Store) -> None:
    squatter = unproved(other_store, Role.OWNER)
    for path in ("/", "/members/", "/members/export/", "/settings/staff/"):
        assert "Confirm your address" in squatter.text(path, status=403)
    squatter.client.post("/settings/outlets/new/", {"name": "X", "timezone": "Asia/Jakarta"})
    assert work_of(squatter.user_id).memberships == ()


def test_its_other_address_and_second_factor_end_too(
    store: Store, other_store: Store, owner: StaffPerson, callbacks: Callbacks
) -> None:
    squatter = unproved(other_store, Role.OWNER)
    EmailAddress.objects.create(user_id=squatter.user_id, email="milik@penyerang.example", verified=False)
    Authenticator.objects.create(user_id=squatter.user_id, type="totp", data={})
    invite(owner, callbacks, email=squatter.email)
    assert not EmailAddress.objects.filter(email="milik@penyerang.example").exists()
    assert not Authenticator.objects.filter(user_id=squatter.user_id).exists()


def test_who_proved_another_address_keeps_it_and_loses_the_one_only_claimed(
    store: Store, other_store: Store, owner: StaffPerson, callbacks: Callbacks
) -> None:
    claimer = unproved(other_store, Role.OWNER)
    claimed = claimer.email
    EmailAddress.objects.create(user_id=claimer.user_id, email="asli@example.com", verified=True)
    invite(owner, callbacks, email=claimed)
    assert user_by_email("asli@example.com").id == claimer.user_id
    assert user_by_email(claimed).id != claimer.user_id
    reader = newcomer()
    choose_password(reader, link_for(claimed))
    answer(store, reader, "accept")
    assert [m.name for m, _ in work_of(user_by_email(claimed).id).memberships] == ["Toko Melati"]
    assert [m.name for m, _ in work_of(claimer.user_id).memberships] == ["Warung Sebelah"]


# --- a person who has an account ------------------------------------------------------------------------------------


def test_nothing_tells_whether_the_address_has_an_account(
    store: Store, other_store: Store, owner: StaffPerson, callbacks: Callbacks
) -> None:
    """The stranger has an account, works elsewhere and signed in there: their row looks like a new person's."""
    known = other_store.owner.email
    page = invite(owner, callbacks, email=known)
    page = invite(owner, callbacks, email="brand-new@example.com")
    new_row = row_of(page, "brand-new@example.com")
    times = re.compile(r"\d{1,2} \w+ 20\d\d[^<]*")
    assert times.sub("", row_of(page, known)) == times.sub("", new_row.replace("brand-new@example.com", known))
    assert "Ratna" not in row_of(page, known)
    assert [len(message.to) for message in mail.outbox] == [1, 1]


def test_an_existing_person_is_asked_and_keeps_the_store_they_work_in(
    store: Store, other_store: Store, owner: StaffPerson, stranger: StaffPerson, callbacks: Callbacks
) -> None:
    """Their own page stays open meanwhile; what they save goes where they are."""
    mark = mark_in(stranger.text("/members/new/"))
    invite(owner, callbacks, email=stranger.email.upper(), role="care")
    assert link_for(stranger.email) == "/stores/"
    stranger.client.post("/store/", {"merchant": str(store.merchant.id)})
    assert [m.name for m, _ in work_of(stranger.user_id).memberships] == ["Warung Sebelah"]
    assert "Warung Sebelah" in stranger.text("/")
    stranger.post("/members/new/", name="Nomor Rahasia", phone="081299990001", consent="", _store=mark)
    answer(store, stranger.client, "accept", "care")
    assert "Warung Sebelah" in stranger.text("/members/")
    stranger.client.post("/store/", {"merchant": str(store.merchant.id)})
    assert "Nomor Rahasia" not in stranger.text("/members/")
    assert stranger.client.get("/campaigns/").status_code == 403


def test_a_person_declines(store: Store, owner: StaffPerson, stranger: StaffPerson, callbacks: Callbacks) -> None:
    invite(owner, callbacks, email=stranger.email)
    assert "1 invitation" in stranger.text("/")
    assert "You declined the invitation" in answer(store, stranger.client, "decline").content.decode()
    assert "no longer open" in answer(store, stranger.client, "accept").content.decode()
    assert "No access" in row_of(owner.text("/settings/staff/"), stranger.email)
    assert len(work_of(stranger.user_id).memberships) == 1


def test_only_the_invited_person_answers(
    store: Store, other_store: Store, owner: StaffPerson, callbacks: Callbacks
) -> None:
    invite(owner, callbacks, email=NEW)
    bystander = other_store.colleague(Role.MANAGER)
    assert "no longer open" in answer(store, bystander.client, "accept").content.decode()
    assert "no longer open" in answer(store, bystander.client, "decline").content.decode()
    assert newcomer().post(f"/stores/{store.merchant.id}/accept/")["Location"].startswith("/accounts/login/")
    assert "Invited, waiting" in row_of(owner.text("/settings/staff/"), NEW)


def test_a_yes_counts_for_the_role_that_was_shown(
    store: Store, owner: StaffPerson, stranger: StaffPerson, callbacks: Callbacks
) -> None:
    invite(owner, callbacks, email=stranger.email, role="care")
    for role in ("owner", "nonsense", ""):
        assert "changed the role" in answer(store, stranger.client, "accept", role).content.decode()
    assert len(work_of(stranger.user_id).memberships) == 1


def test_an_invitation_is_withdrawn_and_sent_again(
    store: Store, owner: StaffPerson, stranger: StaffPerson, callbacks: Callbacks
) -> None:
    invite(owner, callbacks, email=stranger.email)
    address = f"/settings/staff/{stranger.user_id}/"
    with callbacks(execute=True):
        owner.post(f"{address}invite/")
    send_staff_mail(store.merchant)
    assert len(mails_to(stranger.email)) == 2
    owner.post(f"{address}withdraw/")
    assert "no longer open" in answer(store, stranger.client, "accept").content.decode()
    owner.post(f"{address}withdraw/")
    assert "answered already" in owner.text(address)
    owner.post(f"{address}invite/", status=404)
    invite(owner, callbacks, email=stranger.email)
    answer(store, stranger.client, "accept")
    assert len(work_of(stranger.user_id).memberships) == 2
    with merchant_scope(store.merchant.id):
        kept = audit_entries(merchant=store.merchant, subject_kind="user", subject_id=stranger.user_id)
    assert [entry.action for entry in kept][::-1] == [
        "staff.invited",
        "staff.invited_again",
        "staff.withdrawn",
        "staff.invited",
        "staff.accepted",
    ]
    assert (kept[0].actor_id, kept[0].actor_label) == (stranger.user_id, stranger.email)


def test_an_invited_person_is_not_invited_twice(owner: StaffPerson, callbacks: Callbacks) -> None:
    invite(owner, callbacks, email=NEW)
    fields = {"name": "Nina", "email": NEW, "role": "owner"}
    assert "invited already" in owner.post("/settings/staff/new/", status=400, **fields).content.decode()
    assert "Marketer" in row_of(owner.text("/settings/staff/"), NEW)


def test_a_person_with_access_is_not_invited(store: Store, owner: StaffPerson) -> None:
    care = store.colleague(Role.CARE)
    fields = {"name": "Nina", "email": care.email, "role": "owner"}
    assert "has access already" in owner.post("/settings/staff/new/", status=400, **fields).content.decode()


def test_an_address_with_marks_is_the_address(owner: StaffPerson, callbacks: Callbacks) -> None:
    invite(owner, callbacks, email="\u2068nina@example.com\u2069")
    fields = {"name": "Nina", "email": "nina@example.com\u200b", "role": "owner"}
    page = owner.post("/settings/staff/new/", status=400, **fields).content.decode()
    assert "invited already" in page
    assert mail.outbox[0].to == ["nina@example.com"]


def test_a_store_cannot_mail_half_the_town(owner: StaffPerson) -> None:
    for number in range(20):
        owner.post("/settings/staff/new/", name="N", email=f"n{number}@example.com", role="care")
    page = owner.post("/settings/staff/new/", status=400, name="N", email="one-more@example.com", role="care")
    assert "many invitations" in page.content.decode()


# --- roles and endings ----------------------------------------------------------------------------------------------


def test_a_role_without_a_page_is_offered_to_no_one(store: Store, owner: StaffPerson) -> None:
    """Such a role is not shown either, before a person has it; a person who has it reads what it means."""
    assert "Cashier" not in owner.text("/settings/staff/new/")
    assert "Cashier" not in owner.text("/settings/staff/")
    owner.post("/settings/staff/new/", status=400, name="Siti", email=NEW, role="cashier")
    cashier = store.colleague(Role.CASHIER)
    page = cashier.text("/", status=403)
    assert "Your role has no pages" in page
    assert "No access" in cashier.text("/search/", status=403, q="0812")
    assert "No access" in cashier.text("/search/", q="0812", part="list")
    edit = owner.text(f"/settings/staff/{cashier.user_id}/")
    assert '<option value="cashier" selected' in edit
    owner.post(f"/settings/staff/{cashier.user_id}/", role="care")
    cashier.get("/members/")


def test_role_and_end_count_at_the_next_page(store: Store, owner: StaffPerson) -> None:
    marketer = store.colleague(Role.MARKETER)
    marketer.get("/campaigns/")
    owner.post(f"/settings/staff/{marketer.user_id}/", role="care")
    marketer.get("/campaigns/", status=403)
    marketer.get("/members/")
    owner.post(f"/settings/staff/{marketer.user_id}/end/")
    marketer.get("/members/", status=403)
    assert "No access" in row_of(owner.text("/settings/staff/"), marketer.email)
    with merchant_scope(store.merchant.id):
        kept = audit_entries(merchant=store.merchant, subject_kind="user", subject_id=marketer.user_id)
    assert [(entry.action, entry.before, entry.after) for entry in kept[:2]] == [
        ("staff.ended", {"role": "care"}, None),
        ("staff.role_changed", {"role": "marketer"}, {"role": "care"}),
    ]
    assert kept[0].actor_label == owner.email


def test_the_last_owner_stays_and_sees_why(store: Store, owner: StaffPerson) -> None:
    page = owner.post(f"/settings/staff/{owner.user_id}/", status=400, role="manager").content.decode()
    assert "This is the only owner" in page
    owner.post(f"/settings/staff/{owner.user_id}/end/")
    assert "This is the only owner" in owner.text(f"/settings/staff/{owner.user_id}/")
    second = store.colleague(Role.OWNER)
    owner.post(f"/settings/staff/{owner.user_id}/end/")
    owner.get("/settings/staff/", status=403)
    second.post(f"/settings/staff/{second.user_id}/", status=400, role="care")


def test_an_invited_owner_does_not_let_the_last_one_go(owner: StaffPerson, callbacks: Callbacks) -> None:
    """An owner who has not accepted yet cannot let others in."""
    invite(owner, callbacks, email=NEW, role="owner")
    owner.post(f"/settings/staff/{owner.user_id}/end/")
    assert "This is the only owner" in owner.text(f"/settings/staff/{owner.user_id}/")


def test_only_owners_and_managers_come_here_and_strangers_find_no_one(
    store: Store, owner: StaffPerson, stranger: StaffPerson
) -> None:
    for role in set(Role) - {Role.OWNER, Role.MANAGER}:
        store.colleague(role).get("/settings/staff/", status=403)
    stranger.get(f"/settings/staff/{owner.user_id}/", status=404)
    for step in ("end", "invite", "withdraw"):
        stranger.post(f"/settings/staff/{owner.user_id}/{step}/", status=404)
    owner.get("/settings/staff/")


def test_an_ended_access_is_opened_by_a_new_invitation(store: Store, owner: StaffPerson, callbacks: Callbacks) -> None:
    care = store.colleague(Role.CARE)
    owner.post(f"/settings/staff/{care.user_id}/end/")
    invite(owner, callbacks, email=care.email, role="marketer")
    care.get("/campaigns/", status=302)
    answer(store, care.client, "accept")
    care.get("/campaigns/")
    with merchant_scope(store.merchant.id):
        assert len([one for one in staff(merchant=store.merchant) if one.email == care.email]) == 1


def test_the_page_costs_the_same_for_many_people(store: Store, owner: StaffPerson) -> None:
    owner.get("/settings/staff/")
    few = owner.statements("/settings/staff/")
    for _ in range(4):
        store.colleague(Role.CARE)
    assert owner.statements("/settings/staff/") == few
    assert few <= 10
