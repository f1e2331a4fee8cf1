from django.db import migrations

from common.migration_operations import ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("merchants", "0002_guards")]
    operations = [ProtectTenantTables(models=["SendingPolicy", "Suppression"]), sql_file("0002_guards")]
