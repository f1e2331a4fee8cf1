"""Two people send the letters of a breach at once: every member is written to once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from common.ids import new_id
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from people.facts import BreachCause, BreachData, BreachDraft, BreachMeasure, BreachState, TouchedBy
from people.models import Breach
from people.operations import close_breach, record_breach, send_letters, touch_members
from tests.members_shop import NOW, OWNER, join, open_shop
from tests.races.together import overlap


def open_with_breach() -> tuple[MerchantFacts, UUID]:
    merchant = open_shop(f"Ramai {new_id()}")
    draft = BreachDraft(
        cause=BreachCause.ATTACK,
        happened_from=NOW - timedelta(days=1),
        happened_until=None,
        known_at=NOW,
        data=(BreachData.NAME,),
        measures=(BreachMeasure.POLICE,),
        details="",
        measures_note="",
        contact="Ratna",
        reported_by="Budi",
    )
    with merchant_scope(merchant.id):
        found = join(merchant, email=f"{new_id().hex}@example.com")
        recorded = record_breach(merchant=merchant, draft=draft, actor=OWNER, at=NOW)
        touch_members(
            merchant=merchant,
            breach_id=recorded.id,
            why=TouchedBy.NUMBERS,
            member_ids=[found.id],
            actor=OWNER,
            at=NOW,
        )
    return merchant, recorded.id


def send_both(merchant: MerchantFacts, breach_id: UUID) -> str:
    def send() -> None:
        send_letters(merchant=merchant, breach_id=breach_id, actor=OWNER, at=NOW)

    return overlap(merchant.id, send, send)


def mails_of(merchant: MerchantFacts, breach_id: UUID) -> int:
    with merchant_scope(merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM messaging_outcome WHERE merchant_id = %s AND dispatch_id = %s",
            [merchant.id, breach_id],
        )
        return int(cursor.fetchone()[0])


def without_the_lock(*, merchant: MerchantFacts, breach_id: UUID, states: Any = ()) -> Breach:
    return Breach.objects.get(merchant_id=merchant.id, id=breach_id)


def test_the_second_writes_to_no_one(real_commits: None) -> None:
    merchant, breach_id = open_with_breach()
    assert send_both(merchant, breach_id) == "no_one_to_write_to"
    assert mails_of(merchant, breach_id) == 1


def test_without_the_lock_a_member_is_written_to_twice(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both see a member who was not written to."""
    merchant, breach_id = open_with_breach()
    monkeypatch.setattr("people.operations.breach_letters.lock_breach", without_the_lock)
    assert send_both(merchant, breach_id) == "ok"
    assert mails_of(merchant, breach_id) == 2


def test_no_one_is_listed_while_the_breach_is_being_closed(real_commits: None) -> None:
    merchant, breach_id = open_with_breach()
    with merchant_scope(merchant.id), connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_touchedmember WHERE merchant_id = %s", [merchant.id])
        late = join(merchant, email=f"{new_id().hex}@example.com")

    def close() -> None:
        close_breach(merchant=merchant, breach_id=breach_id, actor=OWNER, at=NOW)

    def touch() -> None:
        touch_members(
            merchant=merchant,
            breach_id=breach_id,
            why=TouchedBy.NUMBERS,
            member_ids=[late.id],
            actor=OWNER,
            at=NOW,
        )

    assert overlap(merchant.id, close, touch) == "breach_fixed"
    with merchant_scope(merchant.id):
        assert Breach.objects.get(merchant_id=merchant.id, id=breach_id).state == BreachState.CLOSED.value
