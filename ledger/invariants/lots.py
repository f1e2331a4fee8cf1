"""I5, I6, I7: what may be used, by what, and that lots and debt explain every balance."""

from __future__ import annotations

from typing import Final

from ledger.invariants.check import Check

# The last day of a use's lot as it was then: by what had been extended before the transfer's own entry.
LAST_DAY_THEN: Final = (
    "ledger_last_day(l.expires_on, l.follows_purchases, (SELECT max(x.extended_until) FROM ledger_extension x "
    "WHERE x.merchant_id = l.merchant_id AND x.account_id = l.account_id AND x.account_seq < e.account_seq))"
)
USES: Final = (
    "FROM ledger_lotuse u JOIN ledger_lot l ON l.merchant_id = u.merchant_id AND l.id = u.lot_id "
    "JOIN ledger_transfer t ON t.merchant_id = u.merchant_id AND t.id = u.transfer_id "
    "JOIN ledger_entry e ON e.merchant_id = t.merchant_id AND e.transfer_id = t.id AND e.account_seq IS NOT NULL "
    "WHERE u.merchant_id = %(merchant)s"
)

CHECKS: Final = (
    Check(
        "I6",
        "ledger_lotdays",
        "SELECT coalesce(d.id, l.account_id), format('days of account %%s say %%s left and %%s held, its lots %%s and "
        "%%s', coalesce(d.account_id, l.account_id), d.remaining, d.held, l.remaining, l.held) FROM "
        "(SELECT * FROM ledger_lotdays WHERE merchant_id = %(merchant)s) d FULL JOIN "
        "(SELECT account_id, available_on, coalesce(expires_on, 'infinity') AS last_on, follows_purchases, "
        "sum(remaining) AS remaining, sum(held) AS held FROM ledger_lot WHERE merchant_id = %(merchant)s "
        "GROUP BY 1, 2, 3, 4) l ON l.account_id = d.account_id AND l.available_on = d.available_on "
        "AND l.last_on = coalesce(d.expires_on, 'infinity') AND l.follows_purchases = d.follows_purchases "
        "WHERE (coalesce(d.remaining, 0), coalesce(d.held, 0)) <> (coalesce(l.remaining, 0), coalesce(l.held, 0))",
    ),
    Check(
        "I6",
        "ledger_account",
        "SELECT a.id, format('lots of %%s minus debt of %%s are not the balance of %%s', "
        "coalesce(sum(l.remaining), 0), a.debt, a.balance) FROM ledger_account a "
        "LEFT JOIN ledger_lot l ON l.merchant_id = a.merchant_id AND l.account_id = a.id "
        "WHERE a.merchant_id = %(merchant)s AND a.owner_id IS NOT NULL GROUP BY a.id, a.balance, a.debt "
        "HAVING coalesce(sum(l.remaining), 0) - a.debt <> a.balance",
    ),
    Check(
        "I6",
        "ledger_account",
        "SELECT a.id, format('owes %%s, its debt moves sum to %%s', a.debt, coalesce(sum(d.change), 0)) "
        "FROM ledger_account a LEFT JOIN ledger_debtmove d ON d.merchant_id = a.merchant_id AND d.account_id = a.id "
        "WHERE a.merchant_id = %(merchant)s GROUP BY a.id, a.debt HAVING a.debt <> coalesce(sum(d.change), 0)",
    ),
    Check(
        "I6",
        "ledger_account",
        "SELECT a.id, format('owes %%s while lot %%s could pay', a.debt, l.id) FROM ledger_account a "
        "JOIN ledger_lot l ON l.merchant_id = a.merchant_id AND l.account_id = a.id AND l.remaining > l.held "
        "LEFT JOIN ledger_entry e ON e.merchant_id = a.merchant_id AND e.account_id = a.id AND e.account_seq = a.seq "
        "LEFT JOIN ledger_transfer t ON t.merchant_id = a.merchant_id AND t.id = e.transfer_id "
        "WHERE a.merchant_id = %(merchant)s AND a.debt > 0 "
        "AND (l.held = 0 OR coalesce(ledger_last_day(l.expires_on, l.follows_purchases, a.extended_until) "
        ">= t.business_date, true))",
    ),
    Check(
        "I6",
        "ledger_lot",
        "SELECT l.id, format('%%s of %%s remain after %%s uses; %%s uses took %%s', l.remaining, l.amount, l.uses, "
        "count(u.id), coalesce(sum(u.amount), 0)) FROM ledger_lot l "
        "LEFT JOIN ledger_lotuse u ON u.merchant_id = l.merchant_id AND u.lot_id = l.id "
        "WHERE l.merchant_id = %(merchant)s GROUP BY l.id, l.remaining, l.amount, l.uses "
        "HAVING l.remaining <> l.amount - coalesce(sum(u.amount), 0) OR l.uses <> count(u.id) "
        "OR l.remaining < 0 OR l.remaining > l.amount",
    ),
    Check(
        "I6",
        "ledger_lotuse",
        "SELECT id, format('use %%s leaves %%s; the uses so far are %%s and leave %%s', lot_seq, remaining_after, "
        "number, rest) FROM (SELECT u.id, u.lot_seq, u.remaining_after, row_number() OVER w AS number, "
        "l.amount - sum(u.amount) OVER w AS rest FROM ledger_lotuse u "
        "JOIN ledger_lot l ON l.merchant_id = u.merchant_id AND l.id = u.lot_id WHERE u.merchant_id = %(merchant)s "
        "WINDOW w AS (PARTITION BY u.lot_id ORDER BY u.lot_seq)) chain "
        "WHERE lot_seq <> number OR remaining_after <> rest",
    ),
    Check(
        "I6",
        "ledger_transfer",
        "SELECT t.id, format('changes %%s, but lots made %%s, lots used %%s and debt %%s do not cover it', t.change, "
        "coalesce(made.amount, 0), coalesce(used.amount, 0), coalesce(owed.amount, 0)) FROM ledger_transfer t "
        "LEFT JOIN (SELECT transfer_id, sum(amount) AS amount FROM ledger_lot WHERE merchant_id = %(merchant)s "
        "GROUP BY transfer_id) made ON made.transfer_id = t.id "
        "LEFT JOIN (SELECT transfer_id, sum(amount) AS amount, sum(amount) FILTER (WHERE kind = 'repay') AS repaid "
        "FROM ledger_lotuse WHERE merchant_id = %(merchant)s GROUP BY transfer_id) used ON used.transfer_id = t.id "
        "LEFT JOIN (SELECT transfer_id, sum(change) AS amount, -sum(change) FILTER (WHERE change < 0) AS repaid "
        "FROM ledger_debtmove WHERE merchant_id = %(merchant)s GROUP BY transfer_id) owed ON owed.transfer_id = t.id "
        "WHERE t.merchant_id = %(merchant)s "
        "AND (t.change <> coalesce(made.amount, 0) - coalesce(used.amount, 0) - coalesce(owed.amount, 0) "
        "OR (t.kind NOT IN ('write_off', 'merge') AND coalesce(used.repaid, 0) <> coalesce(owed.repaid, 0)))",
    ),
    Check(
        "I6",
        "ledger_lot",
        "SELECT l.id, 'the transfer that made it is of another account' FROM ledger_lot l "
        "JOIN ledger_transfer t ON t.merchant_id = l.merchant_id AND t.id = l.transfer_id "
        "WHERE l.merchant_id = %(merchant)s AND t.account_id <> l.account_id",
    ),
    Check(
        "I6",
        "ledger_lotuse",
        "SELECT u.id, 'its transfer is of another account than its lot' FROM ledger_lotuse u "
        "JOIN ledger_lot l ON l.merchant_id = u.merchant_id AND l.id = u.lot_id "
        "JOIN ledger_transfer t ON t.merchant_id = u.merchant_id AND t.id = u.transfer_id "
        "WHERE u.merchant_id = %(merchant)s AND t.account_id <> l.account_id",
    ),
    Check(
        "I5",
        "ledger_lotuse",
        "SELECT u.id, format('a transfer of kind %%s does not %%s', t.kind, u.kind) FROM ledger_lotuse u "
        "JOIN ledger_transfer t ON t.merchant_id = u.merchant_id AND t.id = u.transfer_id "
        "WHERE u.merchant_id = %(merchant)s AND NOT CASE u.kind "
        "WHEN 'spend' THEN t.change < 0 AND t.kind IN ('redeem', 'adjust', 'transfer', 'merge') "
        "WHEN 'expire' THEN t.kind = 'expire' "
        "WHEN 'take_back' THEN t.change < 0 AND t.kind IN ('refund', 'void', 'clawback') "
        "WHEN 'give_back' THEN t.change > 0 AND t.kind IN ('redeem_reversal', 'refund', 'void', 'merge') "
        "WHEN 'repay' THEN t.change > 0 ELSE false END",
    ),
    Check(
        "I5",
        "ledger_lotuse",
        "SELECT u.id, format('spent on %%s, usable from %%s', t.business_date, l.available_on) FROM ledger_lotuse u "
        "JOIN ledger_lot l ON l.merchant_id = u.merchant_id AND l.id = u.lot_id "
        "JOIN ledger_transfer t ON t.merchant_id = u.merchant_id AND t.id = u.transfer_id "
        "WHERE u.merchant_id = %(merchant)s AND u.kind = 'spend' AND u.hold_id IS NULL AND NOT t.may_owe "
        "AND t.kind <> 'merge' AND l.available_on > t.business_date",
    ),
    Check(
        "I5",
        "ledger_debtmove",
        "SELECT d.id, 'debt left by a transfer that may not leave any' FROM ledger_debtmove d "
        "LEFT JOIN ledger_transfer t ON t.merchant_id = d.merchant_id AND t.id = d.transfer_id "
        "WHERE d.merchant_id = %(merchant)s AND d.change > 0 "
        "AND NOT coalesce(t.change < 0 AND (t.may_owe OR t.kind IN ('refund', 'void', 'clawback', 'merge')), false)",
    ),
    Check(
        "I7",
        "ledger_lotuse",
        f"SELECT u.id, format('used on %%s, usable through %%s', t.business_date, {LAST_DAY_THEN}) {USES} "
        f"AND u.kind <> 'expire' AND u.hold_id IS NULL AND l.expires_on < t.business_date "
        f"AND {LAST_DAY_THEN} < t.business_date",
    ),
    Check(
        "I7",
        "ledger_lotuse",
        f"SELECT u.id, format('expired on %%s, usable through %%s', t.business_date, {LAST_DAY_THEN}) {USES} "
        f"AND u.kind = 'expire' AND coalesce({LAST_DAY_THEN} >= t.business_date, true)",
    ),
    Check(
        "I7",
        "ledger_account",
        "SELECT a.id, format('lots last until %%s, its extensions say %%s', a.extended_until, max(x.extended_until)) "
        "FROM ledger_account a LEFT JOIN ledger_extension x ON x.merchant_id = a.merchant_id AND x.account_id = a.id "
        "WHERE a.merchant_id = %(merchant)s GROUP BY a.id, a.extended_until "
        "HAVING a.extended_until IS DISTINCT FROM max(x.extended_until)",
    ),
    Check(
        "I7",
        "ledger_extension",
        "SELECT id, format('moves the last day to %%s after %%s entries; before it was %%s, after %%s', "
        "extended_until, account_seq, day_before, seq_before) FROM (SELECT x.id, x.extended_until, x.account_seq, "
        "lag(x.extended_until) OVER w AS day_before, lag(x.account_seq) OVER w AS seq_before FROM ledger_extension x "
        "WHERE x.merchant_id = %(merchant)s WINDOW w AS (PARTITION BY x.account_id ORDER BY x.extended_until)) moved "
        "WHERE account_seq < seq_before",
    ),
    Check(
        "I7",
        "ledger_lot",
        "SELECT l.id, format('expired %%s times and %%s remain', count(*), l.remaining) FROM ledger_lot l "
        "JOIN ledger_lotuse u ON u.merchant_id = l.merchant_id AND u.lot_id = l.id AND u.kind = 'expire' "
        "WHERE l.merchant_id = %(merchant)s GROUP BY l.id, l.remaining HAVING count(*) > 1 OR l.remaining > 0",
    ),
)
