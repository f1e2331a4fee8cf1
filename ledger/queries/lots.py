"""Open lots as the database has them, with the open holds on them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from ledger.rules import OpenLot

# The transfer that a lot goes back to: what a merge moved goes back to the one that first gave it.
GIVEN_BY: Final = (
    "coalesce(CASE WHEN l.origin_lot_id IS NOT NULL THEN (SELECT o.transfer_id FROM ledger_lot o "
    "JOIN ledger_transfer g ON g.merchant_id = o.merchant_id AND g.id = l.transfer_id AND g.kind = 'merge' "
    "WHERE o.merchant_id = l.merchant_id AND o.id = l.origin_lot_id) END, l.transfer_id)"
)

# A lot's last day as it is now; `l` is the lot or its days, `a` its account.
LAST_DAY: Final = "ledger_last_day(l.expires_on, l.follows_purchases, a.extended_until)"

_OPEN_LOTS: Final = f"""
    SELECT l.account_id, l.id, {GIVEN_BY}, l.amount, l.remaining, l.held, l.uses, l.available_on,
        {LAST_DAY}, l.earned_at, l.follows_purchases, CASE WHEN l.held > 0 THEN (SELECT json_agg(json_build_array(h.id,
            h.reserved_until, hl.amount))::text FROM ledger_holdlot hl JOIN ledger_hold h
            ON h.merchant_id = hl.merchant_id AND h.id = hl.hold_id AND h.state = 'open'
            WHERE hl.merchant_id = %s AND hl.lot_id = l.id) END
    FROM ledger_lot l JOIN ledger_account a ON a.merchant_id = l.merchant_id AND a.id = l.account_id
    WHERE l.merchant_id = %s AND l.account_id = ANY(%s::uuid[]) AND l.remaining > 0"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class HeldPart:
    """What one open hold sets aside of one lot."""

    hold_id: UUID
    reserved_until: datetime
    amount: int


def open_lots(*, merchant_id: UUID, account_ids: Sequence[UUID]) -> Iterator[tuple[UUID, OpenLot, list[HeldPart]]]:
    """Yield (account id, lot, holds on it) of every lot with something left, in one statement.

    A lot that a merge moved here names the transfer that first gave it, so that a return finds it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN_LOTS,
            [merchant_id, merchant_id, list(account_ids)],
        )
        rows = cursor.fetchall()
    for account_id, *figures, held_parts in rows:
        yield account_id, OpenLot(*figures), _read_parts(held_parts) if held_parts else []


_OPEN_DAYS: Final = f"""
    SELECT l.account_id, l.remaining, l.available_on, {LAST_DAY}, l.follows_purchases
    FROM ledger_lotdays l JOIN ledger_account a ON a.merchant_id = l.merchant_id AND a.id = l.account_id
    WHERE l.merchant_id = %s AND l.account_id = ANY(%s::uuid[]) AND l.remaining > 0"""  # noqa: S608 - our own words
_NOBODY: Final = UUID(int=0)
_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def open_days(*, merchant_id: UUID, account_ids: Sequence[UUID]) -> Iterator[tuple[UUID, OpenLot]]:
    """Yield (account id, what is left of all lots of the same days, as one lot), in one statement.

    For accounts of which nothing is held: enough for a balance, however many lots there are.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN_DAYS,
            [merchant_id, list(account_ids)],
        )
        rows = cursor.fetchall()
    for account_id, left, available_on, last_on, follows in rows:
        yield account_id, OpenLot(_NOBODY, _NOBODY, left, left, 0, 0, available_on, last_on, _ANY_TIME, follows)


def _read_parts(held_parts: str) -> list[HeldPart]:
    return [HeldPart(UUID(h), datetime.fromisoformat(until), amount) for h, until, amount in json.loads(held_parts)]
