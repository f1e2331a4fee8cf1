# ruff: noqa: S608 - statements of our own, one to a line
"""Access, till keys, settings, answers; what goods cost."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change

MERCHANTS: Final = (
    Plant(
        "a role nobody gave", "merchants", "A1", "merchants_membership",
        change("merchants_membership", "role = CASE role WHEN 'owner' THEN 'manager' ELSE 'owner' END", "is_active"),
    ),
    Plant(
        "somebody let in past the audit trail", "merchants", "A1", "merchants_membership",
        "WITH who AS (INSERT INTO merchants_user "
        "(id, email, name, password, language, row_height, is_active, joined_at) "
        f"VALUES ({NEW_ID}, 'stranger-' || %(m)s || '@planted.invalid', 'x', '!', 'id', 40, true, now()) RETURNING id) "
        "INSERT INTO merchants_membership (id, merchant_id, user_id, role, shown_name, is_active, created_at) "
        f"SELECT {NEW_ID}, %(m)s, who.id, 'owner', '', true, now() FROM who RETURNING id",
    ),
    Plant(
        "an access that ended and counts again", "merchants", "A1", "merchants_membership",
        change("merchants_membership", "is_active = true", "NOT is_active AND invited_at IS NULL"),
    ),
    Plant(
        "an invitation to more than was offered", "merchants", "A1", "merchants_membership",
        change("merchants_membership", "role = 'owner'", "invited_at IS NOT NULL"),
    ),
    Plant(
        "the answer to a staff form taken away", "merchants", "A4", "merchants_sentform",
        change("merchants_sentform", "answer_url = ''"),
    ),
    Plant(
        "a person tied to an outlet by no one", "merchants", "A10", "merchants_staffoutlet",
        "INSERT INTO merchants_staffoutlet (id, merchant_id, user_id, outlet_id) "
        f"SELECT {NEW_ID}, %(m)s, s.user_id, o.id FROM merchants_membership s JOIN merchants_outlet o "
        "ON o.merchant_id = s.merchant_id WHERE s.merchant_id = %(m)s ORDER BY s.id, o.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "an owner who is held to one outlet", "merchants", "A10", "merchants_membership",
        "WITH tied AS (INSERT INTO merchants_staffoutlet (id, merchant_id, user_id, outlet_id) "
        f"SELECT {NEW_ID}, %(m)s, s.user_id, o.id FROM merchants_membership s JOIN merchants_outlet o "
        "ON o.merchant_id = s.merchant_id WHERE s.merchant_id = %(m)s AND s.role = 'owner' ORDER BY s.id, o.id "
        "LIMIT 1 RETURNING user_id) SELECT s.id FROM merchants_membership s JOIN tied ON tied.user_id = s.user_id "
        "WHERE s.merchant_id = %(m)s",
    ),
    Plant(
        "a tie that the audit trail still has", "merchants", "A10", "merchants_membership",
        "WITH said AS (INSERT INTO merchants_auditentry (id, merchant_id, at, actor_label, action, subject_kind, "
        f"subject_id, after, reason) SELECT {NEW_ID}, %(m)s, now(), 'x', 'staff.outlets_changed', 'user', s.user_id, "
        "'{\"outlet_ids\": [\"x\"]}', '' FROM merchants_membership s WHERE s.merchant_id = %(m)s ORDER BY s.id LIMIT 1 "
        "RETURNING subject_id) SELECT s.id FROM merchants_membership s JOIN said ON said.subject_id = s.user_id "
        "WHERE s.merchant_id = %(m)s",
    ),
    Plant(
        "a till's key nobody issued", "merchants", "A2", "merchants_tillkey",
        "INSERT INTO merchants_tillkey (id, prefix, secret_hash, merchant_id, till_id, scopes, created_at, created_by) "
        f"SELECT {NEW_ID}, 'planted001', sha256('x'), %(m)s, t.id, '[\"redeem\"]', now(), 'x' FROM merchants_till t "
        "WHERE t.merchant_id = %(m)s ORDER BY t.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "a till's key that may do more", "merchants", "A2", "merchants_tillkey",
        change("merchants_tillkey", "scopes = scopes || '[\"everything\"]'", "revoked_at IS NULL"),
    ),
    Plant(
        "a till's key with a secret of one's own", "merchants", "A2", "merchants_tillkey",
        change("merchants_tillkey", "secret_hash = sha256('x')", "revoked_at IS NULL"),
    ),
    Plant(
        "a person let into a sandbox", "merchants", "A9", "merchants_membership",
        "WITH made AS (UPDATE merchants_merchant SET sandbox_of_id = id WHERE id = %(m)s RETURNING id) "
        "SELECT s.id FROM merchants_membership s JOIN made ON made.id = s.merchant_id WHERE s.merchant_id = %(m)s "
        "ORDER BY s.id LIMIT 1",
    ),
    Plant(
        "a test key that leads to the shop", "merchants", "A9", "merchants_tillkey",
        change("merchants_tillkey", "scopes = scopes || '[\"test\"]'", "revoked_at IS NULL"),
    ),
    Plant(
        "a key of a closed till", "merchants", "A2", "merchants_tillkey",
        "WITH closed AS (UPDATE merchants_till t SET closed_at = now() WHERE t.merchant_id = %(m)s AND EXISTS (SELECT "
        "FROM merchants_tillkey k WHERE k.merchant_id = %(m)s AND k.till_id = t.id AND k.revoked_at IS NULL) "
        "RETURNING t.id) SELECT k.id FROM merchants_tillkey k JOIN closed ON closed.id = k.till_id "
        "WHERE k.merchant_id = %(m)s AND k.revoked_at IS NULL ORDER BY k.id LIMIT 1",
    ),
    Plant(
        "a till at work in a closed outlet", "merchants", "A2", "merchants_till",
        "WITH closed AS (UPDATE merchants_outlet SET closed_at = now() WHERE merchant_id = %(m)s RETURNING id) "
        "SELECT t.id FROM merchants_till t JOIN closed ON closed.id = t.outlet_id "
        "WHERE t.merchant_id = %(m)s AND t.kind = 'pos' AND t.closed_at IS NULL ORDER BY t.id LIMIT 1",
    ),
    Plant(
        "a revoked key that opens again", "merchants", "A2", "merchants_tillkey",
        change("merchants_tillkey", "revoked_at = NULL", "revoked_at IS NOT NULL"),
    ),
    Plant(
        "a setting changed past the audit trail", "merchants", "A3", "merchants_merchant",
        "UPDATE merchants_merchant SET max_debt_points = 999999999 WHERE id = %(m)s AND EXISTS (SELECT FROM "
        "merchants_auditentry a WHERE a.merchant_id = %(m)s AND a.action = 'merchant.settings_changed' "
        "AND a.after ? 'max_debt_points') RETURNING id",
    ),
    Plant(
        "the answer to a till taken away", "merchants", "A4", "merchants_claimedkey",
        change("merchants_claimedkey", "body = NULL"),
    ),
    Plant(
        "a file of members that more people may fetch", "merchants", "A7", "merchants_job",
        change("merchants_job", "needs = '{export}'"),
    ),
    Plant(
        "a job that nobody asked for", "merchants", "A7", "merchants_job",
        "INSERT INTO merchants_job (merchant_id, id, kind, parameters, needs, language, asked_by, asked_at, state, "
        f"done, total, fence, attempts, error, file_name, file_bytes) VALUES (%(m)s, {NEW_ID}, 'members_export', "
        "'{}', '{export}', 'id', 'stranger', now(), 'waiting', 0, 0, 0, 0, '', '', 0) "
        "RETURNING id",
    ),
    Plant(
        "a line written into a file that was made", "merchants", "A7", "merchants_jobpart",
        change("merchants_jobpart", "content = content || 'x'"),
    ),
    Plant(
        "an approval that nobody gave", "merchants", "A8", "merchants_approval",
        change(
            "merchants_approval",
            f"state = 'approved', decided_by_id = {NEW_ID}, decided_by = 'x', decided_at = asked_at",
            "state = 'waiting'",
        ),
    ),
    Plant(
        "a refusal turned into an approval", "merchants", "A8", "merchants_approval",
        change("merchants_approval", "state = 'approved'", "state = 'refused'"),
    ),
    Plant(
        "an approval that somebody else had asked for", "merchants", "A8", "merchants_approval",
        change("merchants_approval", f"asked_by_id = {NEW_ID}"),
    ),
    Plant(
        "a file of contacts that nobody approved", "merchants", "A8", "merchants_job",
        "INSERT INTO merchants_job (merchant_id, id, kind, parameters, needs, language, asked_by_id, asked_by, "
        "asked_at, state, done, total, fence, attempts, error, file_name, file_bytes) "
        f"VALUES (%(m)s, {NEW_ID}, 'members_export', "
        "'{\"query\": \"\", \"in_full\": true, \"count\": 900, \"limit\": 100}', '{export}', 'id', "
        f"{NEW_ID}, 'x', now(), 'waiting', 0, 0, 0, 0, '', '', 0) RETURNING id",
    ),
    Plant(
        "a limit of coupons lifted past the audit trail", "merchants", "A3", "merchants_merchant",
        "WITH said AS (INSERT INTO merchants_auditentry (merchant_id, id, at, actor_label, action, subject_kind, "
        f"subject_id, after, reason) VALUES (%(m)s, {NEW_ID}, now(), 'owner', 'merchant.alone_limits_changed', "
        "'merchant', %(m)s, '{\"coupons_alone_amount\": 1000000, \"export_alone_members\": 500}', '')) "
        "SELECT %(m)s::uuid",
    ),
    Plant(
        "a shop without an owner", "merchants", "A1", "merchants_merchant",
        "UPDATE merchants_membership SET is_active = false WHERE merchant_id = %(m)s AND role = 'owner' "
        "RETURNING merchant_id",
    ),
    Plant(
        "an audit entry of nobody", "merchants", "A5", "merchants_auditentry",
        change("merchants_auditentry", "actor_label = ''"),
    ),
    Plant(
        "a shop without a night to come", "merchants", "A6", "merchants_merchant",
        "DELETE FROM merchants_duework WHERE merchant_id = %(m)s AND kind = 'night' RETURNING merchant_id",
    ),
    Plant(
        "a job that no work asks for", "merchants", "A6", "merchants_job",
        "WITH gone AS (DELETE FROM merchants_duework WHERE merchant_id = %(m)s AND kind = 'jobs' RETURNING merchant_id)"
        " SELECT j.id FROM merchants_job j JOIN gone ON gone.merchant_id = j.merchant_id WHERE j.merchant_id = %(m)s "
        "AND j.finished_at IS NULL ORDER BY j.id LIMIT 1",
    ),
    Plant(
        "an event that no work asks for", "merchants", "A6", "merchants_outboxevent",
        "UPDATE merchants_outboxevent SET handled_at = NULL WHERE merchant_id = %(m)s AND id = (SELECT e.id FROM "
        "merchants_outboxevent e WHERE e.merchant_id = %(m)s AND NOT EXISTS (SELECT FROM merchants_duework w WHERE "
        "w.merchant_id = %(m)s AND w.subject_id = e.id) ORDER BY e.id LIMIT 1) RETURNING id",
    ),
)  # fmt: skip

PRODUCTS: Final = (
    Plant(
        "a product that is not found by its code",
        "products",
        "P7",
        "products_product",
        change("products_product", "sku_key = sku_key || '-'"),
    ),
    Plant(
        "what goods had cost first taken away",
        "products",
        "P6",
        "products_productcost",
        "WITH gone AS (DELETE FROM products_productcost WHERE merchant_id = %(m)s AND id = (SELECT c.id FROM "
        "products_productcost c WHERE c.merchant_id = %(m)s AND c.number = 1 AND EXISTS (SELECT FROM "
        "products_productcost n WHERE n.merchant_id = %(m)s AND n.product_id = c.product_id "
        "AND n.starts_on = c.starts_on AND n.number = 2) ORDER BY c.id LIMIT 1) RETURNING product_id, starts_on) "
        "SELECT n.id FROM products_productcost n JOIN gone ON gone.product_id = n.product_id "
        "AND gone.starts_on = n.starts_on WHERE n.merchant_id = %(m)s AND n.number = 2",
    ),
)
