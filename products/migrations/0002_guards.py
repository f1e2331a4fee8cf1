from django.db import migrations

from common.migration_operations import ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial"), ("merchants", "0002_guards")]
    operations = [
        ProtectTenantTables(
            models=["Product", "ProductCost", "ProductImport"],
            append_only=["ProductCost"],
        ),
        sql_file("0002_views"),
    ]
