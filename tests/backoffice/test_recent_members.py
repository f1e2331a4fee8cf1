"""The question at the welcome's start: it shows a number, and exactly that many get it, once, as a person decided."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from backoffice.campaigns.views import recent_members as page_module
from campaigns.facts import TriggerName
from campaigns.models import Delivery
from campaigns.queries import automation_of
from enrolment.operations import enrol_member
from members.facts import EnrolDraft
from merchants.facts import AuditFilter, Role
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_campaigns import WELCOME

PAGE = "/campaigns/welcome/recent/"


def join(store: Store, days_ago: float, name: str = "Sari", **fields: Any) -> UUID:
    email = f"{name.lower()}{days_ago}@example.com"
    draft = EnrolDraft(**{"name": name, "email": email, "promo_consent": True, **fields})
    with merchant_scope(store.merchant.id):
        return enrol_member(merchant=store.merchant, draft=draft, at=timezone.now() - timedelta(days=days_ago)).id


def welcomed(store: Store) -> set[UUID]:
    with merchant_scope(store.merchant.id):
        rows = Delivery.objects.filter(merchant_id=store.merchant.id)
        return set(rows.values_list("member_id", flat=True))


@pytest.fixture
def joined(store: Store, owner: StaffPerson) -> dict[float, UUID]:
    """Make members by how many days ago they joined; the welcome is on from now, for all, without a control group."""
    found = {days: join(store, days, f"Sari{n}") for n, days in enumerate((1.0, 6.0, 20.0, 80.0, 200.0))}
    join(store, 2, "Tanpa", promo_consent=False)
    owner.post("/campaigns/welcome/", switch="on", **{**WELCOME, "control_percent": "0"})
    return found


def test_the_question_is_asked_where_the_welcome_is_switched_on(owner: StaffPerson, joined: dict[float, UUID]) -> None:
    page = owner.text("/campaigns/welcome/")
    assert re.search(r"Send it also to the 3 members who joined since \d+ \w+ \d{4}\?", page)
    assert f'href="{PAGE}"' in page
    owner.post("/campaigns/welcome/", switch="off")
    assert "Send it also" not in owner.text("/campaigns/welcome/")


@pytest.mark.parametrize(("days", "members"), [("7", 2), ("30", 3), ("90", 4), ("", 3), ("9999", 3), ("x", 3)])
def test_each_period_names_its_number(owner: StaffPerson, joined: dict[float, UUID], days: str, members: int) -> None:
    assert f"Send to {members} members" in owner.text(PAGE, days=days)


def test_exactly_those_get_it_and_asked_again_no_one_does(
    store: Store, owner: StaffPerson, joined: dict[float, UUID]
) -> None:
    before = owner.statements(PAGE)
    answer = owner.save(PAGE, days="7", members="2")
    assert answer["Location"] != PAGE
    assert welcomed(store) == {joined[1.0], joined[6.0]}
    assert "2 members have a place now." in owner.text(answer["Location"])
    assert "Everybody has been welcomed" in owner.text(PAGE, days="7")
    assert owner.statements(PAGE) == before, "as many with members waiting as with fewer"
    with merchant_scope(store.merchant.id):
        entries = audit_trail(merchant=store.merchant, filters=AuditFilter())
    [sent] = [entry for entry in entries if entry.action == "welcome.backfilled"]
    assert sent.after == {"members": 2}


def test_a_number_that_moved_is_asked_again(store: Store, owner: StaffPerson, joined: dict[float, UUID]) -> None:
    join(store, 3, "Baru")
    for said in ("2", "0", "", "10000"):
        assert "days=7" in owner.save(PAGE, days="7", members=said)["Location"]
    assert "Meanwhile their number has changed" in owner.text(PAGE, days="7")
    assert welcomed(store) == set()


def test_very_many_are_sent_in_parts(
    store: Store, owner: StaffPerson, joined: dict[float, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MOST_AT_ONCE", 2)
    page = owner.text(PAGE)
    assert "Send to 2 members" in page
    assert "At most 2 at once" in page
    owner.save(PAGE, days="30", members="2")
    assert welcomed(store) == {joined[1.0], joined[6.0]}, "who joined last comes first"
    assert "Send to 1 member" in owner.text(PAGE)


def test_while_the_welcome_is_off_there_is_no_question(store: Store, owner: StaffPerson) -> None:
    join(store, 1)
    assert owner.get(PAGE, status=302)["Location"] == "/campaigns/welcome/"
    owner.post("/campaigns/welcome/", **WELCOME)
    assert owner.post(PAGE, days="7", members="1")["Location"] == "/campaigns/welcome/"
    assert "Switch the welcome on first." in owner.text("/campaigns/welcome/")
    assert welcomed(store) == set()


def test_only_who_writes_campaigns_sends_and_a_stranger_s_members_are_not_counted(
    store: Store, owner: StaffPerson, stranger: StaffPerson, joined: dict[float, UUID]
) -> None:
    for role in (Role.ANALYST, Role.CARE):
        store.colleague(role).post(PAGE, status=403, days="7", members="2")
    stranger.post("/campaigns/welcome/", switch="on", **WELCOME)
    assert "Everybody has been welcomed" in stranger.text(PAGE)
    with merchant_scope(store.merchant.id):
        running = automation_of(merchant=store.merchant, trigger=TriggerName.JOINED)
    assert running is not None
    assert welcomed(store) == set()
