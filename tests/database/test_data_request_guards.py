"""Raw SQL that tries to bend requests about members' data after the fact."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from common.ids import new_id
from members.facts import (
    ConsentMethod,
    DataRequestDraft,
    DataRequestFacts,
    DataRequestKind,
    IdentityCheck,
    RequestAsker,
    ViewedPart,
    WhatWasDone,
)
from members.operations import close_data_request, note_viewing, record_data_request
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.tenancy import merchant_scope
from tests.database.test_sales_guards import refused
from tests.members_shop import NOW, TODAY, join, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[MerchantFacts]:
    merchant = open_shop()
    with merchant_scope(merchant.id):
        yield merchant


def record(shop: MerchantFacts, kind: DataRequestKind = DataRequestKind.CORRECTION) -> DataRequestFacts:
    draft = DataRequestDraft(kind, RequestAsker.MEMBER, ConsentMethod.PHONE, IdentityCheck.CARD, TODAY)
    return record_data_request(
        merchant=shop, member_id=join(shop).id, draft=draft, actor=SYSTEM, at=NOW, business_date=TODAY
    )


def closed(shop: MerchantFacts, note: str = "nama") -> DataRequestFacts:
    asked = record(shop)
    return close_data_request(
        merchant=shop, request_id=asked.id, done=WhatWasDone.CORRECTED, note=note, actor=SYSTEM, at=NOW
    )


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'access'",
        "identity = 'known'",
        "recorded_by = 'another'",
        "received_at = received_at + interval '1 hour'",
        "due_at = due_at + interval '1 day'",
    ],
)
def test_what_was_asked_never_changes(shop: MerchantFacts, change: str) -> None:
    record(shop)
    assert "never changes" in refused(f"UPDATE members_datarequest SET {change}")


@pytest.mark.parametrize(
    "change",
    ["state = 'open', done = '', note = '', closed_at = NULL, closed_by = ''", "done = 'taken_back'", "note = 'x'"],
)
def test_a_closed_request_stays_as_it_was_closed(shop: MerchantFacts, change: str) -> None:
    closed(shop)
    assert "never changes" in refused(f"UPDATE members_datarequest SET {change}")


def test_the_note_of_a_closed_request_can_only_go(shop: MerchantFacts) -> None:
    closed(shop)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_datarequest SET note = ''")
        assert cursor.rowcount == 1


def test_no_request_is_deleted(shop: MerchantFacts) -> None:
    record(shop)
    assert "is kept" in refused("DELETE FROM members_datarequest")


@pytest.mark.parametrize(
    "change",
    [
        "state = 'done', closed_at = now(), closed_by = 'x'",
        "state = 'done', done = 'corrected', closed_at = now()",
        "state = 'refused', closed_at = now(), closed_by = 'x'",
        "state = 'refused', done = 'corrected', closed_at = now(), closed_by = 'x'",
        "done = 'corrected'",
    ],
)
def test_nothing_is_closed_without_what_was_done(shop: MerchantFacts, change: str) -> None:
    record(shop)
    assert "data_request_closed_with_what_was_done" in refused(f"UPDATE members_datarequest SET {change}")


def test_a_request_for_erasure_has_stopped_the_work(shop: MerchantFacts) -> None:
    record(shop, DataRequestKind.ERASURE)
    assert "never changes" in refused("UPDATE members_datarequest SET stopped_at = NULL")
    again = "jsonb_build_object('id', gen_random_uuid(), 'state', 'refused', 'ground', 'law', 'closed_by', 'x', "
    again += "'closed_at', now(), 'stopped_at', NULL)"
    assert "data_request_erasure_stops_at_once" in refused(
        f"INSERT INTO members_datarequest SELECT (jsonb_populate_record(r, {again})).* FROM members_datarequest r"
    )


def test_one_request_of_a_kind_waits_per_member(shop: MerchantFacts) -> None:
    record(shop)
    again = "jsonb_build_object('id', gen_random_uuid())"
    assert "data_request_one_open" in refused(
        f"INSERT INTO members_datarequest SELECT (jsonb_populate_record(r, {again})).* FROM members_datarequest r"
    )


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM members_viewing", "UPDATE members_viewing SET times = 1", "UPDATE members_viewing SET viewer = 'x'"],
)
def test_no_look_at_a_member_is_taken_off(shop: MerchantFacts, change: str) -> None:
    looker = Actor(new_id(), "dewi@kopi.example")
    sari = join(shop)
    for _ in range(2):
        note_viewing(merchant=shop, member_id=sari.id, part=ViewedPart.PAGE, actor=looker, at=NOW, business_date=TODAY)
    assert "is kept" in refused(change)
