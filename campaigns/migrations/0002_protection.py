from django.db import migrations

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("merchants", "0002_protection"), ("members", "0003_guards")]
    operations = [
        ProtectTenantTables(
            models=["SendingPolicy", "Campaign", "Automation", "Delivery", "Attempt", "Suppression"],
        )
    ]
