# ruff: noqa: S608 - statements of our own, one to a line
"""Members, their cards, consents and tiers."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change, row_of

MEMBERS: Final = (
    Plant(
        "a consent that was never given", "members", "M1", "members_member",
        change("members_member", "promo_email = NOT promo_email"),
    ),
    Plant(
        "an answer to consent taken away", "members", "M1", "members_member",
        "DELETE FROM members_consent c WHERE c.merchant_id = %(m)s AND c.granted AND c.seq = 1 AND c.id = "
        + row_of("members_consent", "granted AND seq = 1") + " RETURNING c.member_id",
    ),
    Plant("a wallet shared by who holds no phone", "members", "M20", "members_member",
          change("members_member", "shares_wallet = true", "phone IS NULL AND erased_at IS NULL")),
    Plant("a member blocked without a word", "members", "M10", "members_member",
          change("members_member", "status = 'blocked'", "status = 'active'")),
    Plant("a member whose data may not be used, without a word", "members", "M11", "members_member",
          change("members_member", "restricted_at = now()", "restricted_at IS NULL AND status <> 'merged'")),
    Plant(
        "a request about a member's data closed without a word", "members", "M12", "members_datarequest",
        "INSERT INTO members_datarequest (merchant_id, id, member_id, kind, asker, method, identity, recorded_by, "
        "received_at, recorded_at, due_at, state, done, closed_at, closed_by) "
        f"SELECT %(m)s, {NEW_ID}, m.id, 'access', 'member', 'phone', 'card', 'x', now(), now(), "
        "now() + interval '72 hours', 'done', 'file_given', now(), 'x' FROM members_member m "
        "WHERE m.merchant_id = %(m)s ORDER BY m.id LIMIT 1 RETURNING id",
    ),
    Plant("a member called erased who is still known", "members", "M15", "members_member",
          change("members_member", "status = 'erased', erased_at = now()", "status = 'active' AND name <> ''")),
    Plant(
        "a request for erasure closed without one", "members", "M15", "members_datarequest",
        "INSERT INTO members_datarequest (merchant_id, id, member_id, kind, asker, method, identity, recorded_by, "
        "received_at, recorded_at, due_at, stopped_at, state, done, closed_at, closed_by) "
        f"SELECT %(m)s, {NEW_ID}, m.id, 'erasure', 'member', 'phone', 'card', 'x', now(), now(), "
        "now() + interval '30 days', now(), 'done', 'erased', now(), 'x' FROM members_member m "
        "WHERE m.merchant_id = %(m)s AND m.erased_at IS NULL ORDER BY m.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "a parent who agreed to nothing", "members", "M18", "members_guardian",
        "INSERT INTO members_guardian (merchant_id, id, member_id, name, relation, method, agreed_on, recorded_at, "
        f"recorded_by) SELECT %(m)s, {NEW_ID}, m.id, 'x', 'parent', 'phone', '2026-01-01', now(), 'x' "
        "FROM members_member m WHERE m.merchant_id = %(m)s ORDER BY m.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "a child made to agree to offers", "members", "M18", "members_consent",
        "UPDATE members_member SET birth_date = current_date - 3000 WHERE merchant_id = %(m)s AND id = (SELECT "
        "c.member_id FROM members_consent c WHERE c.merchant_id = %(m)s AND c.granted AND NOT EXISTS (SELECT FROM "
        "merchants_auditentry a WHERE a.merchant_id = %(m)s AND a.subject_id = c.member_id) ORDER BY c.id LIMIT 1); "
        "SELECT c.id FROM members_consent c JOIN members_member m ON m.merchant_id = %(m)s AND m.id = c.member_id "
        "WHERE c.merchant_id = %(m)s AND c.granted AND m.birth_date = current_date - 3000 ORDER BY c.id LIMIT 1",
    ),
    Plant("a card with a number of its own", "members", "M3", "members_card",
          change("members_card", "number = '184212345675'", "revoked_at IS NULL")),
    Plant(
        "a stranger's waiting card put in force", "members", "M7", "members_card",
        "UPDATE members_card SET revoked_at = now(), revoked_reason = 'x' WHERE merchant_id = %(m)s "
        "AND revoked_at IS NULL AND confirmed_at IS NOT NULL AND member_id = (SELECT member_id FROM members_card "
        "WHERE merchant_id = %(m)s AND revoked_at IS NULL AND confirmed_at IS NULL ORDER BY id LIMIT 1); "
        + change("members_card", "confirmed_at = issued_at + interval '1 hour', shown_name = '', number = '6666669'",
                  "revoked_at IS NULL AND confirmed_at IS NULL"),
    ),
    Plant(
        "an ended link that opens again", "members", "M7", "members_card",
        change("members_card", "revoked_at = NULL, revoked_reason = ''",
                "confirmed_at IS NULL AND revoked_reason = 'another card was confirmed'"),
    ),
    Plant(
        "a till held to a waiting card that is none", "members", "M7", "members_waitingcardshown",
        "INSERT INTO members_waitingcardshown (merchant_id, id, till_id, member_id, shown_at) "
        f"SELECT %(m)s, {NEW_ID}, (SELECT id FROM merchants_till t WHERE t.merchant_id = %(m)s ORDER BY id LIMIT 1), "
        "m.id, now() FROM members_member m WHERE m.merchant_id = %(m)s AND NOT EXISTS (SELECT FROM members_card c "
        "WHERE c.merchant_id = %(m)s AND c.member_id = m.id AND c.confirmed_at IS NULL) ORDER BY m.id LIMIT 1 "
        "RETURNING id",
    ),
    Plant(
        "a code for the till that never ends", "members", "M8", "members_verificationcode",
        change("members_verificationcode", "expires_at = expires_at + interval '1 year'"),
    ),
    Plant(
        "a move between tiers that began elsewhere", "members", "M5", "members_tiermove",
        change("members_tiermove", "from_tier_id = to_tier_id",
                "id = (SELECT max(id::text)::uuid FROM members_tiermove WHERE merchant_id = %(m)s "
                "GROUP BY member_id HAVING count(*) > 1 LIMIT 1)"),
    ),
    Plant(
        "a sale paid before its member joined, that nobody gives them", "members", "M9", "members_awaitedmember",
        "INSERT INTO members_awaitedmember (merchant_id, id, sale_id, kind, contact_hash, noted_at, member_id) "
        f"SELECT %(m)s, {NEW_ID}, {NEW_ID}, 'phone', '\\x00', now(), m.id FROM members_member m "
        "WHERE m.merchant_id = %(m)s ORDER BY m.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "a contact kept for ever", "members", "M9", "members_awaitedmember",
        "INSERT INTO members_awaitedmember (merchant_id, id, sale_id, kind, contact_hash, noted_at) "
        f"SELECT %(m)s, {NEW_ID}, {NEW_ID}, 'phone', '\\x00', '2001-01-01' FROM merchants_nightrun n "
        "WHERE n.merchant_id = %(m)s AND n.finished_at IS NOT NULL ORDER BY n.business_date LIMIT 1 RETURNING id",
    ),
    Plant(
        "a member without a card", "members", "M4", "members_member",
        "UPDATE members_card SET revoked_at = now(), revoked_reason = 'x' WHERE merchant_id = %(m)s AND member_id = "
        + row_of("members_member", "status = 'active'") + " RETURNING member_id",
    ),
    Plant(
        "a tier nobody reached", "members", "M5", "members_member",
        change("members_member", "tier_id = (SELECT id FROM members_tier t WHERE t.merchant_id = %(m)s "
                "AND t.id IS DISTINCT FROM members_member.tier_id ORDER BY t.rank DESC LIMIT 1)",
                "id IN (SELECT member_id FROM members_tiermove v WHERE v.merchant_id = %(m)s)"),
    ),
    Plant(
        "a member who brought themselves", "members", "M2", "members_member",
        change("members_member", "referred_by_id = id"),
    ),
    Plant(
        "an address with a mark that nobody sees", "members", "M6", "members_member",
        change("members_member",
               "phone = phone || chr(8203)",
               "phone IS NOT NULL"),
    ),
    Plant(
        "a number once given up that is nobody's", "members", "M6", "members_formercontact",
        change("members_formercontact", "contact_hash = 'x'"),
    ),
    Plant(
        "an answer to consent that was not the first", "members", "M1", "members_consent",
        change("members_consent", "seq = seq + 100"),
    ),
    Plant(
        "a member with a number of another's choice", "members", "M3", "members_member",
        change("members_member", "number = '184212345675'"),
    ),
)  # fmt: skip
