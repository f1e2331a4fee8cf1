# ruff: noqa: S608, E501 - statements of our own, one to a line
"""What a person who can write to the database could change to gain money or rights, or to hide that they did.

Each is one change. `statement` says it in SQL, returning the id of the row that `verify` has to name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Plant:
    """`app`: whose verification has to find it, as `invariant` on `table`."""

    name: str
    app: str
    invariant: str
    table: str
    statement: str


def _row(table: str, condition: str = "true") -> str:
    return f"(SELECT id FROM {table} WHERE merchant_id = %(m)s AND {condition} ORDER BY id LIMIT 1)"


def _change(table: str, change: str, condition: str = "true", returning: str = "id") -> str:
    return (
        f"UPDATE {table} SET {change} WHERE merchant_id = %(m)s AND id = {_row(table, condition)} RETURNING {returning}"
    )


def _delete(table: str, condition: str = "true", returning: str = "id") -> str:
    return f"DELETE FROM {table} WHERE merchant_id = %(m)s AND id = {_row(table, condition)} RETURNING {returning}"


_MEMBERS_ACCOUNT: Final = "owner_id IS NOT NULL AND unit = 'points' AND balance > 0 AND held = 0"
_NEW_ID: Final = "gen_random_uuid()"

LEDGER: Final = (
    Plant(
        "points given to an account", "ledger", "I4", "ledger_account",
        _change("ledger_account", "balance = balance + 1000", _MEMBERS_ACCOUNT),
    ),
    Plant(
        "a transfer worth more than its entries", "ledger", "I2", "ledger_transfer",
        _change("ledger_transfer", "change = change + 1000", "change > 0"),
    ),
    Plant(
        "an entry of another amount", "ledger", "I2", "ledger_transfer",
        _change("ledger_entry", "amount = amount + 5", "account_seq IS NULL", "transfer_id"),
    ),
    Plant(
        "an entry taken away", "ledger", "I2", "ledger_transfer",
        _delete("ledger_entry", "account_seq IS NULL", "transfer_id"),
    ),
    Plant(
        "a balance written over in the chain", "ledger", "I4", "ledger_entry",
        _change("ledger_entry", "balance_after = balance_after + 1", "account_seq IS NOT NULL"),
    ),
    Plant(
        "a lot that is worth more", "ledger", "I6", "ledger_account",
        _change("ledger_lot", "amount = amount + 500, remaining = remaining + 500", "remaining > 0", "account_id"),
    ),
    Plant(
        "spent points that are there again", "ledger", "I6", "ledger_lot",
        _change("ledger_lot", "remaining = amount, uses = 0", "remaining < amount"),
    ),
    Plant("a use of a lot taken away", "ledger", "I6", "ledger_lot", _delete("ledger_lotuse", returning="lot_id")),
    Plant(
        "a hold that is not set aside", "ledger", "I4", "ledger_hold",
        _change("ledger_hold", "amount = amount + 1", "state = 'open'"),
    ),
    Plant(
        "a debt forgiven", "ledger", "I6", "ledger_account",
        _change("ledger_account", "debt = 0, balance = balance + debt", "debt > 0"),
    ),
    Plant(
        "points by hand without an audit entry", "ledger", "I24", "ledger_transfer",
        "DELETE FROM merchants_auditentry WHERE merchant_id = %(m)s AND subject_kind = 'transfer' RETURNING subject_id",
    ),
)  # fmt: skip

SEALS: Final = (
    Plant(
        "a sealed transfer that began earlier", "ledger", "I11", "ledger_transfer",
        _change("ledger_transfer", "at = at - interval '400 days'"),
    ),
    Plant(
        "points made to last longer after they were sealed", "ledger", "I11", "ledger_transfer",
        _change("ledger_lot", "expires_on = coalesce(expires_on, available_on) + 3650",
                "remaining > 0 AND origin_lot_id IS NULL", "transfer_id"),
    ),
    Plant(
        "an audit entry of another actor", "ledger", "I11", "merchants_auditentry",
        _change("merchants_auditentry", f"actor_id = {_NEW_ID}"),
    ),
    Plant("an audit entry taken away", "ledger", "I11", "merchants_auditentry", _delete("merchants_auditentry")),
    Plant(
        "an audit entry slipped in for a day long gone", "ledger", "I11", "merchants_auditentry",
        "INSERT INTO merchants_auditentry (merchant_id, id, at, actor_label, action, subject_kind, reason) "
        "VALUES (%(m)s, '00000000-0000-7000-8000-00000000abcd', now() - interval '90 days', 'owner', 'till.added', "
        "'till', '') RETURNING id",
    ),
    Plant(
        "a block of seals taken away", "ledger", "I11", "ledger_sealedblock",
        "WITH gone AS (DELETE FROM ledger_sealedblock WHERE merchant_id = %(m)s AND number = 1) "
        "SELECT id FROM ledger_sealedblock WHERE merchant_id = %(m)s AND number = 2",
    ),
    Plant(
        "a block sealed again over other rows", "ledger", "I11", "ledger_sealedblock",
        _change("ledger_sealedblock", "transfer_ids = '{}', transfer_hashes = '{}'", "cardinality(transfer_ids) > 0"),
    ),
)  # fmt: skip

SALES: Final = (
    Plant(
        "a sale that earned more", "sales", "I8", "sales_sale",
        _change("sales_sale", "points_earned = points_earned + 100", "points_earned > 0"),
    ),
    Plant(
        "a sale that spent less", "sales", "I8", "sales_sale",
        _change("sales_sale", "points_redeemed = points_redeemed - 1", "points_redeemed > points_returned + 1"),
    ),
    Plant(
        "a sale of another total", "sales", "I10", "sales_sale",
        _change("sales_sale", "total_amount = total_amount - 1, subtotal_amount = subtotal_amount - 1",
                "total_amount > refunded_amount + 10"),
    ),
    Plant("a line taken away", "sales", "I10", "sales_sale", _delete("sales_saleline", returning="sale_id")),
    Plant(
        "a line with a discount nobody gave", "sales", "I10", "sales_saleline",
        _change("sales_saleline", "discount_amount = discount_amount + 1"),
    ),
    Plant(
        "goods that came back and are sold again", "sales", "I10", "sales_saleline",
        _change("sales_saleline", "returned_quantity = 0, returned_amount = 0", "returned_quantity > 0"),
    ),
    Plant(
        "a refund that handed out more", "sales", "I10", "sales_refund",
        _change("sales_refund", "amount = goods_amount + 1000"),
    ),
    Plant("a refund's line taken away", "sales", "I10", "sales_refund",
          _delete("sales_refundline", returning="refund_id")),
    Plant(
        "a sale that was refunded and says it was not", "sales", "I10", "sales_sale",
        _change("sales_sale", "status = 'completed'", "status IN ('refunded', 'partially_refunded')"),
    ),
    Plant(
        "a sale nobody had to pay", "sales", "I9", "sales_sale",
        _change("sales_sale", "payable_amount = -1"),
    ),
    Plant(
        "points of a sale that is another's", "sales", "I8", "ledger_transfer",
        _change("sales_sale", f"member_id = {_row('members_member', 'purchase_count = 0')}", "points_earned > 0",
                "(SELECT transfer_id FROM ledger_movement t WHERE t.merchant_id = %(m)s AND t.source_id = sales_sale.id "
                "AND t.kind = 'earn' ORDER BY 1 LIMIT 1)"),
    ),
    Plant(
        "points for a sale that never was", "sales", "I8", "ledger_transfer",
        _change("ledger_transfer", f"source_id = {_NEW_ID}", "source_kind = 'sale' AND kind = 'earn'"),
    ),
    Plant(
        "a sale claimed and never recorded", "sales", "I9", "sales_sale",
        _change("sales_sale", "recorded_at = NULL"),
    ),
    Plant(
        "a member who bought more than they did", "sales", "P5", "members_member",
        _change("members_member", "spend_amount = spend_amount + 1000000"),
    ),
)  # fmt: skip

REWARDS: Final = (
    Plant(
        "a coupon that may be used again", "rewards", "I12", "rewards_coupon",
        _change("rewards_coupon", "committed = 0, state = 'issued'", "committed > 0"),
    ),
    Plant(
        "a coupon for more uses than its batch", "rewards", "I12", "rewards_coupon",
        _change("rewards_coupon", "max_uses = 1000"),
    ),
    Plant(
        "a reservation that is counted twice", "rewards", "I15", "rewards_coupon",
        _change("rewards_coupon", "reserved = reserved + 1"),
    ),
    Plant(
        "the proof of a coupon's use taken away", "rewards", "I12", "rewards_coupon",
        _delete("rewards_couponredemption", returning="coupon_id"),
    ),
    Plant(
        "a promotion that spent nothing", "rewards", "I14", "rewards_promotion",
        _change("rewards_promotion", "used_count = 0, spent_amount = 0", "used_count > 0"),
    ),
    Plant(
        "a promotion's first version taken away", "rewards", "I14", "rewards_promotionversion",
        _delete("rewards_promotionversion", returning="promotion_id"),
    ),
    Plant(
        "a gift card worth more", "rewards", "I8", "rewards_giftcard",
        _change("rewards_giftcard", "amount = amount + 100000", "transfer_id IS NOT NULL"),
    ),
    Plant(
        "money on a card that was cancelled", "rewards", "I4", "rewards_giftcard",
        _change("rewards_giftcard", "state = 'cancelled'",
                "id IN (SELECT owner_id FROM ledger_balance b WHERE b.merchant_id = %(m)s AND b.balance > 0)"),
    ),
    Plant(
        "a batch of gift cards with one more", "rewards", "I8", "rewards_giftcardbatch",
        _change("rewards_giftcardbatch", "count = count + 1"),
    ),
    Plant(
        "a top-up that was never paid in", "rewards", "I8", "rewards_topup",
        _change("rewards_topup", "amount = amount + 50000"),
    ),
    Plant(
        "a reward in stock that was taken", "rewards", "P3", "rewards_reward",
        _change("rewards_reward", "stock = stock + 10", "stock IS NOT NULL"),
    ),
    Plant(
        "a redemption that cost less", "rewards", "P3", "rewards_redemption",
        _change("rewards_redemption", "points = 1", "status = 'completed' AND points > 1"),
    ),
    Plant(
        "a redemption taken away", "rewards", "P3", "ledger_transfer",
        "DELETE FROM rewards_redemption WHERE merchant_id = %(m)s AND id = "
        "(SELECT source_id FROM ledger_movement t WHERE t.merchant_id = %(m)s AND t.source_kind = 'redemption' "
        "ORDER BY 1 LIMIT 1) RETURNING (SELECT transfer_id FROM ledger_movement t WHERE t.merchant_id = %(m)s "
        "AND t.source_id = rewards_redemption.id ORDER BY 1 LIMIT 1)",
    ),
    Plant(
        "a referral that brought more", "rewards", "R5", "rewards_referralgrant",
        _change("rewards_referralgrant", "amount = amount + 20000", "kind <> 'coupon'"),
    ),
    Plant(
        "a stamp card with one stamp more", "rewards", "R6", "rewards_stampcard",
        _change("rewards_stampcard", "have = have + 1"),
    ),
    Plant(
        "the proof of a stamp taken away", "rewards", "R6", "rewards_stampcard",
        _delete("rewards_stampentry", returning="stamp_card_id"),
    ),
    Plant(
        "points beyond what a cap lets a member earn", "rewards", "I14", "rewards_pointstally",
        _change("rewards_pointstally", "used_points = 0", "used_points > 0"),
    ),
)  # fmt: skip

MEMBERS: Final = (
    Plant(
        "a consent that was never given", "members", "M1", "members_member",
        _change("members_member", "promo_email = NOT promo_email"),
    ),
    Plant(
        "an answer to consent taken away", "members", "M1", "members_member",
        "DELETE FROM members_consent c WHERE c.merchant_id = %(m)s AND c.granted AND c.seq = 1 AND c.id = "
        + _row("members_consent", "granted AND seq = 1") + " RETURNING c.member_id",
    ),
    Plant("a card with a number of its own", "members", "M3", "members_card",
          _change("members_card", "number = '184212345675'", "revoked_at IS NULL")),
    Plant(
        "a member without a card", "members", "M4", "members_member",
        "UPDATE members_card SET revoked_at = now(), revoked_reason = 'x' WHERE merchant_id = %(m)s AND member_id = "
        + _row("members_member", "status = 'active'") + " RETURNING member_id",
    ),
    Plant(
        "a tier nobody reached", "members", "M5", "members_member",
        _change("members_member", "tier_id = (SELECT id FROM members_tier t WHERE t.merchant_id = %(m)s "
                "AND t.id IS DISTINCT FROM members_member.tier_id ORDER BY t.rank DESC LIMIT 1)",
                "id IN (SELECT member_id FROM members_tiermove v WHERE v.merchant_id = %(m)s)"),
    ),
    Plant(
        "a member who brought themselves", "members", "M2", "members_member",
        _change("members_member", "referred_by_id = id"),
    ),
)  # fmt: skip

MERCHANTS: Final = (
    Plant(
        "a role nobody gave", "merchants", "A1", "merchants_membership",
        _change("merchants_membership", "role = CASE role WHEN 'owner' THEN 'manager' ELSE 'owner' END", "is_active"),
    ),
    Plant(
        "somebody let in past the audit trail", "merchants", "A1", "merchants_membership",
        "WITH who AS (INSERT INTO merchants_user "
        "(id, email, name, password, language, row_height, is_active, joined_at) "
        f"VALUES ({_NEW_ID}, 'stranger-' || %(m)s || '@planted.invalid', 'x', '!', 'id', 40, true, now()) RETURNING id) "
        "INSERT INTO merchants_membership (id, merchant_id, user_id, role, shown_name, is_active, created_at) "
        f"SELECT {_NEW_ID}, %(m)s, who.id, 'owner', '', true, now() FROM who RETURNING id",
    ),
    Plant(
        "a till's key nobody issued", "merchants", "A2", "merchants_tillkey",
        "INSERT INTO merchants_tillkey (id, prefix, secret_hash, merchant_id, till_id, scopes, created_at, created_by) "
        f"SELECT {_NEW_ID}, 'planted001', sha256('x'), %(m)s, t.id, '[\"redeem\"]', now(), 'x' FROM merchants_till t "
        "WHERE t.merchant_id = %(m)s ORDER BY t.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "a till's key that may do more", "merchants", "A2", "merchants_tillkey",
        _change("merchants_tillkey", "scopes = scopes || '[\"everything\"]'", "revoked_at IS NULL"),
    ),
    Plant(
        "a revoked key that opens again", "merchants", "A2", "merchants_tillkey",
        _change("merchants_tillkey", "revoked_at = NULL", "revoked_at IS NOT NULL"),
    ),
    Plant(
        "a setting changed past the audit trail", "merchants", "A3", "merchants_merchant",
        "UPDATE merchants_merchant SET max_debt_points = 999999999 WHERE id = %(m)s AND EXISTS (SELECT FROM "
        "merchants_auditentry a WHERE a.merchant_id = %(m)s AND a.action = 'merchant.settings_changed' "
        "AND a.after ? 'max_debt_points') RETURNING id",
    ),
    Plant(
        "the answer to a till taken away", "merchants", "A4", "merchants_claimedkey",
        _change("merchants_claimedkey", "body = NULL"),
    ),
)  # fmt: skip

CAMPAIGNS: Final = (
    Plant(
        "a mail to somebody who was held back", "campaigns", "I19", "campaigns_attempt",
        _change("campaigns_delivery", "state = 'control'",
                "id IN (SELECT delivery_id FROM campaigns_attempt a WHERE a.merchant_id = %(m)s)",
                "(SELECT a.id FROM campaigns_attempt a WHERE a.merchant_id = %(m)s "
                "AND a.delivery_id = campaigns_delivery.id ORDER BY 1 LIMIT 1)"),
    ),
    Plant(
        "a mail that was never sent and says it was", "campaigns", "I18", "campaigns_delivery",
        _delete("campaigns_attempt", "state = 'accepted'", "delivery_id"),
    ),
    Plant(
        "a mail nobody consented to", "campaigns", "I19", "campaigns_attempt",
        _change("campaigns_attempt", "consent_id = NULL"),
    ),
    Plant(
        "somebody slipped into an audience", "campaigns", "I17", "campaigns_delivery",
        _change("campaigns_delivery", "created_at = created_at + interval '1 day'"),
    ),
)  # fmt: skip

GUARDS: Final = (
    Plant(
        "a guard switched off", "ledger", "I1", "pg_trigger",
        "ALTER TABLE sales_sale DISABLE TRIGGER USER; SELECT c.relname || '.' || t.tgname FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relname = 'sales_sale' AND NOT t.tgisinternal ORDER BY 1 LIMIT 1",
    ),
    Plant(
        "a guard of the audit trail taken away", "ledger", "I1", "pg_class",
        "DROP TRIGGER append_only_row ON merchants_auditentry; SELECT 'merchants_auditentry'",
    ),
    Plant(
        "rights to change what was sealed", "ledger", "I1", "pg_class",
        "GRANT UPDATE ON ledger_sealedblock TO {app}; SELECT 'ledger_sealedblock'",
    ),
    Plant(
        "a table open to other merchants", "ledger", "I21", "pg_class",
        "ALTER TABLE rewards_giftcard NO FORCE ROW LEVEL SECURITY; SELECT 'rewards_giftcard'",
    ),
)  # fmt: skip

PLANTS: Final = (*LEDGER, *SEALS, *SALES, *REWARDS, *MEMBERS, *MERCHANTS, *CAMPAIGNS, *GUARDS)
