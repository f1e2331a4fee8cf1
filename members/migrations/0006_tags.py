import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import common.ids
import common.models
from common.migration_operations import ProtectTenantTables

MERCHANT = {
    "db_constraint": False,
    "db_index": False,
    "on_delete": django.db.models.deletion.PROTECT,
    "related_name": "+",
    "to": "merchants.merchant",
}
PK = {"blank": True, "editable": False, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    dependencies = [("members", "0005_till_codes_protection"), ("merchants", "0005_saved_views")]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("pk", models.CompositePrimaryKey("merchant_id", "id", **PK)),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("name", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField()),
                ("merchant", models.ForeignKey(**MERCHANT)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("merchant", "name"), name="tag_name_once")],
            },
        ),
        migrations.CreateModel(
            name="MemberTag",
            fields=[
                ("pk", models.CompositePrimaryKey("merchant_id", "id", **PK)),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("tag_id", models.UUIDField()),
                ("member_id", models.UUIDField()),
                ("batch_id", models.UUIDField()),
                ("added_at", models.DateTimeField()),
                ("member", common.models.MerchantReference(id_field="member_id", to="members.member")),
                ("merchant", models.ForeignKey(**MERCHANT)),
                ("tag", common.models.MerchantReference(id_field="tag_id", indexed=False, to="members.tag")),
            ],
            options={
                "indexes": [models.Index(fields=["merchant", "batch_id"], name="member_tag_by_batch")],
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "tag_id", "member_id"), name="member_tag_once")
                ],
            },
        ),
        ProtectTenantTables(models=["Tag", "MemberTag"]),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                models.F("merchant"),
                django.db.models.functions.text.Lower("name"),
                models.F("id"),
                name="member_by_name",
            ),
        ),
    ]
