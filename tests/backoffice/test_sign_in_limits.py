"""Wrong passwords: no one can lock another person out, by account, by address or from an unknown device."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from loyalty import sign_in_limits
from merchants.facts import Role
from merchants.operations import set_staff_password
from tests.backoffice.conftest import Store
from tests.mailbox import choose_password, link_for

PASSWORD = "kucing-biru-42"
WRONG = "salah-sekali-99"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()
    for throttle in (
        sign_in_limits._throttle_of_pairs,
        sign_in_limits._throttle_of_devices,
        sign_in_limits._throttle_of_accounts,
        sign_in_limits._throttle_of_addresses,
    ):
        throttle().forget()


@pytest.fixture
def owner_email(store: Store) -> str:
    set_staff_password(user_id=store.owner.user_id, password=PASSWORD)
    return store.owner.email


def attempt(email: str, password: str, *, address: str = "198.51.100.7", client: Client | None = None) -> bool:
    """Try to sign in; return whether it worked."""
    client = client or Client()
    answer: Any = client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)
    return bool(answer.status_code == 302)


def storm(email: str, *, address: str, times: int = 30) -> None:
    for _ in range(times):
        assert not attempt(email, WRONG, address=address)


def test_a_stranger_s_wrong_passwords_do_not_lock_out_the_owner(owner_email: str) -> None:
    storm(owner_email, address="203.0.113.9")
    assert attempt(owner_email, PASSWORD, address="198.51.100.7")


def test_the_stranger_is_stopped_after_five(owner_email: str) -> None:
    storm(owner_email, address="203.0.113.9", times=5)
    assert not attempt(owner_email, PASSWORD, address="203.0.113.9")
    said = Client(headers={"accept-language": "en"}).post(
        "/accounts/login/", {"login": owner_email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.9"
    )
    assert "Too many failed login attempts" in said.content.decode()


def test_other_spellings_of_the_address_are_the_same_account(owner_email: str) -> None:
    for spelling in (owner_email.upper(), f" {owner_email}", f"{owner_email}\u200b", f"\u2068{owner_email}\u2069"):
        attempt(spelling, WRONG, address="203.0.113.9")
    attempt(owner_email, WRONG, address="203.0.113.9")
    assert not attempt(owner_email, PASSWORD, address="203.0.113.9")
    assert attempt(f"{owner_email}\u200b", PASSWORD, address="198.51.100.7")


def test_others_behind_the_same_address_come_in(store: Store, owner_email: str) -> None:
    """A shop's shared line, or a proxy that was not counted: forty people, one of them guessing."""
    colleague = store.colleague(Role.MANAGER)
    set_staff_password(user_id=colleague.user_id, password=PASSWORD)
    storm(owner_email, address="203.0.113.9", times=40)
    assert attempt(colleague.email, PASSWORD, address="203.0.113.9")


def test_a_known_device_comes_in_whatever_happens(owner_email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Client()
    assert attempt(owner_email, PASSWORD, address="203.0.113.9", client=device)
    device.post("/accounts/logout/")
    storm(owner_email, address="203.0.113.9")
    for name in ("_throttle_of_accounts", "_throttle_of_addresses"):
        full = type(
            "Full", (), {"has_room": lambda *_: False, "allows": lambda *_: False, "forgive": lambda *_: None}
        )()
        monkeypatch.setattr(sign_in_limits, name, lambda full=full: full)
    assert not attempt(owner_email, PASSWORD, address="198.51.100.200")
    assert attempt(owner_email, PASSWORD, address="203.0.113.9", client=device)


def test_a_device_that_guesses_is_stopped_too(owner_email: str) -> None:
    device = Client()
    assert attempt(owner_email, PASSWORD, client=device)
    device.post("/accounts/logout/")
    for _ in range(10):
        assert not attempt(owner_email, WRONG, client=device)
    assert not attempt(owner_email, PASSWORD, client=device)


def test_a_mark_of_one_account_is_none_of_another(store: Store, owner_email: str) -> None:
    """A colleague's known computer is still unknown for the owner's account."""
    colleague = store.colleague(Role.CARE)
    set_staff_password(user_id=colleague.user_id, password=PASSWORD)
    device = Client()
    assert attempt(colleague.email, PASSWORD, client=device)
    device.post("/accounts/logout/")
    for _ in range(5):
        attempt(owner_email, WRONG, client=device)
    assert not attempt(owner_email, PASSWORD, client=device)


@pytest.mark.parametrize("forged", ["", "x", "e30:1abcde:AAAA", "W10:1abcde:AAAA"])
def test_a_forged_mark_is_no_mark(owner_email: str, forged: str) -> None:
    device = Client()
    device.cookies[sign_in_limits.DEVICE_COOKIE] = forged
    for _ in range(5):
        attempt(owner_email, WRONG, client=device)
    assert not attempt(owner_email, PASSWORD, client=device)


def test_coming_in_begins_again_at_nought(owner_email: str) -> None:
    for _ in range(4):
        for _ in range(4):
            assert not attempt(owner_email, WRONG)
        assert attempt(owner_email, PASSWORD)


def test_who_asks_for_a_link_comes_in_under_a_storm(owner_email: str) -> None:
    storm(owner_email, address="127.0.0.1", times=6)
    client = Client()
    client.post("/accounts/password/reset/", {"email": owner_email})
    assert choose_password(client, link_for(owner_email), "kata-sandi-lain-9") == "/"
