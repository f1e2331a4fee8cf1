"""Sign-up: one form, a link in a mail, a password; before the link is opened there is nothing."""

import re
import secrets

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client
from limits import RateLimitItemPerHour

from backoffice import limits
from backoffice.account.views import sign_up as signing_up
from common.throttle import Throttle
from merchants.models import Merchant, User
from merchants.operations import set_staff_password
from merchants.queries import user_by_email, work_of
from tests.backoffice.conftest import StaffPerson, Store, signed_in
from tests.mailbox import link_for, mails_to

FIELDS = {"store": "Toko Kenanga", "person": "Siti Aminah", "timezone": "Asia/Makassar", "currency": "IDR"}
PASSWORD = {"password": "bunga-kenanga-77"}


@pytest.fixture(autouse=True)
def unthrottled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests come from one address; the one about the limit asks for it."""
    limits._sign_up_mails().forget()
    if "throttled" not in request.fixturenames:
        monkeypatch.setattr(signing_up, "sign_up_allowed", lambda _request: True)


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count from zero, with a limit of two stores an hour."""
    few = Throttle((RateLimitItemPerHour(2, namespace=secrets.token_hex(8)),), settings.REDIS_URL)
    monkeypatch.setattr(limits, "_sign_ups", lambda: few)


@pytest.fixture
def visitor(db: None) -> Client:
    return browser()


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def new_email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def test_a_new_store_is_open_and_its_owner_signed_in_after_the_link(visitor: Client) -> None:
    email = new_email()
    sent = visitor.post("/sign-up/", {**FIELDS, "email": email.upper()}, follow=True)
    assert f"We sent a link to {email.upper()}" in sent.content.decode()
    link = link_for(email)
    assert "Open Toko Kenanga" in visitor.get(link).content.decode()
    answer = visitor.post(link, PASSWORD, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/"
    assert "Your store is open." in page
    assert "Toko Kenanga" in page
    ((merchant, role),) = work_of(user_by_email(email).id).memberships
    assert (merchant.timezone, role) == ("Asia/Makassar", "owner")
    for path in ("/members/", "/segments/", "/campaigns/", "/settings/tills/"):
        assert visitor.get(path).status_code == 200


def test_without_the_link_there_is_neither_account_nor_store(visitor: Client) -> None:
    before = (User.objects.count(), Merchant.objects.count())
    visitor.post("/sign-up/", {**FIELDS, "email": new_email(), **PASSWORD})
    assert visitor.get("/")["Location"].startswith("/accounts/login/")
    assert (User.objects.count(), Merchant.objects.count()) == before


def test_nothing_tells_whether_the_address_has_an_account(visitor: Client, store: Store) -> None:
    pages, subjects = [], []
    for email in (store.owner.email, new_email()):
        client = browser()
        answer = client.post("/sign-up/", {**FIELDS, "email": email}, follow=True)
        page = answer.content.decode().replace(email, "…")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page))
        subjects.append(re.sub(r"https?://\S+", "", mails_to(email)[-1]))
    assert pages[0] == pages[1]
    assert subjects[0] == subjects[1]


def test_an_existing_account_opens_a_second_store_only_signed_in(visitor: Client, store: Store) -> None:
    owner = store.owner
    visitor.post("/sign-up/", {**FIELDS, "email": owner.email})
    link = link_for(owner.email)
    page = visitor.get(link).content.decode()
    assert "Sign in first" in page
    assert "password" not in page.partition("<h1>")[2].partition("accounts/login")[0]
    assert visitor.post(link, PASSWORD).status_code == 200
    assert len(work_of(owner.user_id).memberships) == 1
    owner.client.post(link)
    assert [merchant.name for merchant, _ in work_of(owner.user_id).memberships] == ["Toko Kenanga", "Toko Melati"]
    assert "Toko Kenanga" in owner.text("/")


def test_one_link_opens_one_store(visitor: Client) -> None:
    email = new_email()
    visitor.post("/sign-up/", {**FIELDS, "email": email})
    link = link_for(email)
    visitor.post(link, PASSWORD)
    for client in (visitor, browser()):
        assert client.get(link).status_code == 410
        assert client.post(link, {"password": "lain-sekali-99"}).status_code == 410
    assert len(work_of(user_by_email(email).id).memberships) == 1
    assert browser().login(email=email, password=PASSWORD["password"])


def test_a_link_that_was_changed_or_is_old_opens_nothing(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor.post("/sign-up/", {**FIELDS, "email": new_email()})
    (message,) = mail.outbox
    link = link_for(message.to[0])
    assert visitor.get(link[:-2] + "x/").status_code == 410
    monkeypatch.setattr(signing_up, "LINK_SECONDS", -1)
    assert visitor.get(link).status_code == 410
    assert visitor.post(link, PASSWORD).status_code == 410


def test_the_link_does_not_follow_the_host_header(visitor: Client) -> None:
    email = new_email()
    visitor.post("/sign-up/", {**FIELDS, "email": email}, headers={"host": "localhost"})
    assert link_for(email)


def test_who_was_signed_in_as_another_is_not_afterwards(store: Store) -> None:
    """The owner of Toko Melati opens a link that a colleague at the same computer asked for."""
    email, client = new_email(), store.owner.client
    client.post("/sign-up/", {**FIELDS, "email": email})
    session = client.session.session_key
    client.post(link_for(email), PASSWORD)
    assert client.session.session_key != session
    assert "Toko Kenanga" in client.get("/").content.decode()
    assert client.get("/stores/").content.decode().count("Toko Melati") == 0


def test_a_mailbox_is_not_flooded(visitor: Client) -> None:
    email = new_email()
    answers = [visitor.post("/sign-up/", {**FIELDS, "email": email}).status_code for _ in range(5)]
    assert answers == [302] * 5
    assert len(mails_to(email)) == 3


@pytest.mark.parametrize(
    "wrong",
    [{"email": "bukan-alamat"}, {"store": ""}, {"timezone": "Mars/Olympus"}, {"currency": "XXX"}, {"store": "x" * 121}],
)
def test_a_wrong_form_sends_nothing(visitor: Client, wrong: dict[str, str]) -> None:
    answer = visitor.post("/sign-up/", {"email": new_email(), **FIELDS, **wrong})
    assert answer.status_code == 400
    assert "error-summary" in answer.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize("password", ["pendek", "password12", "siti aminah", ""])
def test_a_weak_password_opens_nothing(visitor: Client, password: str) -> None:
    email = new_email()
    visitor.post("/sign-up/", {**FIELDS, "email": email})
    assert visitor.post(link_for(email), {"password": password}).status_code == 400
    assert not User.objects.filter(email=email).exists()


def test_one_address_asks_only_for_so_many_stores(visitor: Client, throttled: None) -> None:
    answers = [visitor.post("/sign-up/", {**FIELDS, "email": new_email()}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 400]
    assert "Too many stores were asked for from here." in answers[-1].content.decode()


def test_an_old_account_that_proved_nothing_gives_way(visitor: Client, store: Store) -> None:
    """Made by an earlier version with a victim's address and a stranger's password."""
    owner: StaffPerson = store.owner
    set_staff_password(user_id=owner.user_id, password="milik-penyerang-1")
    EmailAddress.objects.filter(user_id=owner.user_id).delete()
    squatter = signed_in(owner.email)
    assert "Confirm your address" in squatter.text("/", status=403)
    visitor.post("/sign-up/", {**FIELDS, "email": owner.email})
    visitor.post(link_for(owner.email), PASSWORD)
    assert squatter.client.get("/").status_code == 302  # signed out
    assert not browser().login(email=owner.email, password="milik-penyerang-1")
