"""One check of the verifier."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import connection

from common.migration_operations import history_tables
from common.violations import Violation
from ledger.queries.sealed_text import PERSONAL
from merchants.facts import MerchantFacts


def tenant_tables() -> list[str]:
    """Return every table with rows of merchants, also those that are read before the merchant is known."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if any(field.column == "merchant_id" for field in model._meta.concrete_fields)
    )


@dataclass(frozen=True)
class Check:
    """`statement` selects (row id, message) of the rows of `table` that break `invariant`.

    Given to it: %(merchant)s, %(app_role)s, %(tenant)s and %(history)s, all tables of merchants and the append-only
    ones, and %(personal)s, keys that no seal covers.
    """

    invariant: str
    table: str
    statement: str

    def run(self, merchant: MerchantFacts, limit: int) -> list[Violation]:
        values = {
            "merchant": merchant.id,
            "app_role": settings.DATABASE_APP_ROLE,
            "history": history_tables(),
            "tenant": tenant_tables(),
            "personal": list(PERSONAL),
        }
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({self.statement}) broken LIMIT {int(limit)}", values)  # noqa: S608
            return [Violation(self.invariant, self.table, str(row_id), text) for row_id, text in cursor.fetchall()]
