"""I4, I5 of holds: they are the sum of their lots, and became what their uses say."""

from __future__ import annotations

from typing import Final

from ledger.invariants.check import Check

CHECKS: Final = (
    Check(
        "I4",
        "ledger_lot",
        "SELECT l.id, format('%%s of it are held, its open holds say %%s', l.held, coalesce(sum(hl.amount), 0)) "
        "FROM ledger_lot l LEFT JOIN (SELECT x.lot_id, x.amount FROM ledger_holdlot x "
        "JOIN ledger_hold h ON h.merchant_id = x.merchant_id AND h.id = x.hold_id AND h.state = 'open' "
        "WHERE x.merchant_id = %(merchant)s) hl ON hl.lot_id = l.id "
        "WHERE l.merchant_id = %(merchant)s GROUP BY l.id, l.held HAVING l.held <> coalesce(sum(hl.amount), 0)",
    ),
    Check(
        "I4",
        "ledger_hold",
        "SELECT h.id, format('a hold of %%s that sets %%s of its account''s lots aside', h.amount, "
        "coalesce(sum(hl.amount) FILTER (WHERE l.account_id = h.account_id), 0)) FROM ledger_hold h "
        "LEFT JOIN ledger_holdlot hl ON hl.merchant_id = h.merchant_id AND hl.hold_id = h.id "
        "LEFT JOIN ledger_lot l ON l.merchant_id = hl.merchant_id AND l.id = hl.lot_id "
        "WHERE h.merchant_id = %(merchant)s GROUP BY h.id, h.amount "
        "HAVING h.amount <> coalesce(sum(hl.amount) FILTER (WHERE l.account_id = h.account_id), 0)",
    ),
    Check(
        "I4",
        "ledger_hold",
        "SELECT h.id, format('%%s, but %%s of %%s were spent', h.state, coalesce(sum(u.amount), 0), h.amount) "
        "FROM ledger_hold h LEFT JOIN ledger_lotuse u ON u.merchant_id = h.merchant_id AND u.hold_id = h.id "
        "AND u.kind = 'spend' WHERE h.merchant_id = %(merchant)s GROUP BY h.id, h.state, h.amount "
        "HAVING coalesce(sum(u.amount), 0) <> CASE h.state WHEN 'committed' THEN h.amount ELSE 0 END",
    ),
    Check(
        "I5",
        "ledger_holdlot",
        "SELECT hl.id, format('lot %%s was not usable on %%s', l.id, h.business_date) FROM ledger_holdlot hl "
        "JOIN ledger_hold h ON h.merchant_id = hl.merchant_id AND h.id = hl.hold_id "
        "JOIN ledger_lot l ON l.merchant_id = hl.merchant_id AND l.id = hl.lot_id "
        "JOIN ledger_account a ON a.merchant_id = l.merchant_id AND a.id = l.account_id "
        "WHERE hl.merchant_id = %(merchant)s AND (l.available_on > h.business_date "
        "OR coalesce(ledger_last_day(l.expires_on, l.follows_purchases, a.extended_until) < h.business_date, false))",
    ),
    Check(
        "I6",
        "ledger_hold",
        "SELECT h.id, format('repaid %%s of debt out of lots worth %%s', coalesce(owed.amount, 0), "
        "coalesce(used.amount, 0)) FROM ledger_hold h "
        "LEFT JOIN (SELECT hold_id, sum(amount) AS amount FROM ledger_lotuse WHERE merchant_id = %(merchant)s "
        "AND transfer_id IS NULL GROUP BY hold_id) used ON used.hold_id = h.id "
        "LEFT JOIN (SELECT hold_id, -sum(change) AS amount FROM ledger_debtmove WHERE merchant_id = %(merchant)s "
        "AND transfer_id IS NULL GROUP BY hold_id) owed ON owed.hold_id = h.id "
        "WHERE h.merchant_id = %(merchant)s AND coalesce(used.amount, 0) <> coalesce(owed.amount, 0)",
    ),
)
