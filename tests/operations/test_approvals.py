"""Approvals: asked by one person, decided by another, once and in time; raw SQL against the guards behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from common.errors import Missing, NotPermitted
from common.ids import new_id
from merchants.facts import SYSTEM, Actor
from merchants.models import Approval
from merchants.operations import ApprovalOver, ApprovalWaits, ask_approval, decide_approval, withdraw_approval
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope, refusable
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db
CASHIER, MANAGER = Actor(new_id(), "kasir@toko.example"), Actor(new_id(), "manajer@toko.example")
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


def ask(shop: SellingShop, **given: Any) -> UUID:
    return ask_approval(
        **{
            "merchant": shop.merchant,
            "kind": "refund",
            "subject": ("sale", shop.merchant.id),
            "figures": {"amount": 500_000},
            "reason": "Barang rusak",
            "expires_at": TOMORROW,
            "at": NOW,
            "actor": CASHIER,
            **given,
        }
    )


def decide(shop: SellingShop, approval_id: UUID, **given: Any) -> None:
    decide_approval(
        **{
            "merchant": shop.merchant,
            "approval_id": approval_id,
            "is_approved": True,
            "reason": "",
            "at": NOW,
            "actor": MANAGER,
            **given,
        }
    )


def seen(shop: SellingShop, approval_id: UUID) -> Approval:
    return Approval.objects.get(merchant_id=shop.merchant.id, id=approval_id)


@pytest.mark.parametrize(("is_approved", "state"), [(True, "approved"), (False, "refused")])
def test_another_person_decides_and_both_are_in_the_trail(shop: SellingShop, is_approved: bool, state: str) -> None:
    approval_id = ask(shop)
    with pytest.raises(ApprovalWaits):
        ask(shop)
    decide(shop, approval_id, is_approved=is_approved)
    row = seen(shop, approval_id)
    assert (row.state, row.decided_by_id, row.decided_by) == (state, MANAGER.user_id, MANAGER.label)
    with pytest.raises(ApprovalOver):
        decide(shop, approval_id, is_approved=not is_approved)
    told = audit_entries(merchant=shop.merchant, subject_kind="approval", subject_id=approval_id)
    assert [(one.action, one.actor_label) for one in told] == [
        (f"approval.{state}", MANAGER.label),
        ("approval.asked", CASHIER.label),
    ]
    ask(shop)


def test_no_one_decides_alone_and_no_machine_does(shop: SellingShop) -> None:
    approval_id = ask(shop)
    for actor in (CASHIER, SYSTEM):
        with pytest.raises(NotPermitted):
            decide(shop, approval_id, actor=actor)
    with pytest.raises(NotPermitted):
        ask(shop, actor=SYSTEM)


def test_what_has_expired_is_not_decided(shop: SellingShop) -> None:
    approval_id = ask(shop)
    with pytest.raises(ApprovalOver):
        decide(shop, approval_id, at=TOMORROW)
    decide(shop, approval_id, at=TOMORROW - timedelta(microseconds=1))


def test_only_who_asked_withdraws(shop: SellingShop) -> None:
    approval_id = ask(shop)
    given: Any = {"merchant": shop.merchant, "approval_id": approval_id, "reason": "", "at": NOW}
    with pytest.raises(NotPermitted):
        withdraw_approval(**given, actor=MANAGER)
    withdraw_approval(**given, actor=CASHIER)
    assert seen(shop, approval_id).state == "withdrawn"
    with pytest.raises(ApprovalOver):
        withdraw_approval(**given, actor=CASHIER)


def test_another_merchants_is_missing(shop: SellingShop) -> None:
    with pytest.raises(Missing):
        decide(shop, new_id())


# --- the guards ----------------------------------------------------------------------------------------------------


def refused(statement: str, *values: Any) -> str:
    with pytest.raises(DatabaseError) as error, refusable(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


DECIDED = "UPDATE merchants_approval SET state = 'approved', decided_by_id = %s, decided_at = %s WHERE merchant_id = %s"


def test_the_database_wants_another_person_and_in_time(shop: SellingShop) -> None:
    ask(shop)
    assert "approval_decided_by_another" in refused(DECIDED, CASHIER.user_id, NOW, shop.merchant.id)
    assert "approval_decided_by_somebody" in refused(DECIDED, None, NOW, shop.merchant.id)
    assert "approval_decided_in_time" in refused(DECIDED, MANAGER.user_id, TOMORROW, shop.merchant.id)


def test_what_was_asked_and_what_was_decided_never_change(shop: SellingShop) -> None:
    approval_id = ask(shop)
    change = "UPDATE merchants_approval SET {} WHERE merchant_id = %s"
    for field in ("figures = '{}'", "asked_by_id = merchant_id", "expires_at = 'infinity'", "kind = 'x'"):
        assert "keeps what was asked" in refused(change.replace("{}", field, 1), shop.merchant.id)
    assert "kept for ever" in refused("DELETE FROM merchants_approval WHERE merchant_id = %s", shop.merchant.id)
    decide(shop, approval_id, is_approved=False)
    for field in ("state = 'approved'", "decided_reason = 'x'", "state = 'waiting', decided_by_id = NULL"):
        assert "is refused already" in refused(change.replace("{}", field, 1), shop.merchant.id)
    insert = (
        "INSERT INTO merchants_approval (merchant_id, id, kind, subject_kind, subject_id, figures, asked_by_id, "
        "asked_by, asked_at, asked_reason, expires_at, state, decided_by, decided_reason, decided_by_id, decided_at) "
        "VALUES (%s, %s, 'x', 'x', %s, '{}', %s, 'x', %s, '', %s, 'approved', '', '', %s, %s)"
    )
    ids = [new_id() for _ in range(4)]
    assert "begins waiting" in refused(insert, shop.merchant.id, ids[0], ids[1], ids[2], NOW, TOMORROW, ids[3], NOW)
