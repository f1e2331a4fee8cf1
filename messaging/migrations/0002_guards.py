from django.db import migrations

from common.migration_operations import ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_initial"),
        ("merchants", "0002_guards"),
        ("members", "0002_guards"),
        ("common", "0001_initial"),
    ]
    operations = [
        ProtectTenantTables(models=["SendingPolicy", "Suppression", "Dispatch", "Message", "Attempt"]),
        sql_file("0002_guards"),
    ]
