import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("merchants", "0004_verification")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="row_height",
            field=models.PositiveSmallIntegerField(db_default=40, default=40),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("page", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(blank=True, max_length=1000)),
                ("user_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=254)),
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
                "indexes": [models.Index(fields=["merchant", "page", "created_at"], name="saved_view_by_page")],
            },
        ),
        ProtectTenantTables(models=["SavedView"]),
    ]
