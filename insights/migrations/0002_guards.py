from django.db import migrations

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("insights", "0001_initial"), ("merchants", "0002_guards")]
    operations = [
        ProtectTenantTables(
            models=["DiscountLimit", "Scenario", "Result"],
            append_only=["Scenario", "Result"],
        ),
    ]
