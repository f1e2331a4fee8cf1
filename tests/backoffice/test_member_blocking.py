"""A member is blocked with a reason and unblocked: tills refuse, staff see it, the list finds them."""

from __future__ import annotations

import pytest

from members.facts import MemberFacts
from members.invariants import verify
from members.queries import member
from merchants.facts import Role
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_members import names_in


def is_blocked(store: Store, found: MemberFacts) -> bool:
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []
        return member(merchant=store.merchant, member_id=found.id).is_blocked


def test_a_member_is_blocked_and_unblocked_with_reasons(store: Store, owner: StaffPerson) -> None:
    sari, rina = store.member("Sari Dewi"), store.member("Rina Wati")
    assert "Block member" in owner.text(f"/members/{sari.id}/", tab="data")
    owner.post(f"/members/{sari.id}/block/", reason="Kartu staf dipakai <terus>")
    assert is_blocked(store, sari)
    page = owner.text(f"/members/{sari.id}/")
    for words in ("This member is blocked", "by Ratna Wulandari: Kartu staf dipakai &lt;terus&gt;", "Member blocked"):
        assert words in page, words
    assert 'href="?tab=data">Unblock member</a>' in page
    assert "Block member" not in owner.text(f"/members/{sari.id}/", tab="data")
    assert names_in(owner.text("/members/?status=blocked")) == ["Sari Dewi"]
    assert names_in(owner.text("/members/?status=active")) == ["Rina Wati"]
    owner.post(f"/members/{sari.id}/unblock/", reason="Salah orang")
    assert not is_blocked(store, sari)
    assert not is_blocked(store, rina)
    with merchant_scope(store.merchant.id):
        trail = AuditEntry.objects.filter(merchant_id=store.merchant.id, subject_id=sari.id).order_by("id")
        assert [(row.action, row.reason, row.actor_id) for row in trail] == [
            ("member.blocked", "Kartu staf dipakai <terus>", owner.user_id),
            ("member.unblocked", "Salah orang", owner.user_id),
        ]


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_changed(store: Store, owner: StaffPerson, reason: str) -> None:
    sari = store.member()
    owner.post(f"/members/{sari.id}/block/", reason=reason)
    assert not is_blocked(store, sari)
    assert "Write the reason. Nothing was changed." in owner.text(f"/members/{sari.id}/")


def test_who_may_not_edit_members_blocks_no_one(store: Store, stranger: StaffPerson) -> None:
    sari = store.member()
    for role in (Role.MARKETER, Role.ANALYST, Role.CASHIER, Role.INTEGRATOR):
        store.colleague(role).post(f"/members/{sari.id}/block/", status=403, reason="x")
    stranger.post(f"/members/{sari.id}/block/", status=404, reason="x")
    assert not is_blocked(store, sari)
    assert "Block member" not in store.colleague(Role.MARKETER).text(f"/members/{sari.id}/", tab="data")
