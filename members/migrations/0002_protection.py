from django.db import migrations

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]
    operations = [
        ProtectTenantTables(
            models=["TierProgramme", "Tier", "Member", "Card", "Consent", "TierMove"],
            append_only=["Consent", "TierMove"],
        )
    ]
