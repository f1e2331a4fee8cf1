"""What a reversal has to know about the transfers that it reverses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from common.errors import Missing
from ledger.facts import EntryKind
from ledger.rules import OpenLot


@dataclass(frozen=True, slots=True)
class Original:
    """A transfer: `reversed_so_far` by later ones, `expired` from the lots it made, `change` as posted.

    `account_id` is the account that answers for it today: of a member who was merged away that of the survivor.
    """

    id: UUID
    account_id: UUID
    kind: EntryKind
    change: int
    reversed_so_far: int
    expired: int


def originals(*, merchant_id: UUID, transfer_ids: Sequence[UUID]) -> list[Original]:
    """Return them in the order asked for, in one statement. Raises Missing('transfer_not_found')."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, coalesce(a.absorbed_by_id, t.account_id), t.kind, t.change, "
            "(SELECT coalesce(sum(abs(r.change)), 0)::bigint FROM ledger_transfer r "
            "WHERE r.merchant_id = %s AND r.reverses_id = t.id), "
            "(SELECT coalesce(sum(u.amount), 0)::bigint FROM ledger_lot l JOIN ledger_lotuse u "
            "ON u.merchant_id = l.merchant_id AND u.lot_id = l.id AND u.kind = 'expire' "
            "WHERE l.merchant_id = %s AND (l.transfer_id = t.id OR l.origin_lot_id IN (SELECT o.id FROM ledger_lot o "
            "WHERE o.merchant_id = l.merchant_id AND o.transfer_id = t.id) AND EXISTS (SELECT FROM ledger_transfer g "
            "WHERE g.merchant_id = l.merchant_id AND g.id = l.transfer_id AND g.kind = 'merge'))) "
            "FROM ledger_transfer t JOIN ledger_account a ON a.merchant_id = t.merchant_id AND a.id = t.account_id "
            "WHERE t.merchant_id = %s AND t.id = ANY(%s::uuid[])",
            [merchant_id, merchant_id, merchant_id, list(transfer_ids)],
        )
        found = {
            row[0]: Original(row[0], row[1], EntryKind(row[2]), row[3], row[4], row[5]) for row in cursor.fetchall()
        }
    if len(found) < len(set(transfer_ids)):
        raise Missing("transfer_not_found")
    return [found[transfer_id] for transfer_id in transfer_ids]


class SpentPart(NamedTuple):
    """How much a transfer spent of one lot of one account; the lot as it is now."""

    lot: OpenLot
    amount: int
    account_id: UUID


def lots_spent(*, merchant_id: UUID, transfer_ids: Sequence[UUID]) -> dict[UUID, list[SpentPart]]:
    """Return for each transfer the lots it spent and how much of each, in one statement.

    The last day of a lot that follows purchases is that of the account which answers for it today.
    """
    spent: dict[UUID, list[SpentPart]] = {transfer_id: [] for transfer_id in transfer_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.transfer_id, u.amount, l.account_id, l.id, l.transfer_id, l.amount, l.remaining, l.held, l.uses, "
            "l.available_on, ledger_last_day(l.expires_on, l.follows_purchases, coalesce(s.extended_until, "
            "a.extended_until)), l.earned_at, l.follows_purchases FROM ledger_lotuse u "
            "JOIN ledger_lot l ON l.merchant_id = u.merchant_id AND l.id = u.lot_id "
            "JOIN ledger_account a ON a.merchant_id = l.merchant_id AND a.id = l.account_id "
            "LEFT JOIN ledger_account s ON s.merchant_id = a.merchant_id AND s.id = a.absorbed_by_id "
            "WHERE u.merchant_id = %s AND u.transfer_id = ANY(%s::uuid[]) AND u.kind = 'spend'",
            [merchant_id, list(transfer_ids)],
        )
        for transfer_id, amount, account_id, *figures in cursor.fetchall():
            spent[transfer_id].append(SpentPart(OpenLot(*figures), amount, account_id))
    return spent
