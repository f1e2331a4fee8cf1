"""An invitation is answered once: two clicks, or a click while the store takes it back."""

from __future__ import annotations

import secrets
from collections import Counter
from contextlib import nullcontext
from uuid import UUID

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from backoffice import limits
from common.ids import new_id
from merchants.facts import SYSTEM, MerchantFacts, Role
from merchants.operations import accept_invitation, create_merchant, create_user, invite_staff, withdraw_invitation
from merchants.queries import audit_entries, user_by_email, work_of
from merchants.tenancy import merchant_scope
from tests.mailbox import link_for
from tests.races.together import Meeting, meeting_before, outcomes


def invited() -> tuple[MerchantFacts, UUID]:
    """Return a store that invites a person with an account."""
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        merchant = create_merchant(
            merchant_id=merchant_id,
            name="Ramai",
            currency="IDR",
            timezone="Asia/Jakarta",
            language="id",
            at=timezone.now(),
        )
        email = f"diundang-{secrets.token_hex(6)}@example.com"
        user = create_user(email=email, name="Budi", password=None, language="id")
        invite_staff(
            merchant=merchant, email=email, name="Budi", role=Role.CARE, by="Ratna", at=timezone.now(), actor=SYSTEM
        )
    return merchant, user.id


def actions_of(merchant: MerchantFacts, user_id: UUID) -> Counter[str]:
    with merchant_scope(merchant.id):
        return Counter(one.action for one in audit_entries(merchant=merchant, subject_kind="user", subject_id=user_id))


def yes_and_back(both_have_looked: Meeting | None = None) -> tuple[dict[str, int], Counter[str], bool]:
    """Accept while the store withdraws; return how it ended, what the trail says, whether there is access."""
    merchant, user_id = invited()

    def either(number: int) -> None:
        met = both_have_looked
        looking = meeting_before(met, 'UPDATE "merchants_membership"') if met else nullcontext()
        with looking, merchant_scope(merchant.id):
            if number == 0:
                accept_invitation(merchant=merchant, user_id=user_id, role=Role.CARE, at=timezone.now(), actor=SYSTEM)
            else:
                withdraw_invitation(merchant=merchant, user_id=user_id, at=timezone.now(), actor=SYSTEM)

    ended = dict(outcomes(either, 2))
    return ended, actions_of(merchant, user_id), bool(work_of(user_id).memberships)


def test_a_yes_and_a_withdrawal_never_both_count(real_commits: None) -> None:
    ended, actions, has_access = yes_and_back()
    assert ended == {"ok": 1, "invitation_not_found": 1}
    assert actions["staff.accepted"] + actions["staff.withdrawn"] == 1
    assert has_access == (actions["staff.accepted"] == 1)


def test_without_the_lock_both_would_count(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each saw the invitation waiting."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_options: self)
    _, actions, _ = yes_and_back(Meeting(2))
    assert actions["staff.accepted"] + actions["staff.withdrawn"] == 2


def test_two_clicks_are_one_yes(real_commits: None) -> None:
    merchant, user_id = invited()

    def say_yes(number: int) -> None:
        with merchant_scope(merchant.id):
            accept_invitation(merchant=merchant, user_id=user_id, role=Role.CARE, at=timezone.now(), actor=SYSTEM)

    assert dict(outcomes(say_yes, 4)) == {"ok": 4}
    assert actions_of(merchant, user_id)["staff.accepted"] == 1


def test_two_stores_invite_one_new_address_at_once(real_commits: None) -> None:
    email = f"baru-{secrets.token_hex(6)}@example.com"
    merchants = [invited()[0] for _ in range(3)]

    def invite(number: int) -> None:
        with merchant_scope(merchants[number].id):
            invite_staff(
                merchant=merchants[number],
                email=email,
                name="N",
                role=Role.CARE,
                by="R",
                at=timezone.now(),
                actor=SYSTEM,
            )

    assert dict(outcomes(invite, 3)) == {"ok": 3}


def test_one_sign_up_link_opened_twice_at_once_opens_one_store(real_commits: None) -> None:
    email = f"toko-{secrets.token_hex(6)}@example.com"
    limits._sign_ups().forget()
    fields = {"store": "Toko Kembar", "person": "Siti", "email": email, "timezone": "Asia/Jakarta", "currency": "IDR"}
    Client().post("/sign-up/", fields)
    link = link_for(email)
    passwords = [f"kucing-biru-{number}-{number}" for number in range(3)]

    def open_it(number: int) -> None:
        answer = Client(raise_request_exception=True).post(link, {"password": passwords[number]})
        assert answer.status_code in {302, 410}, answer.status_code

    assert dict(outcomes(open_it, 3)) == {"ok": 3}
    assert [merchant.name for merchant, _ in work_of(user_by_email(email).id).memberships] == ["Toko Kembar"]
    assert sum(Client().login(email=email, password=password) for password in passwords) == 1
