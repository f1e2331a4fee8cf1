"""Raw SQL as the application role that tries to mail whom it must not: every guard refuses (I17-I20)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from campaigns.invariants import GUARDS, verify
from campaigns.operations import begin_freezing, pause_campaign
from common.ids import new_id
from members.facts import ConsentSource
from members.operations import block, withdraw_consent
from merchants.tenancy import merchant_scope
from messaging.facts import SuppressionReason
from messaging.operations import suppress_address
from tests.campaign_shop import DRAFT, NOW, OWNER, CampaignShop, lapsed_shop

pytestmark = pytest.mark.usefixtures("db")

INSERT_ATTEMPT = """
INSERT INTO campaigns_attempt (merchant_id, id, delivery_id, number, state, message_id, started_at, leased_until,
                               reply_text, consent_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', %s)
"""


@pytest.fixture
def shop() -> CampaignShop:
    return lapsed_shop(12)


def sql(shop: CampaignShop, statement: str, *values: Any) -> None:
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(shop: CampaignShop, statement: str, *values: Any, by: str) -> None:
    with pytest.raises((IntegrityError, ProgrammingError), match=by):
        sql(shop, statement, *values)


def delivery(shop: CampaignShop, campaign_id: UUID, state: str) -> tuple[UUID, UUID]:
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, member_id FROM campaigns_delivery WHERE merchant_id = %s AND campaign_id = %s AND state = %s "
            "ORDER BY id LIMIT 1",
            [shop.merchant.id, campaign_id, state],
        )
        found: tuple[UUID, UUID] | None = cursor.fetchone()
        assert found is not None
        return found


def claim(shop: CampaignShop, delivery_id: UUID) -> None:
    sql(
        shop,
        "UPDATE campaigns_delivery SET state = 'sending' WHERE merchant_id = %s AND id = %s",
        shop.merchant.id,
        delivery_id,
    )


def attempt(shop: CampaignShop, delivery_id: UUID, *, number: int = 1, state: str = "sending") -> tuple[Any, ...]:
    return (
        INSERT_ATTEMPT,
        shop.merchant.id,
        new_id(),
        delivery_id,
        number,
        state,
        f"<{delivery_id.hex}@x>",
        NOW,
        NOW + timedelta(minutes=5),
        new_id(),
    )


# --- I17: one row per member and per address, and the audience stays frozen --------------------------------------


def test_no_member_and_no_address_twice(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=0))
    copy = (
        "INSERT INTO campaigns_delivery (merchant_id, id, campaign_id, member_id, address_hash, state, reason, due_at, "
        "measured_from, tries, deferrals, created_at) SELECT merchant_id, uuidv7(), campaign_id, {member}, {address}, "
        "'queued', '', due_at, measured_from, 0, 0, created_at FROM campaigns_delivery "
        "WHERE merchant_id = %s AND campaign_id = %s LIMIT 1"
    )
    [other] = shop.add_members(1)
    values = (shop.merchant.id, facts.id)
    refused(shop, copy.format(member="member_id", address="sha256('x')"), *values, by="delivery_member_once")
    refused(shop, copy.format(member=f"'{other}'::uuid", address="address_hash"), *values, by="delivery_address_once")
    refused(shop, copy.format(member=f"'{other}'::uuid", address="sha256('x')"), *values, by="takes no more recipients")


def test_a_frozen_audience_knows_one_occasion(shop: CampaignShop) -> None:
    """Else a second row per member could slip in beside the unique key while a campaign is being prepared."""
    facts = shop.schedule(DRAFT)
    with merchant_scope(shop.merchant.id):
        assert begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=NOW)
    insert = (
        "INSERT INTO campaigns_delivery (merchant_id, id, campaign_id, member_id, occasion_key, state, reason, due_at, "
        "measured_from, tries, deferrals, created_at) VALUES (%s, uuidv7(), %s, %s, %s, 'queued', '', %s, %s, 0, 0, %s)"
    )
    row = (shop.merchant.id, facts.id, min(shop.members))
    refused(shop, insert, *row, "2027", NOW, NOW, NOW, by="one occasion")
    sql(shop, insert, *row, "", NOW, NOW, NOW)


def test_the_occasion_of_a_delivery_stays(shop: CampaignShop) -> None:
    facts = shop.start()
    row, _ = delivery(shop, facts.id, "queued")
    change = "UPDATE campaigns_delivery SET occasion_key = '2027' WHERE merchant_id = %s AND id = %s"
    refused(shop, change, shop.merchant.id, row, by="recipient is frozen")


def test_a_recipient_is_never_exchanged_or_removed(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=0))
    row, _ = delivery(shop, facts.id, "queued")
    change = "UPDATE campaigns_delivery SET {} WHERE merchant_id = %s AND id = %s"
    values = (shop.merchant.id, row)
    refused(shop, change.format("member_id = uuidv7()"), *values, by="recipient is frozen")
    refused(shop, change.format("address_hash = sha256('other')"), *values, by="recipient is frozen")
    refused(shop, "DELETE FROM campaigns_delivery WHERE merchant_id = %s AND id = %s", *values, by="never changed")
    refused(shop, "TRUNCATE campaigns_delivery CASCADE", by="permission denied|never changed")
    sql(shop, change.format("address_hash = NULL"), *values)


def test_control_stays_control_and_accepted_stays_accepted(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=50))
    row, _ = delivery(shop, facts.id, "control")
    queued, _ = delivery(shop, facts.id, "queued")
    change = "UPDATE campaigns_delivery SET state = %s WHERE merchant_id = %s AND id = %s"
    for state in ("queued", "sending", "cancelled"):
        refused(shop, change, state, shop.merchant.id, row, by="control is final")
    refused(shop, change, "control", shop.merchant.id, queued, by="decided when the audience freezes")
    sql(shop, change, "accepted", shop.merchant.id, queued)
    refused(shop, change, "queued", shop.merchant.id, queued, by="accepted is final")


def test_a_campaign_keeps_to_its_road(shop: CampaignShop) -> None:
    facts = shop.start()
    change = "UPDATE campaigns_campaign SET {} WHERE merchant_id = %s AND id = %s"
    values = (shop.merchant.id, facts.id)
    refused(shop, change.format("state = 'draft'"), *values, by="running cannot become draft")
    refused(shop, change.format("state = 'preparing'"), *values, by="running cannot become preparing")
    refused(shop, change.format("frozen_at = now()"), *values, by="audience is frozen")
    refused(shop, change.format("state = 'paused'"), *values, by="campaign_pause_has_reason")


# --- I18: one accepted attempt, none beside an open one ----------------------------------------------------------


def test_one_open_attempt_and_one_accepted(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=0))
    row, _ = delivery(shop, facts.id, "queued")
    claim(shop, row)
    sql(shop, *attempt(shop, row))
    refused(shop, *attempt(shop, row, number=2), by="one_open_attempt")
    refused(shop, *attempt(shop, row), by="attempt_number_once|one_open_attempt")
    end = "UPDATE campaigns_attempt SET {} WHERE merchant_id = %s AND delivery_id = %s"
    values = (shop.merchant.id, row)
    refused(shop, end.format("state = 'accepted'"), *values, by="attempt_handed_over_began")
    sql(shop, end.format("data_started_at = now()"), *values)
    refused(shop, end.format("data_started_at = NULL"), *values, by="it has begun")
    refused(shop, end.format("state = 'abandoned'"), *values, by="may have been handed over")
    sql(shop, end.format("state = 'uncertain', ended_at = now()"), *values)
    refused(shop, *attempt(shop, row, number=2), by="one_open_attempt")
    refused(shop, end.format("state = 'sending', ended_at = NULL"), *values, by="cannot become sending")
    sql(shop, end.format("state = 'accepted'"), *values)
    refused(shop, end.format("state = 'failed'"), *values, by="accepted cannot become failed")
    refused(shop, end.format("message_id = '<other@x>'"), *values, by="it is history")
    refused(
        shop, "DELETE FROM campaigns_attempt WHERE merchant_id = %s AND delivery_id = %s", *values, by="never changed"
    )


# --- I19: no attempt for whom nothing may be sent ----------------------------------------------------------------


def take_consent(shop: CampaignShop, member_id: UUID) -> None:
    with merchant_scope(shop.merchant.id):
        withdraw_consent(merchant=shop.merchant, member_id=member_id, source=ConsentSource.ONE_CLICK, at=NOW)


def take_address(shop: CampaignShop, member_id: UUID) -> None:
    with merchant_scope(shop.merchant.id):
        suppress_address(
            merchant=shop.merchant,
            email=shop.members[member_id],
            reason=SuppressionReason.COMPLAINT,
            at=NOW,
            actor=OWNER,
        )


def take_status(shop: CampaignShop, member_id: UUID) -> None:
    with merchant_scope(shop.merchant.id):
        block(merchant=shop.merchant, member_id=member_id, actor=OWNER, reason="penipuan", at=NOW)


def take_campaign(shop: CampaignShop, member_id: UUID) -> None:
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT campaign_id FROM campaigns_delivery WHERE merchant_id = %s AND member_id = %s",
            [shop.merchant.id, member_id],
        )
        [(campaign_id,)] = cursor.fetchall()
        pause_campaign(merchant=shop.merchant, campaign_id=campaign_id, at=NOW, actor=OWNER)


@pytest.mark.parametrize(
    ("take", "by"),
    [
        (take_consent, "without consent"),
        (take_address, "suppressed address"),
        (take_status, "without consent"),
        (take_campaign, "campaign that is paused"),
    ],
)
def test_no_attempt_once_it_may_not_be_sent(
    shop: CampaignShop, take: Callable[[CampaignShop, UUID], None], by: str
) -> None:
    facts = shop.start(replace(DRAFT, control_percent=0))
    row, member_id = delivery(shop, facts.id, "queued")
    claim(shop, row)
    take(shop, member_id)
    refused(shop, *attempt(shop, row), by=by)


def test_no_attempt_without_a_claim_nor_for_control_nor_ended_at_once(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=50))
    control, _ = delivery(shop, facts.id, "control")
    queued, _ = delivery(shop, facts.id, "queued")
    refused(shop, *attempt(shop, control), by="is control")
    refused(shop, *attempt(shop, queued), by="is queued")
    refused(shop, *attempt(shop, new_id()), by="is unknown")
    claim(shop, queued)
    refused(shop, *attempt(shop, queued, state="accepted"), by="cannot be tried and over at once")


def test_no_attempt_within_the_frequency_cap(shop: CampaignShop) -> None:
    first, second = shop.start(replace(DRAFT, control_percent=0)), shop.start(replace(DRAFT, control_percent=0))
    row, member_id = delivery(shop, second.id, "queued")
    sql(
        shop,
        "UPDATE campaigns_delivery SET sent_at = %s WHERE merchant_id = %s AND campaign_id = %s AND member_id = %s",
        NOW - timedelta(days=6),
        shop.merchant.id,
        first.id,
        member_id,
    )
    claim(shop, row)
    refused(shop, *attempt(shop, row), by="mailed recently")


# --- I20 and I21 -------------------------------------------------------------------------------------------------


def test_one_coupon_per_campaign_and_member(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=0))
    refused(
        shop,
        "INSERT INTO rewards_coupon (merchant_id, id, batch_id, member_id, source_id, code_hmac, code_encrypted, "
        "state, max_uses, committed, reserved, issued_at) SELECT merchant_id, uuidv7(), batch_id, member_id, "
        "source_id, sha256('x'), '', 'issued', 1, 0, 0, issued_at FROM rewards_coupon "
        "WHERE merchant_id = %s AND source_id = %s LIMIT 1",
        shop.merchant.id,
        facts.id,
        by="coupon_occasion_once",
    )


def test_another_merchant_sees_and_writes_nothing(shop: CampaignShop) -> None:
    facts, stranger = shop.start(), lapsed_shop(0)
    with merchant_scope(stranger.merchant.id), connection.cursor() as cursor:
        for table in (
            "campaigns_campaign",
            "campaigns_delivery",
            "campaigns_attempt",
            "campaigns_automation",
            "messaging_suppression",
            "messaging_sendingpolicy",
        ):
            cursor.execute(f"SELECT count(*) FROM {table} WHERE merchant_id = %s", [shop.merchant.id])
            assert cursor.fetchone() == (0,)
        cursor.execute(
            "UPDATE campaigns_campaign SET name = 'x' WHERE merchant_id = %s AND id = %s", [shop.merchant.id, facts.id]
        )
        assert cursor.rowcount == 0
    refused(
        stranger,
        "INSERT INTO messaging_suppression (merchant_id, id, address_hash, reason, created_at) "
        "VALUES (%s, uuidv7(), sha256('x'), 'by_hand', now())",
        shop.merchant.id,
        by="row-level security",
    )


# --- the verifier ------------------------------------------------------------------------------------------------


class _UndoneError(Exception):
    """Rolls a planted corruption back."""


def test_the_verifier_finds_each_planted_corruption(shop: CampaignShop) -> None:
    """Planted where no guard looks; each is taken back before the next."""
    facts = shop.start(replace(DRAFT, control_percent=40))
    shop.check()
    control, member_id = delivery(shop, facts.id, "control")
    queued, _ = delivery(shop, facts.id, "queued")
    claim(shop, queued)
    sql(shop, *attempt(shop, queued))
    found: set[tuple[str, str]] = set()

    def plant(statement: str, *values: Any) -> None:
        with suppress(_UndoneError), merchant_scope(shop.merchant.id), connection.cursor() as cursor:
            cursor.execute(statement, values)
            found.update((v.invariant, v.row_id) for v in verify(merchant=shop.merchant))
            raise _UndoneError

    merchant = shop.merchant.id
    plant("UPDATE campaigns_delivery SET state = 'queued' WHERE merchant_id = %s AND id = %s", merchant, queued)
    assert ("I18", str(queued)) in found
    plant(
        "UPDATE campaigns_attempt SET consent_id = NULL WHERE merchant_id = %s AND delivery_id = %s", merchant, queued
    )
    assert any(invariant == "I19" for invariant, _ in found)
    plant(
        "INSERT INTO messaging_suppression (merchant_id, id, address_hash, reason, created_at) SELECT merchant_id, "
        "uuidv7(), address_hash, 'complaint', created_at - interval '1 hour' FROM campaigns_delivery "
        "WHERE merchant_id = %s AND id = %s",
        merchant,
        queued,
    )
    plant(
        "UPDATE rewards_coupon SET member_id = %s WHERE merchant_id = %s AND id = (SELECT id FROM rewards_coupon "
        "WHERE merchant_id = %s AND source_id = %s LIMIT 1)",
        member_id,
        merchant,
        merchant,
        facts.id,
    )
    assert ("I20", str(member_id)) in found
    plant("UPDATE campaigns_delivery SET state = 'accepted' WHERE merchant_id = %s AND id = %s", merchant, queued)
    assert control
    assert {invariant for invariant, _ in found} == {"I18", "I19", "I20"}


def test_every_guard_stands() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'campaigns%' AND NOT tgisinternal"
        )
        standing = {row[0] for row in cursor.fetchall()}
    assert set(GUARDS) <= standing
