"""All owners end each other's access at the same moment: one of them stays."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from common.ids import new_id
from merchants.facts import SYSTEM, MerchantFacts, Role
from merchants.operations import add_staff, create_merchant, create_user, end_staff_access, record_audit
from merchants.operations import staff as room
from merchants.queries import staff
from merchants.tenancy import merchant_scope
from tests.races.together import Meeting, outcomes

OWNERS = 4


def shop_of_owners() -> tuple[MerchantFacts, list[UUID]]:
    merchant_id, owners = new_id(), []
    with merchant_scope(merchant_id):
        merchant = create_merchant(
            merchant_id=merchant_id,
            name="Ramai",
            currency="IDR",
            timezone="Asia/Jakarta",
            language="id",
            at=timezone.now(),
        )
        for number in range(OWNERS):
            email = f"owner-{number}-{secrets.token_hex(4)}@example.com"
            user = create_user(email=email, name="Budi", password=None, language="id")
            add_staff(merchant=merchant, user_id=user.id, role=Role.OWNER, at=timezone.now(), actor=SYSTEM)
            owners.append(user.id)
    return merchant, owners


def owners_left(merchant: MerchantFacts, owners: list[UUID]) -> tuple[dict[str, int], int]:
    """End every owner's access at once; return how that went, and how many owners are left."""

    def end(number: int) -> None:
        with merchant_scope(merchant.id):
            end_staff_access(merchant=merchant, user_id=owners[number], at=timezone.now(), actor=SYSTEM)

    ended = outcomes(end, OWNERS)
    with merchant_scope(merchant.id):
        return dict(ended), sum(1 for one in staff(merchant=merchant) if one.is_active)


def test_one_owner_stays(real_commits: None) -> None:
    assert owners_left(*shop_of_owners()) == ({"ok": OWNERS - 1, "last_owner": 1}, 1)


def test_without_the_lock_all_would_be_gone(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each saw the others still there."""
    merchant, owners = shop_of_owners()
    all_have_ended_one = Meeting(OWNERS)

    def wait_then_note(**fields: Any) -> None:
        all_have_ended_one.wait()
        record_audit(**fields)

    monkeypatch.setattr(room, "record_audit", wait_then_note)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_options: self)
    assert owners_left(merchant, owners)[1] == 0
