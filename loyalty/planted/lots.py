# ruff: noqa: E501 - statements of our own, one to a line
"""Lots, holds and reversals of the book: what may be used, by what, and nothing back that was never given."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change

LOTS: Final = (
    Plant(
        "a debt's move of nothing", "ledger", "I3", "ledger_debtmove",
        change("ledger_debtmove", "change = 0"),
    ),
    Plant(
        "an entry of nothing", "ledger", "I3", "ledger_entry",
        change("ledger_entry", "amount = 0"),
    ),
    Plant(
        "a hold of nothing", "ledger", "I3", "ledger_hold",
        change("ledger_hold", "amount = 0"),
    ),
    Plant(
        "a lot of nothing", "ledger", "I3", "ledger_lot",
        change("ledger_lot", "amount = 0"),
    ),
    Plant(
        "a use of a lot of nothing", "ledger", "I3", "ledger_lotuse",
        change("ledger_lotuse", "amount = 0"),
    ),
    Plant(
        "a transfer of nothing", "ledger", "I3", "ledger_transfer",
        change("ledger_transfer", "change = 0"),
    ),
    Plant(
        "an entry of a transfer that is not there", "ledger", "I2", "ledger_entry",
        change("ledger_entry", f"transfer_id = {NEW_ID}"),
    ),
    Plant(
        "points given back that nobody had spent", "ledger", "I10", "ledger_lot",
        change("ledger_lotuse",
               "amount = amount - 1000000",
               "kind = 'give_back'",
               "lot_id"),
    ),
    Plant(
        "a reversal of more than was moved", "ledger", "I10", "ledger_transfer",
        change("ledger_transfer",
               "change = change * 1000",
               "reverses_id IS NOT NULL",
               "reverses_id"),
    ),
    Plant(
        "a lot set aside for nobody", "ledger", "I4", "ledger_lot",
        change("ledger_lot", "held = held + 1"),
    ),
    Plant(
        "a debt by a transfer that may leave none", "ledger", "I5", "ledger_debtmove",
        change("ledger_transfer",
               "may_owe = false, kind = 'redeem'",
               "id IN (SELECT x.transfer_id FROM ledger_debtmove x WHERE x.merchant_id = %(m)s AND x.change > 0)",
               "(SELECT min(x.id::text) FROM ledger_debtmove x WHERE x.merchant_id = %(m)s AND x.transfer_id = ledger_transfer.id AND x.change > 0)"),
    ),
    Plant(
        "a hold of points that are not there yet", "ledger", "I5", "ledger_holdlot",
        change("ledger_lot",
               "available_on = available_on + 3650",
               "id IN (SELECT x.lot_id FROM ledger_holdlot x WHERE x.merchant_id = %(m)s AND true)",
               "(SELECT min(x.id::text) FROM ledger_holdlot x WHERE x.merchant_id = %(m)s AND x.lot_id = ledger_lot.id)"),
    ),
    Plant(
        "spent points that lapsed, it says", "ledger", "I5", "ledger_lotuse",
        change("ledger_lotuse",
               "kind = 'expire'",
               "kind = 'spend' AND transfer_id IS NOT NULL"),
    ),
    Plant(
        "a held lot's use without its transfer", "ledger", "I6", "ledger_hold",
        change("ledger_lotuse",
               "transfer_id = NULL",
               "hold_id IS NOT NULL AND transfer_id IS NOT NULL",
               "hold_id"),
    ),
    Plant(
        "a use that left more of its lot", "ledger", "I6", "ledger_lotuse",
        change("ledger_lotuse", "remaining_after = remaining_after + 1"),
    ),
    Plant(
        "a transfer that used more than it moved", "ledger", "I6", "ledger_transfer",
        change("ledger_lotuse",
               "amount = amount + 1",
               "transfer_id IS NOT NULL",
               "transfer_id"),
    ),
    Plant(
        "points left of a lot that lapsed", "ledger", "I7", "ledger_lot",
        change("ledger_lot",
               "remaining = 1",
               "id IN (SELECT x.lot_id FROM ledger_lotuse x WHERE x.merchant_id = %(m)s AND x.kind = 'expire')"),
    ),
    Plant(
        "points that last longer than any purchase says", "ledger", "I7", "ledger_account",
        change("ledger_account", "extended_until = coalesce(extended_until, current_date) + 365", "owner_id IS NOT NULL"),
    ),
    Plant(
        "a purchase that moved a last day before an earlier one did", "ledger", "I7", "ledger_extension",
        "INSERT INTO ledger_extension (merchant_id, id, account_id, account_seq, extended_until, at, source_kind, "  # noqa: S608
        f"source_id) SELECT %(m)s, {NEW_ID}, a.id, v.seq, v.until, now(), 'sale', a.id FROM (SELECT id FROM ledger_account "
        "WHERE merchant_id = %(m)s AND owner_id IS NOT NULL AND seq > 0 ORDER BY id LIMIT 1) a, "
        "(VALUES (4, date '2990-01-02'), (5, date '2990-01-01')) AS v(seq, until) RETURNING id",
    ),
    Plant(
        "points spent after their last day", "ledger", "I7", "ledger_lotuse",
        change("ledger_lot",
               "expires_on = available_on - 1",
               "id IN (SELECT x.lot_id FROM ledger_lotuse x WHERE x.merchant_id = %(m)s AND x.kind = 'spend' AND x.hold_id IS NULL)",
               "(SELECT min(x.id::text) FROM ledger_lotuse x WHERE x.merchant_id = %(m)s AND x.lot_id = ledger_lot.id AND x.kind = 'spend' AND x.hold_id IS NULL)"),
    ),
)  # fmt: skip
