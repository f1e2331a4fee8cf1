"""One check of the verifier."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from ledger.facts import Violation
from ledger.models import DebtMove, Entry, HoldLot, LotUse, SealedBlock, Transfer
from ledger.queries.sealing import PERSONAL
from merchants.facts import MerchantFacts

HISTORY = [model._meta.db_table for model in (Transfer, Entry, LotUse, DebtMove, HoldLot, SealedBlock)]


@dataclass(frozen=True)
class Check:
    """`statement` selects (row id, message) of the rows of `table` that break `invariant`.

    Given to it: %(merchant)s, %(app_role)s, %(history)s, the append-only tables, and %(personal)s, keys that no seal
    covers.
    """

    invariant: str
    table: str
    statement: str

    def run(self, merchant: MerchantFacts, limit: int) -> list[Violation]:
        values = {
            "merchant": merchant.id,
            "app_role": settings.DATABASE_APP_ROLE,
            "history": HISTORY,
            "personal": list(PERSONAL),
        }
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({self.statement}) broken LIMIT {int(limit)}", values)  # noqa: S608
            return [Violation(self.invariant, self.table, str(row_id), text) for row_id, text in cursor.fetchall()]
