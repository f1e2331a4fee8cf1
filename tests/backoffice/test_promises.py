"""Staff pages offer only what can happen: filters that can match, help that exists, buttons that go on."""

from __future__ import annotations

import re

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from tests.backoffice.conftest import StaffPerson, Store, signed_in


def selects(page: str) -> dict[str, list[str]]:
    """Return the values that each list of a page offers."""
    found = re.findall(r'<select[^>]*name="([^"]+)".*?</select>', page, re.DOTALL)
    bodies = re.findall(r"<select.*?</select>", page, re.DOTALL)
    return {name: re.findall(r'<option value="([^"]*)"', body) for name, body in zip(found, bodies, strict=True)}


def test_each_first_step_leads_where_it_says(store: Store, owner: StaffPerson) -> None:
    page = owner.text("/")
    steps = re.findall(r'<li class="setup-step.*?href="([^"]+)">([^<]+)</a>', page, re.DOTALL)
    assert [title for _, title in steps] == ["Store and outlet", "Connect a till", "First members", "First segments"]
    for address, _ in steps:
        owner.get(address)
    joining = owner.text({title: address for address, title in steps}["First members"])
    (public,) = set(re.findall(rf'"https?://[^"/]+(/m/{store.merchant.slug}/join)"', joining))
    assert Client().get(public).status_code == 200
    assert "/members/join-page/poster/" in joining
    owner.get("/members/join-page/poster/")


def test_a_second_factor_is_switched_on_behind_its_button(store: Store, owner: StaffPerson) -> None:
    """The button that a confirmed address is offered leads to a code and, with it, to a second factor."""
    user = EmailAddress.objects.get(email=owner.email).user
    user.set_password("melati-di-tepi-jalan")
    user.save()
    person = signed_in(owner.email)
    person.client.post("/accounts/reauthenticate/", {"password": "melati-di-tepi-jalan"})
    assert "/accounts/2fa/totp/activate/" in person.text("/accounts/2fa/")
    page = person.text("/accounts/2fa/totp/activate/")
    (secret,) = set(re.findall(r'value="([A-Z2-7]{32})"', page))
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    person.post("/accounts/2fa/totp/activate/", code=code)
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).count() == 1
