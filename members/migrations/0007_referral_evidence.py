import django.db.models.deletion
from django.db import migrations, models

import common.ids
import common.models
from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("members", "0006_tags"), ("merchants", "0002_protection")]

    operations = [
        migrations.CreateModel(
            name="FormerContact",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("member_id", models.UUIDField()),
                ("member", common.models.MerchantReference(id_field="member_id", to="members.member")),
                ("kind", models.CharField(choices=[("phone", "phone"), ("email", "email")], max_length=5)),
                ("contact_hash", models.BinaryField(max_length=32)),
                ("given_up_at", models.DateTimeField()),
            ],
            options={"abstract": False},
        ),
        migrations.AddField(
            model_name="member", name="joined_device_hash", field=models.BinaryField(max_length=32, null=True)
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("joined_device_hash__isnull", False)),
                fields=["merchant", "joined_device_hash"],
                name="member_by_joined_device",
            ),
        ),
        ProtectTenantTables(models=["FormerContact"], append_only=["FormerContact"]),
    ]
