"""One check of the verifier."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from ledger.facts import Violation
from merchants.facts import MerchantFacts


@dataclass(frozen=True)
class Check:
    """`statement` selects (row id, message) of the rows of `table` that break `invariant`; %(merchant)s is given."""

    invariant: str
    table: str
    statement: str

    def run(self, merchant: MerchantFacts, limit: int) -> list[Violation]:
        values = {"merchant": merchant.id, "app_role": settings.DATABASE_APP_ROLE}
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({self.statement}) broken LIMIT {int(limit)}", values)  # noqa: S608
            return [Violation(self.invariant, self.table, str(row_id), text) for row_id, text in cursor.fetchall()]
