from typing import Any

from django.conf import settings
from django.db import migrations

from common.migration_operations import AllowErasing, ProtectTenantTables, sql_file

# What the application may change of the rows that keep running figures; nothing of the ledger is ever deleted.
RUNNING_FIGURES = {
    "ledger_account": "balance, held, debt, seq, extended_until, absorbed_by_id",
    "ledger_lot": "remaining, held, uses",
    "ledger_hold": "state, closed_at",
}


def narrow_grants(apps: Any, schema_editor: Any) -> None:
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    for table, columns in RUNNING_FIGURES.items():
        schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
        schema_editor.execute(f"GRANT UPDATE ({columns}) ON {table} TO {role}")
    schema_editor.execute(f"REVOKE DELETE, TRUNCATE ON ledger_lotdays FROM {role}")


def widen_grants(apps: Any, schema_editor: Any) -> None:
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    for table in (*RUNNING_FIGURES, "ledger_lotdays"):
        schema_editor.execute(f"GRANT UPDATE, DELETE ON {table} TO {role}")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("merchants", "0002_guards")]
    operations = [
        ProtectTenantTables(
            models=[
                "Account",
                "Transfer",
                "Entry",
                "Lot",
                "LotDays",
                "Extension",
                "Hold",
                "HoldLot",
                "LotUse",
                "DebtMove",
                "SealedBlock",
            ],
            append_only=["Transfer", "Entry", "Extension", "HoldLot", "LotUse", "DebtMove", "SealedBlock"],
        ),
        AllowErasing("Transfer", ["note"]),
        migrations.RunPython(narrow_grants, widen_grants),
        sql_file("0002_extensions"),
        sql_file("0002_book"),
        sql_file("0002_limits"),
        sql_file("0002_lot_days"),
    ]
