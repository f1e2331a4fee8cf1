# ruff: noqa: S608 - statements of our own
"""Points, lots, holds and debts of the book, and its seals."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change, delete

MEMBERS_ACCOUNT: Final = "owner_id IS NOT NULL AND unit = 'points' AND balance > 0 AND held = 0"

SEALED_TRANSFERS: Final = "(SELECT unnest(b.transfer_ids) FROM ledger_sealedblock b WHERE b.merchant_id = %(m)s)"
SEALED_AUDIT: Final = "id IN (SELECT unnest(b.audit_ids) FROM ledger_sealedblock b WHERE b.merchant_id = %(m)s)"

LEDGER: Final = (
    Plant(
        "points given to an account", "ledger", "I4", "ledger_account",
        change("ledger_account", "balance = balance + 1000", MEMBERS_ACCOUNT),
    ),
    Plant(
        "a transfer worth more than its entries", "ledger", "I2", "ledger_transfer",
        change("ledger_transfer", "change = change + 1000", "change > 0"),
    ),
    Plant(
        "an entry of another amount", "ledger", "I2", "ledger_transfer",
        change("ledger_entry", "amount = amount + 5", "account_seq IS NULL", "transfer_id"),
    ),
    Plant(
        "an entry taken away", "ledger", "I2", "ledger_transfer",
        delete("ledger_entry", "account_seq IS NULL", "transfer_id"),
    ),
    Plant(
        "a balance written over in the chain", "ledger", "I4", "ledger_entry",
        change("ledger_entry", "balance_after = balance_after + 1", "account_seq IS NOT NULL"),
    ),
    Plant(
        "a lot that is worth more", "ledger", "I6", "ledger_account",
        change("ledger_lot", "amount = amount + 500, remaining = remaining + 500", "remaining > 0", "account_id"),
    ),
    Plant(
        "spent points that are there again", "ledger", "I6", "ledger_lot",
        change("ledger_lot", "remaining = amount, uses = 0", "remaining < amount"),
    ),
    Plant(
        "points moved in a household without another side", "ledger", "I2", "ledger_transfer",
        change("ledger_transfer", "kind = 'transfer', source_kind = 'household'", "kind = 'redeem'", "source_id"),
    ),
    Plant("a use of a lot taken away", "ledger", "I6", "ledger_lot", delete("ledger_lotuse", returning="lot_id")),
    Plant(
        "a hold that is not set aside", "ledger", "I4", "ledger_hold",
        change("ledger_hold", "amount = amount + 1", "state = 'open'"),
    ),
    Plant(
        "points that last longer on the days of a lot", "ledger", "I6", "ledger_lotdays",
        change("ledger_lotdays", "remaining = remaining + 10", "remaining > 0"),
    ),
    Plant("a debt's move taken away", "ledger", "I6", "ledger_account",
          delete("ledger_debtmove", "change > 0", "account_id")),
    Plant(
        "a hold's lot that holds more", "ledger", "I4", "ledger_hold",
        change("ledger_holdlot", "amount = amount + 1",
                "hold_id IN (SELECT h.id FROM ledger_hold h WHERE h.merchant_id = %(m)s AND h.state = 'open')",
                "hold_id"),
    ),
    Plant(
        "a debt forgiven", "ledger", "I6", "ledger_account",
        change("ledger_account", "debt = 0, balance = balance + debt", "debt > 0"),
    ),
    Plant(
        "points by hand without an audit entry", "ledger", "I24", "ledger_transfer",
        "DELETE FROM merchants_auditentry WHERE merchant_id = %(m)s AND subject_kind = 'transfer' RETURNING subject_id",
    ),
    Plant(
        "an approved movement that was never booked", "ledger", "I24", "merchants_approval",
        "INSERT INTO merchants_approval (merchant_id, id, kind, subject_kind, subject_id, figures, asked_by_id, "
        "asked_by, asked_at, asked_reason, expires_at, state, decided_by_id, decided_by, decided_at, decided_reason) "
        f"VALUES (%(m)s, {NEW_ID}, 'points.adjust', 'adjustment', {NEW_ID}, '{{}}', {NEW_ID}, 'x', now(), 'x', "
        f"now() + interval '1 day', 'approved', {NEW_ID}, 'y', now(), 'x') RETURNING id",
    ),
)  # fmt: skip

SEALS: Final = (
    Plant(
        "a sealed transfer that began earlier", "ledger", "I11", "ledger_transfer",
        change("ledger_transfer", "at = at - interval '400 days'", f"id IN {SEALED_TRANSFERS}"),
    ),
    Plant(
        "points made to last longer after they were sealed", "ledger", "I11", "ledger_transfer",
        change("ledger_lot", "expires_on = coalesce(expires_on, available_on) + 3650",
                f"remaining > 0 AND origin_lot_id IS NULL AND transfer_id IN {SEALED_TRANSFERS}", "transfer_id"),
    ),
    Plant(
        "an audit entry of another actor", "ledger", "I11", "merchants_auditentry",
        change("merchants_auditentry", f"actor_id = {NEW_ID}", SEALED_AUDIT),
    ),
    Plant("an audit entry taken away", "ledger", "I11", "merchants_auditentry",
          delete("merchants_auditentry", SEALED_AUDIT)),
    Plant(
        "an audit entry slipped in for a day long gone", "ledger", "I11", "merchants_auditentry",
        "INSERT INTO merchants_auditentry (merchant_id, id, at, actor_label, action, subject_kind, reason) "
        "SELECT %(m)s, '00000000-0000-7000-8000-00000000abcd', now() - interval '90 days', 'owner', 'till.added', "
        "'till', '' WHERE EXISTS (SELECT FROM ledger_sealedblock WHERE merchant_id = %(m)s) RETURNING id",
    ),
    Plant(
        "a block of seals taken away", "ledger", "I11", "ledger_sealedblock",
        "WITH gone AS (DELETE FROM ledger_sealedblock WHERE merchant_id = %(m)s AND number = 1) "
        "SELECT id FROM ledger_sealedblock WHERE merchant_id = %(m)s AND number = 2",
    ),
    Plant(
        "a block sealed again over other rows", "ledger", "I11", "ledger_sealedblock",
        change("ledger_sealedblock", "transfer_ids = '{}', transfer_hashes = '{}'", "cardinality(transfer_ids) > 0"),
    ),
)  # fmt: skip
