"""I2, I3, I4: transfers sum to zero, amounts have a size, accounts say what their entries say."""

from __future__ import annotations

from typing import Final

from ledger.facts import MAX_CHANGE
from ledger.invariants.check import Check


def _amounts_in_range(table: str, column: str) -> Check:
    return Check(
        "I3",
        table,
        f"SELECT id, format('{column} is %%s', {column}) FROM {table} "  # noqa: S608 - our own names
        f"WHERE merchant_id = %(merchant)s AND ({column} = 0 OR abs({column}) > {MAX_CHANGE})",
    )


CHECKS: Final = (
    Check(
        "I2",
        "ledger_transfer",
        "SELECT t.id, format('%%s entries that sum to %%s', count(e.id), coalesce(sum(e.amount), 0)) "
        "FROM ledger_transfer t LEFT JOIN ledger_entry e ON e.merchant_id = t.merchant_id AND e.transfer_id = t.id "
        "WHERE t.merchant_id = %(merchant)s GROUP BY t.id HAVING count(e.id) < 2 OR sum(e.amount) <> 0",
    ),
    Check(
        "I2",
        "ledger_transfer",
        "SELECT t.id, 'its entries are not one of its own account and else house accounts of its unit' "
        "FROM ledger_transfer t JOIN ledger_entry e ON e.merchant_id = t.merchant_id AND e.transfer_id = t.id "
        "LEFT JOIN ledger_account a ON a.merchant_id = e.merchant_id AND a.id = e.account_id "
        "WHERE t.merchant_id = %(merchant)s GROUP BY t.id "
        "HAVING count(a.owner_id) <> 1 OR NOT bool_and(coalesce(a.unit = t.unit "
        "AND (a.owner_id IS NULL) = (e.account_seq IS NULL) "
        "AND (a.owner_id IS NULL OR (a.id = t.account_id AND e.amount = t.change)), false))",
    ),
    Check(
        "I2",
        "ledger_entry",
        "SELECT e.id, 'its transfer does not exist' FROM ledger_entry e WHERE e.merchant_id = %(merchant)s "
        "AND NOT EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.merchant_id = %(merchant)s AND t.id = e.transfer_id)",
    ),
    _amounts_in_range("ledger_transfer", "change"),
    _amounts_in_range("ledger_entry", "amount"),
    _amounts_in_range("ledger_lot", "amount"),
    _amounts_in_range("ledger_lotuse", "amount"),
    _amounts_in_range("ledger_debtmove", "change"),
    _amounts_in_range("ledger_hold", "amount"),
    Check(
        "I4",
        "ledger_account",
        "SELECT a.id, format('balance %%s after %%s entries; %%s entries sum to %%s', a.balance, a.seq, count(e.id), "
        "coalesce(sum(e.amount), 0)) FROM ledger_account a "
        "LEFT JOIN ledger_entry e ON e.merchant_id = a.merchant_id AND e.account_id = a.id "
        "WHERE a.merchant_id = %(merchant)s AND a.owner_id IS NOT NULL GROUP BY a.id, a.balance, a.seq "
        "HAVING a.balance <> coalesce(sum(e.amount), 0) OR a.seq <> count(e.id) "
        "OR a.seq <> coalesce(max(e.account_seq), 0)",
    ),
    Check(
        "I4",
        "ledger_entry",
        "SELECT id, format('number %%s with %%s after it; the entries so far are %%s and sum to %%s', account_seq, "
        "balance_after, number, total) FROM (SELECT id, account_seq, balance_after, "
        "row_number() OVER w AS number, sum(amount) OVER w AS total FROM ledger_entry "
        "WHERE merchant_id = %(merchant)s AND account_seq IS NOT NULL "
        "WINDOW w AS (PARTITION BY account_id ORDER BY account_seq)) chain "
        "WHERE account_seq <> number OR balance_after <> total",
    ),
    Check(
        "I4",
        "ledger_account",
        "SELECT id, 'a house account with figures of its own' FROM ledger_account WHERE merchant_id = %(merchant)s "
        "AND owner_id IS NULL AND (balance <> 0 OR held <> 0 OR debt <> 0 OR seq <> 0)",
    ),
    Check(
        "I4",
        "ledger_account",
        "SELECT a.id, 'absorbed by another account and not empty, or by one absorbed itself or of another unit' "
        "FROM ledger_account a LEFT JOIN ledger_account s ON s.merchant_id = a.merchant_id AND s.id = a.absorbed_by_id "
        "WHERE a.merchant_id = %(merchant)s AND a.absorbed_by_id IS NOT NULL "
        "AND (a.balance <> 0 OR a.held <> 0 OR a.debt <> 0 OR s.id IS NULL OR s.absorbed_by_id IS NOT NULL "
        "OR s.owner_id IS NULL OR s.unit <> a.unit)",
    ),
    Check(
        "I2",
        "ledger_transfer",
        "SELECT source_id, format('the merge moved %%s %%s in the sum', sum(change), unit) FROM ledger_transfer "
        "WHERE merchant_id = %(merchant)s AND kind = 'merge' GROUP BY source_id, unit HAVING sum(change) <> 0",
    ),
    Check(
        "I2",
        "ledger_transfer",
        "SELECT source_id, format('a household moved %%s in the sum, in %%s transfers of %%s accounts', sum(change), "
        "count(*), count(DISTINCT account_id)) FROM ledger_transfer "
        "WHERE merchant_id = %(merchant)s AND kind = 'transfer' AND source_kind = 'household' GROUP BY source_id "
        "HAVING sum(change) <> 0 OR count(*) <> 2 OR count(DISTINCT account_id) <> 2 OR count(DISTINCT unit) <> 1",
    ),
    Check(
        "I4",
        "ledger_account",
        "SELECT a.id, format('holds %%s, its open holds %%s', a.held, coalesce(sum(h.amount), 0)) "
        "FROM ledger_account a LEFT JOIN ledger_hold h ON h.merchant_id = a.merchant_id AND h.account_id = a.id "
        "AND h.state = 'open' WHERE a.merchant_id = %(merchant)s GROUP BY a.id, a.held "
        "HAVING a.held <> coalesce(sum(h.amount), 0)",
    ),
)
