"""Blocked addresses: listed by reason without being readable, looked up, added by hand, unblocked with a reason."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from backoffice.campaigns.views import blocked_addresses as page_module
from common.ids import new_id
from merchants.facts import SYSTEM, AuditFilter, Role
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from messaging.facts import SuppressionReason
from messaging.invariants import verify
from messaging.models import Suppression
from messaging.operations import suppress_address
from messaging.queries import find_suppression
from tests.backoffice.conftest import StaffPerson, Store

PAGE = "/mail/blocked/"
FIND = "/mail/blocked/find/"


def block(store: Store, email: str, reason: SuppressionReason = SuppressionReason.HARD_BOUNCE, hours: int = 0) -> None:
    at = timezone.now() - timedelta(hours=hours)
    with merchant_scope(store.merchant.id):
        suppress_address(merchant=store.merchant, email=email, reason=reason, at=at, actor=SYSTEM)


def is_blocked(store: Store, email: str) -> bool:
    with merchant_scope(store.merchant.id):
        return find_suppression(merchant=store.merchant, email=email) is not None


def listed(person: StaffPerson, path: str = PAGE) -> list[UUID]:
    """Return the ids of a list, page by page."""
    found: list[UUID] = []
    while path:
        page = person.text(path)
        found += [UUID(one) for one in re.findall(r'href="/mail/blocked/([0-9a-f-]{36})/"', page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = PAGE + older[1].replace("&amp;", "&") if older else ""
    return found


def trail(store: Store) -> list[tuple[str, str, Any]]:
    with merchant_scope(store.merchant.id):
        entries = audit_trail(merchant=store.merchant, filters=AuditFilter())
    return [(entry.action, entry.reason, entry.after) for entry in entries if entry.subject_kind == "suppression"]


def test_an_address_is_looked_up_blocked_and_never_shown(store: Store, owner: StaffPerson) -> None:
    assert "No address is blocked" in owner.text(PAGE)
    page = owner.post(FIND, status=200, email="Budi@Example.com").content.decode()
    assert "This address is not blocked." in page
    assert 'value="block"' in page
    assert owner.post(FIND, email="Budi@Example.com", do="block")["Location"] == PAGE
    assert is_blocked(store, "budi@example.com")
    page = owner.text(PAGE)
    assert "Blocked by hand" in page
    assert "budi" not in page.lower(), "only its hash is known"
    found = owner.post(FIND, email=" budi@example.com ")["Location"]
    assert re.fullmatch(r"/mail/blocked/[0-9a-f-]{36}/", found)
    assert owner.post(FIND, email="budi@example.com", do="block")["Location"] == found, "once"
    assert [action for action, *_ in trail(store)] == ["address.suppressed"]


@pytest.mark.parametrize("email", ["", "budi", "budi@", "a b@example.com", "x" * 300 + "@example.com"])
def test_what_is_no_address_is_refused_beside_the_box(store: Store, owner: StaffPerson, email: str) -> None:
    page = owner.post(FIND, status=400, email=email, do="block").content.decode()
    assert "has-error" in page
    with merchant_scope(store.merchant.id):
        assert not Suppression.objects.filter(merchant_id=store.merchant.id).exists()


def test_an_address_is_unblocked_with_a_reason_that_the_trail_keeps(store: Store, owner: StaffPerson) -> None:
    block(store, "budi@example.com")
    [found] = listed(owner)
    page = owner.text(f"{PAGE}{found}/")
    assert "The address does not exist" in page
    assert "harm your name" in page
    owner.post(f"{PAGE}{found}/", status=400, reason="  ")
    assert is_blocked(store, "budi@example.com")
    owner.post(f"{PAGE}{found}/", reason="Kotak suratnya sudah diperbaiki")
    assert not is_blocked(store, "budi@example.com")
    assert ("address.unsuppressed", "Kotak suratnya sudah diperbaiki", None) in trail(store)
    owner.post(f"{PAGE}{found}/", status=404, reason="lagi")
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []


def test_the_list_is_paged_and_filtered_and_misses_no_one(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "PAGE_SIZE", 3)
    reasons = list(SuppressionReason)
    for number in range(10):  # two at a time in the same instant
        block(store, f"budi{number}@example.com", reasons[number % 5], hours=0)
    with merchant_scope(store.merchant.id):
        Suppression.objects.filter(merchant_id=store.merchant.id).update(created_at=timezone.now())
        every = set(Suppression.objects.filter(merchant_id=store.merchant.id).values_list("id", flat=True))
    found = listed(owner)
    assert len(found) == 10
    assert set(found) == every
    assert len(listed(owner, f"{PAGE}?reason=complaint")) == 2
    assert len(listed(owner, f"{PAGE}?reason=nonsense")) == 10
    assert "Reported as spam" in owner.text(f"{PAGE}?reason=complaint")


def test_the_number_of_statements_does_not_grow_with_the_rows(store: Store, owner: StaffPerson) -> None:
    block(store, "budi@example.com")
    few = owner.statements(PAGE)
    for number in range(20):
        block(store, f"budi{number}@example.com", hours=number)
    assert owner.statements(PAGE) == few


def test_who_may_look_and_who_may_change(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    block(store, "budi@example.com")
    [found] = listed(owner)
    analyst = store.colleague(Role.ANALYST)
    assert "Look up" not in analyst.text(PAGE)
    assert str(found) not in analyst.text(PAGE)
    analyst.post(FIND, status=403, email="x@example.com", do="block")
    analyst.get(f"{PAGE}{found}/", status=403)
    store.colleague(Role.CARE).get(PAGE, status=403)
    marketer = store.colleague(Role.MARKETER)
    marketer.get(f"{PAGE}{found}/", status=200)
    for path in (f"{PAGE}{found}/", f"{PAGE}{new_id()}/"):
        stranger.get(path, status=404)
        stranger.post(path, status=404, reason="mine")
    assert "This address is not blocked." in stranger.post(FIND, status=200, email="budi@example.com").content.decode()
    assert is_blocked(store, "budi@example.com")
