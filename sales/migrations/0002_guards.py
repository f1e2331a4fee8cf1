from django.db import migrations

from common.migration_operations import AllowErasing, ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial"), ("members", "0002_guards")]
    operations = [
        ProtectTenantTables(
            models=[
                "Quote",
                "Sale",
                "SaleLine",
                "Refund",
                "RefundLine",
                "ParkedReturn",
                "UnmatchedReturn",
                "TillDebtDay",
                "TillDebt",
            ],
            append_only=["Refund", "RefundLine", "UnmatchedReturn", "TillDebt"],
        ),
        AllowErasing("Refund", ["reason"]),
        sql_file("0002_purchases"),
        sql_file("0002_receipt_views"),
        sql_file("0002_guards"),
        sql_file("0002_parked_returns"),
        sql_file("0002_till_debts"),
        sql_file("0002_blocked"),
    ]
