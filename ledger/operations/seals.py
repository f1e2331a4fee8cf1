"""Seals what came in: one block after the other, each over the rows that no block has yet.

What is sealed is decided by what is there, not by business dates: a sale that comes in late is sealed in the night
after it came in. Ids count up with time, so a night looks at the ids of the last days only; `everything` looks at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import connection

from common.ids import new_id
from ledger.facts import Head
from ledger.models import SealedBlock
from ledger.queries.seal_file import exported_heads, seal_file
from ledger.queries.sealed_text import AUDIT_ROW, BLOCK, PERSONAL, TRANSFER_ROW, hash_of
from merchants.facts import MerchantFacts
from merchants.tenancy import require_scope

log = structlog.get_logger("ledger.seals")

LATE: Final = timedelta(days=3)
"""A row is committed at most this long after its id was made: transactions take seconds, clocks differ by minutes."""
FIRST_ID: Final = UUID(int=0)
_LOCK: Final = "sealing"


@dataclass(frozen=True)
class Sealed:
    """One block that was made. `cursor` is where the next one goes on, None when nothing is left."""

    number: int
    transfers: int
    audits: int
    cursor: str | None


def _next_rows_sql(table: str, row: str, ids: str, bound: str) -> str:
    """Return the SQL for the next rows of a table that no block of the last days has, with their hashes."""
    return f"""
        SELECT t.id, {hash_of(row)} AS hash FROM {table} t
        WHERE t.merchant_id = %(merchant)s AND t.id IN (
            SELECT c.id FROM {table} c
            WHERE c.merchant_id = %(merchant)s AND c.id > %({bound})s AND NOT EXISTS (
                SELECT FROM {ids} k WHERE k.id = c.id)
            ORDER BY c.id LIMIT %(limit)s)"""  # noqa: S608 - our own names


_SEAL: Final = f"""
    WITH last AS (
        SELECT number, hash FROM ledger_sealedblock WHERE merchant_id = %(merchant)s ORDER BY number DESC LIMIT 1
    ), known_transfers AS MATERIALIZED (
        SELECT unnest(transfer_ids) AS id FROM ledger_sealedblock
        WHERE merchant_id = %(merchant)s AND id >= %(since)s
    ), known_audits AS MATERIALIZED (
        SELECT unnest(audit_ids) AS id FROM ledger_sealedblock
        WHERE merchant_id = %(merchant)s AND id >= %(since)s
    ), transfers AS MATERIALIZED ({_next_rows_sql("ledger_transfer", TRANSFER_ROW, "known_transfers", "after_transfer")}
    ), audits AS MATERIALIZED ({_next_rows_sql("merchants_auditentry", AUDIT_ROW, "known_audits", "after_audit")}
    ), b AS MATERIALIZED (
        SELECT %(merchant)s::uuid AS merchant_id, coalesce((SELECT number FROM last), 0) + 1 AS number,
               coalesce((SELECT hash FROM last), decode(repeat('00', 32), 'hex')) AS previous_hash,
               %(at)s::timestamptz AS sealed_at, %(business_date)s::date AS business_date,
               array(SELECT id FROM transfers ORDER BY id) AS transfer_ids,
               array(SELECT hash FROM transfers ORDER BY id) AS transfer_hashes,
               array(SELECT id FROM audits ORDER BY id) AS audit_ids,
               array(SELECT hash FROM audits ORDER BY id) AS audit_hashes
    )
    INSERT INTO ledger_sealedblock (merchant_id, id, number, previous_hash, hash, sealed_at, business_date,
                                    transfer_ids, transfer_hashes, audit_ids, audit_hashes)
    SELECT merchant_id, %(id)s, number, previous_hash, {hash_of(BLOCK)}, sealed_at, business_date,
           transfer_ids, transfer_hashes, audit_ids, audit_hashes FROM b
    WHERE %(first)s OR cardinality(transfer_ids) + cardinality(audit_ids) > 0
    RETURNING number, cardinality(transfer_ids), cardinality(audit_ids),
              transfer_ids[cardinality(transfer_ids)], audit_ids[cardinality(audit_ids)]
