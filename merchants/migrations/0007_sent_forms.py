import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0006_stored_value"),
    ]

    operations = [
        migrations.CreateModel(
            name="SentForm",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("content_hash", models.BinaryField(max_length=32)),
                ("answer_url", models.CharField(max_length=500)),
                ("sent_at", models.DateTimeField()),
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
            ],
            options={
                "indexes": [models.Index(fields=["merchant", "sent_at"], name="sent_form_age")],
                "constraints": [models.UniqueConstraint(fields=("merchant", "content_hash"), name="sent_form_once")],
            },
        ),
        ProtectTenantTables(models=["SentForm"]),
    ]
