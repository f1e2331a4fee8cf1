from django.db import migrations

from common.migration_operations import ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("members", "0002_guards"), ("merchants", "0002_guards")]
    operations = [
        ProtectTenantTables(models=["Breach", "TouchedMember"]),
        sql_file("0002_breaches"),
    ]
