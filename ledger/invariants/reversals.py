"""I10, I24: nothing is reversed beyond what it was, and what is done by hand is accounted for."""

from __future__ import annotations

from typing import Final

from ledger.invariants.check import Check

CHECKS: Final = (
    Check(
        "I10",
        "ledger_transfer",
        "SELECT t.id, format('moved %%s, %%s of it are reversed', abs(t.change), sum(abs(r.change))) "
        "FROM ledger_transfer t JOIN ledger_transfer r ON r.merchant_id = t.merchant_id AND r.reverses_id = t.id "
        "WHERE t.merchant_id = %(merchant)s GROUP BY t.id, t.change HAVING sum(abs(r.change)) > abs(t.change)",
    ),
    Check(
        "I10",
        "ledger_transfer",
        "SELECT r.id, format('cannot reverse %%s: same direction, other unit, or itself a reversal', t.id) "
        "FROM ledger_transfer r JOIN ledger_transfer t ON t.merchant_id = r.merchant_id AND t.id = r.reverses_id "
        "WHERE r.merchant_id = %(merchant)s "
        "AND (sign(r.change) = sign(t.change) OR r.unit <> t.unit OR t.reverses_id IS NOT NULL)",
    ),
    Check(
        "I10",
        "ledger_transfer",
        "SELECT reverses_id, format('voided %%s times', count(*)) FROM ledger_transfer "
        "WHERE merchant_id = %(merchant)s AND kind = 'void' GROUP BY reverses_id HAVING count(*) > 1",
    ),
    Check(
        "I10",
        "ledger_lot",
        "SELECT back.lot_id, format('gets %%s back from transfer %%s, which spent %%s of it', back.amount, "
        "back.original, coalesce(spent.amount, 0)) FROM (SELECT u.lot_id, t.reverses_id AS original, "
        "-sum(u.amount) AS amount FROM ledger_lotuse u "
        "JOIN ledger_transfer t ON t.merchant_id = u.merchant_id AND t.id = u.transfer_id "
        "WHERE u.merchant_id = %(merchant)s AND u.kind = 'give_back' GROUP BY u.lot_id, t.reverses_id) back "
        "LEFT JOIN (SELECT lot_id, transfer_id, sum(amount) AS amount FROM ledger_lotuse "
        "WHERE merchant_id = %(merchant)s AND kind = 'spend' GROUP BY lot_id, transfer_id) spent "
        "ON spent.lot_id = back.lot_id AND spent.transfer_id = back.original "
        "WHERE back.amount > coalesce(spent.amount, 0)",
    ),
    Check(
        "I24",
        "ledger_transfer",
        "SELECT t.id, 'made by hand without a reason or an audit entry, or approved by the actor' "
        "FROM ledger_transfer t WHERE t.merchant_id = %(merchant)s AND t.kind IN ('adjust', 'write_off') "
        "AND (t.reason = '' OR t.approver_id = t.actor_id OR NOT EXISTS (SELECT 1 FROM merchants_auditentry a "
        "WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'transfer' AND a.subject_id = t.id))",
    ),
    Check(
        "I24",
        "merchants_approval",
        "SELECT p.id, 'was approved, and its movement is not booked with both names' "
        "FROM merchants_approval p WHERE p.merchant_id = %(merchant)s AND p.state = 'approved' "
        "AND p.kind IN ('points.adjust', 'points.write_off') AND NOT EXISTS (SELECT 1 FROM ledger_transfer t "
        "WHERE t.merchant_id = %(merchant)s AND t.source_kind = 'adjustment' AND t.source_id = p.subject_id "
        "AND t.actor_id = p.asked_by_id AND t.approver_id = p.decided_by_id)",
    ),
)
