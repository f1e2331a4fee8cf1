from django.db import migrations

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("members", "0004_till_codes")]
    operations = [ProtectTenantTables(models=["TillCode"])]
