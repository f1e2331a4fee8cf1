"""Raw SQL that tries to bend a breach, and whom it touched, after the fact."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from common.ids import new_id
from merchants.facts import SYSTEM, MerchantFacts
from merchants.tenancy import merchant_scope
from people.facts import BreachCause, BreachData, BreachDraft, BreachFacts, BreachMeasure, ToldBy, TouchedBy
from people.operations import (
    close_breach,
    note_authority_told,
    note_told,
    record_breach,
    send_letters,
    touch_members,
)
from people.queries import touched_members
from tests.database.test_sales_guards import refused
from tests.members_shop import NOW, join, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[MerchantFacts]:
    merchant = open_shop()
    with merchant_scope(merchant.id):
        yield merchant


def recorded(shop: MerchantFacts) -> BreachFacts:
    draft = BreachDraft(
        cause=BreachCause.LOST_DEVICE,
        happened_from=NOW,
        happened_until=None,
        known_at=NOW,
        data=(BreachData.NAME,),
        measures=(BreachMeasure.POLICE,),
        details="laptop",
        measures_note="",
        contact="Ratna",
        reported_by="Budi",
    )
    return record_breach(merchant=shop, draft=draft, actor=SYSTEM, at=NOW)


def sent(shop: MerchantFacts) -> BreachFacts:
    one = recorded(shop)
    members = [join(shop, email=None, phone="081211112222").id]
    touch_members(merchant=shop, breach_id=one.id, why=TouchedBy.NUMBERS, member_ids=members, actor=SYSTEM, at=NOW)
    send_letters(merchant=shop, breach_id=one.id, actor=SYSTEM, at=NOW)
    return one


def closed(shop: MerchantFacts) -> BreachFacts:
    one = sent(shop)
    note_authority_told(merchant=shop, breach_id=one.id, told_at=NOW, note="7", actor=SYSTEM, at=NOW)
    close_breach(merchant=shop, breach_id=one.id, actor=SYSTEM, at=NOW)
    return one


def change(one: BreachFacts, what: str) -> str:
    return f"UPDATE people_breach SET {what} WHERE id = '{one.id}' AND merchant_id = %s"


def carry_out(statement: str, shop: MerchantFacts) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [shop.id])


@pytest.mark.parametrize(
    "what",
    [
        "known_at = known_at - interval '1 day'",
        "due_at = due_at + interval '1 day'",
        "data = '{}'",
        "details = 'another'",
        "text_indonesian = 'another'",
        "sent_at = sent_at - interval '1 day'",
        "state = 'open', sent_at = NULL, sent_by = ''",
        "recorded_by = 'another'",
    ],
)
def test_what_happened_is_fixed_once_the_letters_left(shop: MerchantFacts, what: str) -> None:
    one = sent(shop)
    assert "breach" in refused(change(one, what), shop.id)
    carry_out(change(one, "details = ''"), shop)


@pytest.mark.parametrize(
    "what",
    [
        "state = 'sent', closed_at = NULL, closed_by = ''",
        "authority_note = 'another'",
        "authority_told_at = authority_told_at - interval '1 day'",
        "closed_by = 'another'",
        "text_english = 'another'",
    ],
)
def test_nothing_of_a_closed_breach_changes(shop: MerchantFacts, what: str) -> None:
    one = closed(shop)
    assert "breach" in refused(change(one, what), shop.id)
    carry_out(change(one, "text_english = '', authority_note = ''"), shop)


def test_a_breach_is_never_deleted(shop: MerchantFacts) -> None:
    one = recorded(shop)
    assert "is kept" in refused("DELETE FROM people_breach WHERE merchant_id = %s AND id = %s", shop.id, one.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_touchedmember SET told_at = now(), told_by = 'phone', told_by_staff = 'x'",
        "UPDATE people_touchedmember SET channel = ''",
        "UPDATE people_touchedmember SET member_id = '{other}'",
        "DELETE FROM people_touchedmember",
    ],
)
def test_who_was_touched_by_a_closed_breach_stays(shop: MerchantFacts, statement: str) -> None:
    one = closed(shop)
    statement = statement.format(other=join(shop).id)
    (row,) = touched_members(merchant=shop, breach_id=one.id)
    said = refused(f"{statement} WHERE merchant_id = %s AND id = %s", shop.id, row.id)
    assert "is kept as it is" in said


def test_no_one_is_added_to_a_closed_breach(shop: MerchantFacts) -> None:
    one, member = closed(shop), join(shop)
    said = refused(
        "INSERT INTO people_touchedmember (merchant_id, id, breach_id, member_id, why, added_at) "
        "VALUES (%s, %s, %s, %s, 'everyone', now())",
        shop.id,
        new_id(),
        one.id,
        member.id,
    )
    assert "is kept as it is" in said


def test_who_was_told_stays_told(shop: MerchantFacts) -> None:
    one = sent(shop)
    (row,) = touched_members(merchant=shop, breach_id=one.id)
    note_told(merchant=shop, breach_id=one.id, touched_ids=[row.id], told_by=ToldBy.PHONE, actor=SYSTEM, at=NOW)
    said = refused(
        "UPDATE people_touchedmember SET told_at = NULL, told_by = '', told_by_staff = '' "
        "WHERE merchant_id = %s AND id = %s",
        shop.id,
        row.id,
    )
    assert "is kept as it is" in said
