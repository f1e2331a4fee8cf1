from django.db import migrations

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("merchants", "0001_initial")]
    operations = [
        ProtectTenantTables(
            models=["Outlet", "Till", "ClaimedKey", "AuditEntry", "OutboxEvent", "NightRun"],
            append_only=["AuditEntry"],
        )
    ]
