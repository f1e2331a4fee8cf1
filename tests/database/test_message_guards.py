"""Raw SQL that tries to send what must not be sent: every guard of messages and attempts refuses (I18, I19)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from campaigns.operations import pause_campaign
from common.ids import new_id
from members.facts import ConsentSource
from members.operations import block, restrict_member, withdraw_consent
from merchants.tenancy import merchant_scope
from messaging.facts import Purpose, StaffMessageDraft, SuppressionReason
from messaging.operations import open_dispatch, queue_staff_message, suppress_address
from tests.api.test_sandbox import set_up
from tests.campaign_shop import DRAFT, NOW, OWNER, CampaignShop, lapsed_shop
from tests.database.message_rows import attempt, claim, delivery, refused, sql

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def shop() -> CampaignShop:
    return lapsed_shop(12)


INSERT_MESSAGE = """
INSERT INTO messaging_message (merchant_id, id, dispatch_id, purpose, channel, member_id, address_hash, template_key,
                               state, due_at, created_at)
VALUES (%s, %s, %s, %s, 'email', %s, sha256('x'), 'x', %s, %s, %s)
"""


def test_no_message_for_who_was_not_drawn_for_one(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=50))
    row, member_id = delivery(shop, facts.id, "control")
    [stranger] = shop.add_members(1)
    for message_id, member in ((row, member_id), (new_id(), member_id), (new_id(), stranger)):
        values = (shop.merchant.id, message_id, facts.id, "promo", member, "queued", NOW, NOW)
        refused(shop, INSERT_MESSAGE, *values, by="its member is (control|not in it)")


def test_a_message_begins_by_waiting_for_a_dispatch_of_its_purpose(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=50))
    [member_id] = shop.add_members(1)
    for dispatch_id, purpose, state in (
        (facts.id, "promo", "accepted"),
        (facts.id, "care", "queued"),
        (new_id(), "promo", "queued"),
    ):
        values = (shop.merchant.id, new_id(), dispatch_id, purpose, member_id, state, NOW, NOW)
        refused(shop, INSERT_MESSAGE, *values, by="does not wait for a dispatch|its member is")


def test_a_messages_recipient_is_never_exchanged_and_the_message_stays(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=0))
    row, _ = delivery(shop, facts.id, "queued")
    values = (shop.merchant.id, row)
    change = "UPDATE messaging_message SET {} WHERE merchant_id = %s AND id = %s"
    for exchanged in ("member_id = uuidv7()", "address_hash = sha256('x')", "cap_days = 0", "dispatch_id = uuidv7()"):
        refused(shop, change.format(exchanged), *values, by="recipient is frozen")
    refused(shop, "DELETE FROM messaging_message WHERE merchant_id = %s AND id = %s", *values, by="never changed")
    refused(shop, "TRUNCATE messaging_message CASCADE", by="permission denied|never changed")
    closed = "UPDATE messaging_dispatch SET state = %s, closed_reason = %s WHERE merchant_id = %s AND id = %s"
    sql(shop, closed, "closed", "campaign_cancelled", shop.merchant.id, facts.id)
    refused(shop, closed, "open", "", shop.merchant.id, facts.id, by="it is closed")


def test_the_address_of_a_staff_mail_is_kept_until_it_is_over_and_not_longer(shop: CampaignShop) -> None:
    draft = StaffMessageDraft(id=new_id(), name="N", address="n@x.example", template_key="x", fields={"a": "b"})
    with merchant_scope(shop.merchant.id):
        queue_staff_message(merchant=shop.merchant, draft=draft, at=NOW)
    change, values = "UPDATE messaging_message SET {} WHERE merchant_id = %s AND id = %s", (shop.merchant.id, draft.id)
    refused(shop, change.format("recipient_encrypted = NULL"), *values, by="recipient is frozen")
    for state in ("accepted", "cancelled", "failed", "suppressed"):
        refused(shop, change.format(f"state = '{state}'"), *values, by="message_over_forgets")
        still_filled = change.format(f"state = '{state}', recipient_encrypted = NULL")
        refused(shop, still_filled, *values, by="message_over_forgets")
    over = "state = 'accepted', recipient_encrypted = NULL, fields_encrypted = NULL"
    sql(shop, change.format(over), *values)
    refused(shop, change.format("recipient_encrypted = 'n@x'"), *values, by="recipient is frozen")


def test_a_purpose_without_a_known_consent_is_refused(shop: CampaignShop) -> None:
    """Offers and the program go by the consent to e-mail; the others wait until members can give one of their own."""
    dispatch_id, message_id = new_id(), new_id()
    [member_id] = shop.add_members(1)
    with merchant_scope(shop.merchant.id):
        open_dispatch(merchant=shop.merchant, dispatch_id=dispatch_id, purpose=Purpose.CARE, at=NOW)
    sql(shop, INSERT_MESSAGE, shop.merchant.id, message_id, dispatch_id, "care", member_id, "queued", NOW, NOW)
    claim(shop, message_id)
    refused(shop, *attempt(shop, message_id), by="without consent")


# --- I18: one accepted attempt, none beside an open one ----------------------------------------------------------


def test_one_open_attempt_and_one_accepted(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=0))
    row, _ = delivery(shop, facts.id, "queued")
    claim(shop, row)
    sql(shop, *attempt(shop, row))
    refused(shop, *attempt(shop, row, number=2), by="message_one_open_attempt")
    refused(shop, *attempt(shop, row), by="message_attempt_number_once|message_one_open_attempt")
    end = "UPDATE messaging_attempt SET {} WHERE merchant_id = %s AND message_id = %s"
    values = (shop.merchant.id, row)
    refused(shop, end.format("state = 'accepted'"), *values, by="attempt_handed_over_began")
    sql(shop, end.format("data_started_at = now()"), *values)
    refused(shop, end.format("data_started_at = NULL"), *values, by="it has begun")
    refused(shop, end.format("state = 'abandoned'"), *values, by="may have been handed over")
    sql(shop, end.format("state = 'uncertain', ended_at = now()"), *values)
    refused(shop, *attempt(shop, row, number=2), by="message_one_open_attempt")
    refused(shop, end.format("state = 'sending', ended_at = NULL"), *values, by="cannot become sending")
    sql(shop, end.format("state = 'accepted'"), *values)
    refused(shop, end.format("state = 'failed'"), *values, by="accepted cannot become failed")
    refused(shop, end.format("header_id = '<other@x>'"), *values, by="it is history")
    refused(
        shop, "DELETE FROM messaging_attempt WHERE merchant_id = %s AND message_id = %s", *values, by="never changed"
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


def take_data(shop: CampaignShop, member_id: UUID) -> None:
    with merchant_scope(shop.merchant.id):
        restrict_member(merchant=shop.merchant, member_id=member_id, actor=OWNER, at=NOW)


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
        (take_data, "without consent"),
        (take_campaign, "dispatch that is held"),
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


def test_a_sandbox_writes_to_no_one(shop: CampaignShop) -> None:
    """Campaigns are not copied into a sandbox; if one were written there all the same, nothing of it would leave."""
    sandbox = set_up(shop.merchant)
    trial = CampaignShop(replace(shop.shop, merchant=sandbox))
    trial.add_members(2)
    trial.count_segments()
    row, _ = delivery(trial, trial.start(replace(DRAFT, control_percent=0)).id, "queued")
    claim(trial, row)
    refused(trial, *attempt(trial, row), by="writes to no one")


def test_no_attempt_without_a_claim_nor_for_control_nor_ended_at_once(shop: CampaignShop) -> None:
    facts = shop.start(replace(DRAFT, control_percent=50))
    control, _ = delivery(shop, facts.id, "control")
    queued, _ = delivery(shop, facts.id, "queued")
    refused(shop, *attempt(shop, control), by="is unknown")
    refused(shop, *attempt(shop, queued), by="is queued")
    refused(shop, *attempt(shop, new_id()), by="is unknown")
    claim(shop, queued)
    refused(shop, *attempt(shop, queued, state="accepted"), by="cannot be tried and over at once")


def test_no_attempt_within_the_frequency_cap(shop: CampaignShop) -> None:
    first, second = shop.start(replace(DRAFT, control_percent=0)), shop.start(replace(DRAFT, control_percent=0))
    row, member_id = delivery(shop, second.id, "queued")
    sql(
        shop,
        "UPDATE messaging_message SET sent_at = %s WHERE merchant_id = %s AND dispatch_id = %s AND member_id = %s",
        NOW - timedelta(days=6),
        shop.merchant.id,
        first.id,
        member_id,
    )
    claim(shop, row)
    refused(shop, *attempt(shop, row), by="written to recently")