"""  # noqa: S608 - our own names


def seal_rows(
    *,
    merchant: MerchantFacts,
    business_date: date,
    at: datetime,
    after: str | None,
    limit: int,
    everything: bool = False,
) -> Sealed | None:
    """Make the next block of at most `limit` transfers and as many audit entries; commit before the next one.

    The first block of a night (`after` is None) is made even when it is empty: its hash shows that nothing was taken
    away. None when there was nothing left. `everything` also looks at rows older than the last days.
    """
    require_scope()
    newest = None if everything or after else _last_sealed_at(merchant)
    bounds = _read_cursor(after) if after else (_id_bound(newest), _id_bound(newest))
    with connection.cursor() as cursor:
        # One block at a time: a second sealer would count from the same last block.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{_LOCK}:{merchant.id}"])
        cursor.execute(
            _SEAL,
            {
                "merchant": merchant.id,
                "id": new_id(),
                "at": at,
                "business_date": business_date,
                "since": _start_of_block(merchant, everything),
                "after_transfer": bounds[0],
                "after_audit": bounds[1],
                "limit": limit,
                "first": after is None,
                "personal": list(PERSONAL),
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    number, transfers, audits, last_transfer, last_audit = row
    is_full = limit in (transfers, audits)
    cursor_after = f"{last_transfer or bounds[0]} {last_audit or bounds[1]}" if is_full else None
    return Sealed(number, transfers, audits, cursor_after)


def _last_sealed_at(merchant: MerchantFacts) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(sealed_at) FROM ledger_sealedblock WHERE merchant_id = %s", [merchant.id])
        found: datetime | None = cursor.fetchone()[0]
    return found


def _start_of_block(merchant: MerchantFacts, everything: bool) -> UUID:
    """Return the block from which on ids are known: as long before the bound as ids may be wrong.

    By the blocks' own ids, which are of the time they were made: nights of a history are of days long past.
    """
    last = None if everything else _last_sealed_at(merchant)
    return _id_bound(last - LATE) if last else FIRST_ID


def _id_bound(last_sealed_at: datetime | None) -> UUID:
    """Return the smallest UUIDv7 of an instant `LATE` before the last block."""
    if last_sealed_at is None:
        return FIRST_ID
    return UUID(int=int((last_sealed_at - LATE).timestamp() * 1000) << 80)


def _read_cursor(after: str) -> tuple[UUID, UUID]:
    transfer, audit = after.split()
    return UUID(transfer), UUID(audit)


def export_heads(*, merchant: MerchantFacts) -> int:
    """Write the blocks that are not yet in the file outside the database; return how many.

    What cannot be written is said in the log and written with the next night: seals hold up no night.
    """
    written = exported_heads(merchant.id)
    blocks = SealedBlock.objects.filter(merchant_id=merchant.id, number__gt=max(written, default=0)).order_by("number")
    heads = [
        Head(number, bytes(hash_), sealed_at)
        for number, hash_, sealed_at in blocks.values_list("number", "hash", "sealed_at")
    ]
    for head in heads:
        log.info("sealed", merchant_id=str(merchant.id), block=head.number, hash=head.hash.hex())
    try:
        _write_heads(merchant.id, heads)
    except OSError as error:
        log.error("the seals cannot be written outside of the database", reason=str(error))
        return 0
    return len(heads)


def _write_heads(merchant_id: UUID, heads: Sequence[Head]) -> None:
    """Append, and return when it is on the disk. Raises OSError."""
    if not heads:
        return
    path = seal_file(merchant_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({"number": head.number, "hash": head.hash.hex(), "sealed_at": head.sealed_at.isoformat()})
        for head in heads
    ]
    with path.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
