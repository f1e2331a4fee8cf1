"""Sign-up: one form opens a store that works at once."""

import secrets

import pytest
from django.conf import settings
from django.test import Client
from limits import RateLimitItemPerHour

from backoffice import limits
from backoffice.views import signing_up
from common.throttle import Throttle
from merchants.queries import memberships_of, user_by_email

FIELDS = {
    "store": "Toko Kenanga", "person": "Siti Aminah", "password": "bunga-kenanga-77", "timezone": "Asia/Makassar",
    "currency": "IDR",
}  # fmt: skip


@pytest.fixture(autouse=True)
def unthrottled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests come from one address; the one about the limit asks for it."""
    if "throttled" not in request.fixturenames:
        monkeypatch.setattr(signing_up, "sign_up_allowed", lambda _request: True)


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh counter that allows two stores an hour."""
    few = Throttle((RateLimitItemPerHour(2, namespace=secrets.token_hex(8)),), settings.REDIS_URL)
    monkeypatch.setattr(limits, "_sign_ups", lambda: few)


@pytest.fixture
def visitor(db: None) -> Client:
    return Client(headers={"accept-language": "en"})


def new_email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def test_a_new_store_is_open_and_its_owner_signed_in(visitor: Client) -> None:
    email = new_email()
    answer = visitor.post("/sign-up/", {**FIELDS, "email": email.upper()}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/"
    assert "Your store is open." in page
    assert "Toko Kenanga" in page
    ((merchant, role),) = memberships_of(user_by_email(email).id)
    assert (merchant.timezone, role) == ("Asia/Makassar", "owner")
    for path in ("/members/", "/segments/", "/campaigns/", "/settings/tills/"):
        assert visitor.get(path).status_code == 200


def test_an_address_signs_up_once(visitor: Client) -> None:
    email = new_email()
    visitor.post("/sign-up/", {**FIELDS, "email": email})
    again = Client(headers={"accept-language": "en"}).post("/sign-up/", {**FIELDS, "email": email})
    assert again.status_code == 400
    assert "This address signs in already." in again.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "pendek"}, {"password": "password12"}, {"email": "bukan-alamat"}, {"store": ""},
        {"timezone": "Mars/Olympus"}, {"currency": "XXX"}, {"store": "x" * 121},
    ],
)  # fmt: skip
def test_a_wrong_form_opens_nothing(visitor: Client, wrong: dict[str, str]) -> None:
    email = wrong.get("email", new_email())
    answer = visitor.post("/sign-up/", {**FIELDS, "email": email, **wrong})
    assert answer.status_code == 400
    assert "error-summary" in answer.content.decode()


def test_one_address_opens_only_so_many_stores(visitor: Client, throttled: None) -> None:
    answers = [visitor.post("/sign-up/", {**FIELDS, "email": new_email()}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 400]
    assert "Too many stores were opened from here." in answers[-1].content.decode()
