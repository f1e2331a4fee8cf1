"""How a store sends: its name, where answers go, its speed and its quiet hours; who may say so, and the trail."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

import pytest

from merchants.facts import AuditFilter, Role
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from messaging.facts import SendingPolicyFacts
from messaging.models import SendingPolicy
from messaging.queries import sending_policy
from tests.backoffice.conftest import StaffPerson, Store

PAGE = "/mail/sender/"
SENDER: dict[str, Any] = {
    "sender_name": "Toko Melati Depok",
    "reply_to": "halo@melati.example",
    "throttle_per_minute": "60",
    "quiet_from": "20.30",
    "quiet_until": "08:00",
    "frequency_cap_days": "14",
}


def policy_of(store: Store) -> SendingPolicyFacts:
    with merchant_scope(store.merchant.id):
        return sending_policy(merchant=store.merchant)


def test_the_page_shows_what_holds_and_saves_what_is_written(store: Store, owner: StaffPerson) -> None:
    page = owner.text(PAGE)
    for said in (f'value="{store.merchant.name}"', 'value="21.00"', 'value="07.00"'):
        assert said in page, said
    owner.post(PAGE, **SENDER)
    assert policy_of(store) == SendingPolicyFacts(
        sender_name="Toko Melati Depok",
        reply_to="halo@melati.example",
        throttle_per_minute=60,
        quiet_from=time(20, 30),
        quiet_until=time(8),
        frequency_cap_days=14,
    )
    page = owner.text(PAGE)
    for said in ("Toko Melati Depok", "halo@melati.example", 'value="60"', 'value="20.30"', 'value="08.00"'):
        assert said in page, said
    with merchant_scope(store.merchant.id):
        entries = audit_trail(merchant=store.merchant, filters=AuditFilter())
    [entry] = [one for one in entries if one.action == "sending_policy.changed"]
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["quiet_from"], entry.after["quiet_from"]) == ("21:00", "20:30")
    assert "melati.example" not in str(entry.after), "an address of a person does not belong in the trail"
    assert "Sending rules changed" in owner.text("/settings/audit/")


def test_the_store_s_own_name_follows_the_store(store: Store, owner: StaffPerson) -> None:
    owner.post(PAGE, **{**SENDER, "sender_name": store.merchant.name})
    with merchant_scope(store.merchant.id):
        assert SendingPolicy.objects.get(merchant_id=store.merchant.id).sender_name == ""


@pytest.mark.parametrize(
    ("field", "written", "said"),
    [
        ("sender_name", "", "required"),
        ("sender_name", "x" * 81, "80"),
        ("reply_to", "halo", "complete e-mail address"),
        ("reply_to", "halo@melati.example\nBcc: x@example.com", "complete e-mail address"),
        ("throttle_per_minute", "0", "1"),
        ("throttle_per_minute", "-5", "1"),
        ("throttle_per_minute", "abc", "whole number"),
        ("frequency_cap_days", "", "required"),
        ("frequency_cap_days", "91", "90"),
        ("quiet_from", "", "required"),
        ("quiet_from", "25.00", "Write a time such as 14.30."),
        ("quiet_until", "7", "Write a time such as 14.30."),
    ],
)
def test_what_cannot_be_is_refused_beside_the_box(
    store: Store, owner: StaffPerson, field: str, written: str, said: str
) -> None:
    page = owner.post(PAGE, status=400, **{**SENDER, field: written}).content.decode()
    assert said in page
    assert policy_of(store).quiet_from == time(21)


def test_empty_boxes_lift_the_limit_and_the_address(store: Store, owner: StaffPerson) -> None:
    owner.post(PAGE, **SENDER)
    owner.post(PAGE, **{**SENDER, "reply_to": "", "throttle_per_minute": ""})
    assert (policy_of(store).reply_to, policy_of(store).throttle_per_minute) == ("", None)


def test_a_new_campaign_begins_with_the_store_s_frequency_cap(owner: StaffPerson) -> None:
    assert re.search(r'name="frequency_cap_days"\s+value="7"', owner.text("/campaigns/new/"))
    owner.post(PAGE, **SENDER)
    assert re.search(r'name="frequency_cap_days"\s+value="14"', owner.text("/campaigns/new/"))


def test_the_welcome_names_the_quiet_hours_that_hold(owner: StaffPerson) -> None:
    assert "Never between 21.00 and 07.00" in owner.text("/campaigns/welcome/")
    owner.post(PAGE, **SENDER)
    assert "Never between 20.30 and 08.00" in owner.text("/campaigns/welcome/")
    owner.post(PAGE, **{**SENDER, "quiet_from": "08.00"})
    assert "Never between" not in owner.text("/campaigns/welcome/")


def test_only_who_writes_campaigns_sets_it_and_only_for_their_store(
    store: Store, owner: StaffPerson, stranger: StaffPerson
) -> None:
    for role in (Role.ANALYST, Role.CARE, Role.INTEGRATOR):
        store.colleague(role).get(PAGE, status=403)
        store.colleague(role).post(PAGE, status=403, **SENDER)
    stranger.post(PAGE, **SENDER)
    assert policy_of(store).reply_to == ""
