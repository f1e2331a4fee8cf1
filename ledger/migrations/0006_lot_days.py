from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
import common.models
from common.migration_operations import ProtectTenantTables, owner_sees_all, sql_file

SUM_UP = """
INSERT INTO ledger_lotdays (merchant_id, id, account_id, available_on, expires_on, remaining, held)
SELECT merchant_id, gen_random_uuid(), account_id, available_on, expires_on, sum(remaining), sum(held)
FROM ledger_lot GROUP BY merchant_id, account_id, available_on, expires_on
"""


def narrow_grants(apps: Any, schema_editor: Any) -> None:
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"REVOKE DELETE, TRUNCATE ON ledger_lotdays FROM {role}")


def sum_up(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(SUM_UP)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_seals"), ("merchants", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="LotDays",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("account_id", models.UUIDField()),
                ("available_on", models.DateField()),
                ("expires_on", models.DateField(null=True)),
                ("remaining", models.BigIntegerField()),
                ("held", models.BigIntegerField()),
                (
                    "account",
                    common.models.MerchantReference(id_field="account_id", indexed=False, to="ledger.account"),
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
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("remaining__gt", 0)),
                        fields=["merchant", "account_id"],
                        name="lot_days_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "account_id", "available_on", "expires_on"),
                        name="lot_days_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held__gte", 0), ("held__lte", models.F("remaining"))),
                        name="lot_days_figures",
                    ),
                ],
            },
        ),
        ProtectTenantTables(models=["LotDays"]),
        migrations.RunPython(narrow_grants, migrations.RunPython.noop),
        migrations.RunPython(owner_sees_all(["ledger_lot", "ledger_lotdays"], sum_up), migrations.RunPython.noop),
        sql_file("0006_lot_days"),
    ]
