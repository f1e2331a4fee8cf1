from django.db import migrations

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial"), ("merchants", "0002_protection"), ("ledger", "0001_initial")]
    operations = [
        ProtectTenantTables(
            models=["Account", "Transfer", "Entry", "Lot", "Hold", "HoldLot", "LotUse", "DebtMove"],
            append_only=["Transfer", "Entry", "HoldLot", "LotUse", "DebtMove"],
        )
    ]
