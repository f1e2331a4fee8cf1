"""Raw SQL as the application role that tries to mail people it must not: every guard refuses (I17-I20)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from campaigns.invariants import GUARDS, verify
from campaigns.operations import begin_freezing
from common.violations import Violation
from merchants.tenancy import merchant_scope
from messaging import invariants as messaging_invariants
from tests.campaign_shop import DRAFT, NOW, CampaignShop, lapsed_shop
from tests.database.message_rows import attempt, claim, delivery, refused, sql

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def shop() -> CampaignShop:
    return lapsed_shop(12)


# --- I17: one row per member and per address, and the audience stays frozen --------------------------------------


def test_no_member_and_no_address_twice(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=0))
    copy = (
        "INSERT INTO campaigns_delivery (merchant_id, id, campaign_id, member_id, address_hash, place, reason, "
        "measured_from, created_at) SELECT merchant_id, uuidv7(), campaign_id, {member}, {address}, "
        "'treated', '', measured_from, created_at FROM campaigns_delivery "
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
        "INSERT INTO campaigns_delivery (merchant_id, id, campaign_id, member_id, occasion_key, place, reason, "
        "measured_from, created_at) VALUES (%s, uuidv7(), %s, %s, %s, 'treated', '', %s, %s)"
    )
    row = (shop.merchant.id, facts.id, min(shop.members))
    refused(shop, insert, *row, "2027", NOW, NOW, by="one occasion")
    sql(shop, insert, *row, "", NOW, NOW)


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
    change = "UPDATE campaigns_delivery SET place = %s WHERE merchant_id = %s AND id = %s"
    for place in ("treated", "excluded"):
        refused(shop, change, place, shop.merchant.id, row, by="control is final")
    refused(shop, change, "control", shop.merchant.id, queued, by="treated is final")
    change = "UPDATE messaging_message SET state = %s WHERE merchant_id = %s AND id = %s"
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
            "messaging_dispatch",
            "messaging_message",
            "messaging_attempt",
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


def both(shop: CampaignShop) -> list[Violation]:
    return [*verify(merchant=shop.merchant), *messaging_invariants.verify(merchant=shop.merchant)]


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
            found.update((v.invariant, v.row_id) for v in both(shop))
            raise _UndoneError

    merchant = shop.merchant.id
    plant("UPDATE messaging_message SET state = 'queued' WHERE merchant_id = %s AND id = %s", merchant, queued)
    assert ("I18", str(queued)) in found
    plant("UPDATE messaging_attempt SET consent_id = NULL WHERE merchant_id = %s AND message_id = %s", merchant, queued)
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
    plant("UPDATE messaging_message SET state = 'accepted' WHERE merchant_id = %s AND id = %s", merchant, queued)
    assert control
    assert {invariant for invariant, _ in found} == {"I18", "I19", "I20"}


def test_every_guard_is_in_place() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger "
            "WHERE tgrelid::regclass::text ~ '^(campaigns|messaging)_' AND NOT tgisinternal"
        )
        standing = {row[0] for row in cursor.fetchall()}
    assert set(GUARDS) | set(messaging_invariants.GUARDS) <= standing
