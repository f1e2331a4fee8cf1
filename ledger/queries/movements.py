"""Every movement of a merchant's points and wallet money, in the order in which it was booked."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.errors import Missing
from ledger.facts import (
    EntryKind,
    MovementDetail,
    MovementFacts,
    MovementFilter,
    MovementLot,
    MovementTotals,
    Unit,
)
from ledger.models import Lot
from merchants.facts import MerchantFacts

_COLUMNS: Final = (
    "id",
    "owner_id",
    "at",
    "business_date",
    "kind",
    "unit",
    "change",
    "balance_after",
    "source_kind",
    "source_id",
    "reference",
    "note",
    "reason",
    "actor_id",
    "approver_id",
    "reverses_id",
)
_MOVEMENTS: Final = """
SELECT t.id, a.owner_id, t.at, t.business_date, t.kind, t.unit, t.change, e.balance_after, t.source_kind, t.source_id,
       t.reference, t.note, t.reason, t.actor_id, t.approver_id, t.reverses_id
FROM ledger_transfer t
JOIN ledger_account a ON a.merchant_id = t.merchant_id AND a.id = t.account_id
JOIN ledger_entry e ON e.merchant_id = t.merchant_id AND e.transfer_id = t.id AND e.account_seq IS NOT NULL
"""
_TOTALS: Final = """
SELECT count(*), coalesce(sum(t.change) FILTER (WHERE t.change > 0), 0)::bigint,
       coalesce(sum(t.change) FILTER (WHERE t.change < 0), 0)::bigint
FROM ledger_transfer t
"""
_WITH_REVERSALS: Final = """
t.merchant_id = %(merchant)s AND (t.id = %(id)s OR t.reverses_id = %(id)s OR t.id = (
    SELECT reverses_id FROM ledger_transfer WHERE merchant_id = %(merchant)s AND id = %(id)s)
    OR t.kind = 'transfer' AND t.source_id = (
        SELECT source_id FROM ledger_transfer WHERE merchant_id = %(merchant)s AND id = %(id)s AND kind = 'transfer'))
"""
_WANTED: Final = """
t.merchant_id = %(merchant)s AND t.unit = %(unit)s AND t.business_date BETWEEN %(first)s AND %(last)s
AND (%(kind)s::text IS NULL OR t.kind = %(kind)s)
AND (%(owner)s::uuid IS NULL OR t.account_id = (
    SELECT id FROM ledger_account WHERE merchant_id = %(merchant)s AND owner_id = %(owner)s AND unit = %(unit)s))
AND (NOT %(by_hand)s OR t.actor_id IS NOT NULL)
"""


def movements(
    *, merchant: MerchantFacts, filters: MovementFilter, after: UUID | None = None, limit: int
) -> list[MovementFacts]:
    """Return the movements booked before the one of the id `after`, the latest booked first."""
    return _read_movements(
        f"{_MOVEMENTS} WHERE {_WANTED} AND (%(after)s::uuid IS NULL OR t.id < %(after)s) "
        "ORDER BY t.id DESC LIMIT %(limit)s",
        {**_filter_values(merchant, filters), "after": after, "limit": limit},
    )


def movement_totals(*, merchant: MerchantFacts, filters: MovementFilter) -> MovementTotals:
    """Return how many movements fit, and what they gave and took; reads each of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_TOTALS} WHERE {_WANTED}",
            _filter_values(merchant, filters),
        )
        return MovementTotals(*cursor.fetchone())


def movement(*, merchant: MerchantFacts, transfer_id: UUID) -> MovementDetail:
    """Return one movement with what it reverses, what reversed it, and its other side in a household.

    Raises Missing('movement_not_found').
    """
    found = _read_movements(
        f"{_MOVEMENTS} WHERE {_WITH_REVERSALS} ORDER BY t.id",
        {"merchant": merchant.id, "id": transfer_id},
    )
    own = next((one for one in found if one.id == transfer_id), None)
    if own is None:
        raise Missing("movement_not_found")
    lots = Lot.objects.filter(merchant_id=merchant.id, transfer_id=transfer_id).order_by("id")
    return MovementDetail(
        movement=own,
        reverses=next((one for one in found if one.id == own.reverses_id), None),
        other_side=next((one for one in found if _are_two_sides(one, own)), None),
        reversed_by=tuple(one for one in found if one.reverses_id == own.id),
        lots=tuple(MovementLot(lot.amount, lot.remaining, lot.available_on, lot.expires_on) for lot in lots),
    )


def _are_two_sides(one: MovementFacts, other: MovementFacts) -> bool:
    return other.kind is EntryKind.TRANSFER and one.source_id == other.source_id and one.id != other.id


def _filter_values(merchant: MerchantFacts, filters: MovementFilter) -> dict[str, Any]:
    return {
        "merchant": merchant.id,
        "unit": filters.unit,
        "first": filters.first,
        "last": filters.last,
        "kind": filters.kind,
        "owner": filters.owner_id,
        "by_hand": filters.by_hand,
    }


def _read_movements(sql: str, values: dict[str, Any]) -> list[MovementFacts]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return [MovementFacts(**{**row, "kind": EntryKind(row["kind"]), "unit": Unit(row["unit"])}) for row in rows]
