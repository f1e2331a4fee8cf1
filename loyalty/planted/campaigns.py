# ruff: noqa: S608 - statements of our own, one to a line
"""Mails."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change, delete

CAMPAIGNS: Final = (
    Plant(
        "a mail to somebody who was held back", "campaigns", "I19", "messaging_message",
        change("campaigns_delivery", "place = 'control'",
               "id IN (SELECT m.id FROM messaging_message m WHERE m.merchant_id = %(m)s)"),
    ),
    Plant(
        "a member who is to be written to and has no mail", "campaigns", "I18", "campaigns_delivery",
        change("campaigns_delivery", "id = gen_random_uuid()",
               "id IN (SELECT m.id FROM messaging_message m WHERE m.merchant_id = %(m)s)"),
    ),
    Plant(
        "a mail that was never sent and says it was", "messaging", "I18", "messaging_message",
        delete("messaging_attempt", "state = 'accepted'", "message_id"),
    ),
    Plant(
        "a mail for another purpose than its dispatch", "messaging", "I18", "messaging_message",
        change("messaging_message", "purpose = 'care'", "purpose = 'promo'"),
    ),
    Plant(
        "a mail of a sandbox", "messaging", "I19", "messaging_attempt",
        "WITH made AS (UPDATE merchants_merchant SET sandbox_of_id = id WHERE id = %(m)s RETURNING id) "
        "SELECT a.id FROM messaging_attempt a JOIN made ON made.id = a.merchant_id WHERE a.merchant_id = %(m)s "
        "ORDER BY a.id LIMIT 1",
    ),
    Plant(
        "a mail nobody consented to", "messaging", "I19", "messaging_attempt",
        change("messaging_attempt", "consent_id = NULL"),
    ),
    Plant(
        "somebody slipped into an audience", "campaigns", "I17", "campaigns_delivery",
        change("campaigns_delivery", "created_at = created_at + interval '1 day'",
               "campaign_id IN (SELECT c.id FROM campaigns_campaign c "
               "WHERE c.merchant_id = %(m)s AND c.kind = 'campaign')"),
    ),
    Plant(
        "a second occasion for an audience that has one", "campaigns", "I17", "campaigns_delivery",
        change("campaigns_delivery", "occasion_key = '2027'",
               "campaign_id IN (SELECT c.id FROM campaigns_campaign c "
               "WHERE c.merchant_id = %(m)s AND c.kind = 'campaign')"),
    ),
    Plant(
        "a mail to an address that had asked for none", "messaging", "I19", "messaging_attempt",
        "INSERT INTO messaging_suppression (merchant_id, id, address_hash, reason, created_at) "
        f"SELECT a.merchant_id, {NEW_ID}, d.address_hash, 'by_hand', a.started_at - interval '1 day' "
        "FROM messaging_attempt a JOIN messaging_message d ON d.merchant_id = %(m)s AND d.id = a.message_id "
        "WHERE a.merchant_id = %(m)s AND d.address_hash IS NOT NULL ORDER BY a.id LIMIT 1 "
        "RETURNING (SELECT min(a.id::text) FROM messaging_attempt a JOIN messaging_message d "
        "ON d.merchant_id = %(m)s AND d.id = a.message_id WHERE a.merchant_id = %(m)s "
        "AND d.address_hash = messaging_suppression.address_hash)",
    ),
    Plant(
        "an address that is mailed again past the audit trail", "messaging", "I19", "messaging_suppression",
        delete("messaging_suppression", "id IN (SELECT a.subject_id FROM merchants_auditentry a "
               "WHERE a.merchant_id = %(m)s AND a.action = 'address.suppressed')"),
    ),
    Plant(
        "a guard of the mails switched off", "messaging", "I18", "pg_trigger",
        "ALTER TABLE messaging_attempt DISABLE TRIGGER attempt_is_allowed; SELECT 'attempt_is_allowed'",
    ),
    Plant(
        "a guard of audiences switched off", "campaigns", "I17", "pg_trigger",
        "ALTER TABLE campaigns_delivery DISABLE TRIGGER delivery_moves; SELECT 'delivery_moves'",
    ),
    Plant(
        "a campaign whose time no work waits for", "campaigns", "A6", "campaigns_campaign",
        "WITH gone AS (DELETE FROM merchants_duework WHERE merchant_id = %(m)s AND kind = 'campaign') "
        + change("campaigns_campaign", "state = 'scheduled', scheduled_at = now()", "kind = 'campaign'"),
    ),
    Plant(
        "mails that no work hands over", "messaging", "A6", "messaging_dispatch",
        "WITH gone AS (DELETE FROM merchants_duework WHERE merchant_id = %(m)s AND kind = 'messages') "
        + change("messaging_message", "state = 'sending'", "state = 'accepted'", "dispatch_id"),
    ),
)  # fmt: skip
