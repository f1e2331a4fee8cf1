from django.db import migrations

from common.migration_operations import ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("members", "0002_guards"), ("messaging", "0002_guards")]
    operations = [
        ProtectTenantTables(
            models=["Campaign", "Automation", "Delivery"],
        ),
        sql_file("0002_guards"),
    ]
