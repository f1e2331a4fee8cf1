from django.db import migrations

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial"), ("merchants", "0002_protection"), ("members", "0002_protection")]
    operations = [
        ProtectTenantTables(
            models=["Quote", "Sale", "SaleLine", "Refund", "RefundLine", "UnmatchedReturn"],
            append_only=["Refund", "RefundLine", "UnmatchedReturn"],
        )
    ]
