"""I11: what was sealed is still there as it was, block by block, and the blocks are those that left the database."""

from __future__ import annotations

from typing import Final

from common.violations import Violation
from ledger.invariants.check import Check
from ledger.models import SealedBlock
from ledger.queries.seal_file import exported_heads
from ledger.queries.sealed_text import AUDIT_ROW, BLOCK, TRANSFER_ROW, hash_of
from merchants.facts import MerchantFacts

SEALED: Final = "I11"
# The smallest UUIDv7 of three days before the newest block: what is older was there when it was made.
_LAST_BOUND: Final = (
    "(SELECT (lpad(to_hex((extract(epoch FROM max(sealed_at) - interval '3 days') * 1000)::bigint), 12, '0') "
    "|| repeat('0', 20))::uuid FROM ledger_sealedblock WHERE merchant_id = %(merchant)s)"
)


def _sealed_rows_unchanged(table: str, row: str, kind: str) -> tuple[Check, ...]:
    sealed = (
        f"SELECT b.number, u.id, u.hash FROM ledger_sealedblock b "  # noqa: S608 - our own names
        f"CROSS JOIN LATERAL unnest(b.{kind}_ids, b.{kind}_hashes) AS u (id, hash) WHERE b.merchant_id = %(merchant)s"
    )
    return (
        Check(
            SEALED,
            table,
            f"SELECT s.id, format('%%s after block %%s was sealed', CASE WHEN t.id IS NULL THEN 'taken away' "  # noqa: S608
            f"ELSE 'changed' END, s.number) FROM ({sealed}) s LEFT JOIN (SELECT t.id, {hash_of(row)} AS hash "
            f"FROM {table} t WHERE t.merchant_id = %(merchant)s) t ON t.id = s.id WHERE t.hash IS DISTINCT FROM s.hash",
        ),
        Check(
            SEALED,
            table,
            f"SELECT s.id, format('sealed %%s times', count(*)) FROM ({sealed}) s GROUP BY s.id HAVING count(*) > 1",  # noqa: S608
        ),
        Check(
            SEALED,
            table,
            f"SELECT t.id, 'older than the last block and in none: slipped in afterwards' FROM {table} t "  # noqa: S608
            f"LEFT JOIN ({sealed}) s ON s.id = t.id "
            f"WHERE t.merchant_id = %(merchant)s AND t.id < {_LAST_BOUND} AND s.id IS NULL",
        ),
    )


CHECKS: Final = (
    Check(
        SEALED,
        "ledger_sealedblock",
        "SELECT id, format('block %%s does not follow the one before', number) FROM (SELECT id, number, previous_hash, "
        "row_number() OVER w AS place, lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER w AS before "
        "FROM ledger_sealedblock WHERE merchant_id = %(merchant)s WINDOW w AS (ORDER BY number)) chain "
        "WHERE number <> place OR previous_hash <> before",
    ),
    Check(
        SEALED,
        "ledger_sealedblock",
        f"SELECT b.id, format('block %%s is not what its hash was made of', b.number) FROM ledger_sealedblock b "  # noqa: S608
        f"WHERE b.merchant_id = %(merchant)s AND (b.hash <> {hash_of(BLOCK)} "
        f"OR cardinality(b.transfer_ids) <> cardinality(b.transfer_hashes) "
        f"OR cardinality(b.audit_ids) <> cardinality(b.audit_hashes))",
    ),
    *_sealed_rows_unchanged("ledger_transfer", TRANSFER_ROW, "transfer"),
    *_sealed_rows_unchanged("merchants_auditentry", AUDIT_ROW, "audit"),
)


def differing_heads(merchant: MerchantFacts) -> list[Violation]:
    """Return the blocks that are gone or have another hash than the one exported; none without a file."""
    exported = exported_heads(merchant.id)
    if not exported:
        return []
    blocks = SealedBlock.objects.filter(merchant_id=merchant.id)
    stored = {number: bytes(hash_).hex() for number, hash_ in blocks.values_list("number", "hash")}
    return [
        Violation(
            SEALED,
            "ledger_sealedblock",
            str(number),
            "is not the block that was exported" if number in stored else "was exported and is gone",
        )
        for number, hash_ in sorted(exported.items())
        if stored.get(number) != hash_
    ]
