import django.db.models.deletion
from django.db import migrations, models

import common.ids
import common.models
from common.migration_operations import ProtectTenantTables, owner_sees_all, sql_file


def confirm_cards_made_so_far(apps, schema_editor):
    """Cards from before were given for good, on whichever way their members came."""
    schema_editor.execute("UPDATE members_card SET confirmed_at = issued_at")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_figures"),
        ("merchants", "0006_stored_value"),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitingCardShown",
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
                ("till_id", models.UUIDField()),
                ("member_id", models.UUIDField()),
                ("shown_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="card",
            name="card_number_once",
        ),
        migrations.RemoveConstraint(
            model_name="card",
            name="card_one_valid",
        ),
        migrations.AddField(
            model_name="card",
            name="confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="card",
            name="shown_name",
            field=models.CharField(blank=True, db_comment="personal", db_default="", max_length=120),
        ),
        migrations.RunPython(
            owner_sees_all(["members_card"], confirm_cards_made_so_far), migrations.RunPython.noop, elidable=False
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at__isnull", False), ("revoked_at__isnull", True)),
                fields=("merchant", "number"),
                name="card_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at__isnull", False), ("revoked_at__isnull", True)),
                fields=("merchant", "member_id"),
                name="card_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at__isnull", True), ("number", "")),
                    models.Q(("confirmed_at__isnull", False), models.Q(("number", ""), _negated=True)),
                    _connector="OR",
                ),
                name="card_waiting_has_no_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shown_name", ""),
                    models.Q(("confirmed_at__isnull", True), ("revoked_at__isnull", True)),
                    _connector="OR",
                ),
                name="card_name_only_while_waiting",
            ),
        ),
        migrations.AddField(
            model_name="waitingcardshown",
            name="member",
            field=common.models.MerchantReference(id_field="member_id", to="members.member"),
        ),
        migrations.AddField(
            model_name="waitingcardshown",
            name="till",
            field=common.models.MerchantReference(id_field="till_id", indexed=False, to="merchants.till"),
        ),
        migrations.AddConstraint(
            model_name="waitingcardshown",
            constraint=models.UniqueConstraint(
                fields=("merchant", "till_id", "member_id"), name="waiting_card_shown_once"
            ),
        ),
        ProtectTenantTables(models=["WaitingCardShown"]),
        sql_file("0009_waiting_cards"),
    ]
