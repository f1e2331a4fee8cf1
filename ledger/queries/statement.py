"""A member's statement: the lines of the account, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext

from common.errors import BadInput, FieldError
from ledger.facts import EntryFacts, EntryKind, PlacedEntry, Unit
from ledger.models import Account
from merchants.facts import MerchantFacts

START = 2**62
COLUMNS: Final = (
    "id",
    "at",
    "business_date",
    "kind",
    "change",
    "balance_after",
    "reference",
    "note",
    "seq",
    "transfer_id",
)


def entries(
    *, merchant: MerchantFacts, owner_id: UUID, unit: Unit | None = None, before: str | None = None, limit: int
) -> list[EntryFacts]:
    """Return a statement, newest first; each unit in its account's order. `before` is the last line's `cursor`.

    Two units are merged by instant, but never against the order of either account. Raises BadInput for a cursor that
    is none.
    """
    reached = _read_cursor(before)
    units = [unit] if unit else list(Unit)
    found = Account.objects.filter(merchant_id=merchant.id, owner_id=owner_id, unit__in=units).order_by("unit")
    lines = [
        iter(_read_lines(merchant, account_id, Unit(u), reached[Unit(u)], limit))
        for u, account_id in found.values_list("unit", "id")
    ]
    return list(_merge_units(lines, reached, limit))


# The place of a line is the latest instant of its account up to it, so that balances follow from each other.
_PLACED: Final = """
WITH lines AS (
    SELECT e.id, t.at, t.business_date, t.kind, e.amount, e.balance_after, t.reference, t.note, e.account_seq,
           e.transfer_id, a.unit, t.source_kind, t.source_id,
           max(t.at) OVER (PARTITION BY e.account_id ORDER BY e.account_seq) AS placed_at
    FROM ledger_account a
    JOIN ledger_entry e ON e.merchant_id = %(merchant)s AND e.account_id = a.id
    JOIN ledger_transfer t ON t.merchant_id = %(merchant)s AND t.id = e.transfer_id
    WHERE a.merchant_id = %(merchant)s AND a.owner_id = %(owner)s)
SELECT * FROM lines WHERE %(until)s::timestamptz IS NULL OR placed_at <= %(until)s::timestamptz
ORDER BY placed_at DESC, account_seq DESC, unit LIMIT %(limit)s
"""


def placed_entries(
    *, merchant: MerchantFacts, owner_id: UUID, until: datetime | None = None, limit: int
) -> list[PlacedEntry]:
    """Return the lines placed at `until` or before, of both units, newest first; reads the whole account each time."""
    given = {"merchant": merchant.id, "owner": owner_id, "until": until, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_PLACED, given)
        rows = cursor.fetchall()
    return [
        _placed_entry(dict(zip((*COLUMNS, "unit", "source_kind", "source_id", "placed_at"), row, strict=True)))
        for row in rows
    ]


def _placed_entry(row: dict[str, Any]) -> PlacedEntry:
    place = {name: row.pop(name) for name in ("placed_at", "source_kind", "source_id")}
    row |= {"unit": Unit(row["unit"]), "kind": EntryKind(row["kind"])}
    return PlacedEntry(entry=EntryFacts(**row, cursor=""), **place)


def _read_lines(
    merchant: MerchantFacts, account_id: UUID, unit: Unit, before_seq: int, limit: int
) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, t.at, t.business_date, t.kind, e.amount, e.balance_after, t.reference, t.note, "
            "e.account_seq, e.transfer_id "
            "FROM ledger_entry e JOIN ledger_transfer t ON t.merchant_id = e.merchant_id AND t.id = e.transfer_id "
            "WHERE e.merchant_id = %s AND e.account_id = %s AND e.account_seq < %s "
            "ORDER BY e.account_seq DESC LIMIT %s",
            [merchant.id, account_id, before_seq, limit],
        )
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return [{**row, "unit": unit, "kind": EntryKind(row["kind"])} for row in rows]


def _merge_units(lines: list[Iterator[dict[str, Any]]], reached: dict[Unit, int], limit: int) -> Iterator[EntryFacts]:
    heads = [next(line, None) for line in lines]
    for _ in range(limit):
        waiting = [position for position, head in enumerate(heads) if head is not None]
        if not waiting:
            return
        newest = max(waiting, key=lambda position: heads[position]["at"])  # type: ignore[index]
        head = heads[newest]
        assert head is not None
        heads[newest] = next(lines[newest], None)
        reached[head["unit"]] = head["seq"]
        yield EntryFacts(**head, cursor=_write_cursor(reached))


def _write_cursor(reached: dict[Unit, int]) -> str:
    return ".".join("-" if reached[unit] == START else str(reached[unit]) for unit in Unit)


def _read_cursor(text: str | None) -> dict[Unit, int]:
    if text is None:
        return dict.fromkeys(Unit, START)
    parts = text.split(".")
    if len(parts) != len(Unit) or not all(part == "-" or (part.isascii() and part.isdigit()) for part in parts):
        raise BadInput(
            [FieldError("/cursor", "invalid", gettext("Give the cursor exactly as the previous page returned it."))]
        )
    return {unit: START if part == "-" else min(int(part), START) for unit, part in zip(Unit, parts, strict=True)}
