import common.ids
import common.models
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_figures"),
        ("merchants", "0006_stored_value"),
        ("rewards", "0013_coupon_touched"),
    ]

    operations = [
        migrations.CreateModel(
            name="PointsTake",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("member_id", models.UUIDField()),
                ("promotion_id", models.UUIDField(null=True)),
                ("state", models.CharField(choices=[("open", "open"), ("used", "used")], default="used", max_length=4)),
                ("quote_id", models.UUIDField(null=True)),
                ("sale_id", models.UUIDField(null=True)),
                ("reserved_until", models.DateTimeField(null=True)),
                ("day", models.DateField()),
                ("counted_day", models.BooleanField()),
                ("counted_month", models.BooleanField()),
                ("over", models.BooleanField(default=False)),
                ("points", models.PositiveBigIntegerField()),
                ("taken", models.PositiveBigIntegerField()),
                ("member", common.models.MerchantReference(id_field="member_id", indexed=False, to="members.member")),
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
                (
                    "promotion",
                    common.models.MerchantReference(id_field="promotion_id", null=True, to="rewards.promotion"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["merchant", "member_id", "day"], name="points_take_by_member"),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["merchant", "quote_id"],
                        name="points_take_by_quote",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("sale_id__isnull", False)),
                        fields=("merchant", "sale_id", "promotion_id"),
                        name="points_take_once_per_sale",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sale_id__isnull", False), ("state", "used")),
                            models.Q(
                                ("quote_id__isnull", False),
                                ("reserved_until__isnull", False),
                                ("sale_id__isnull", True),
                                ("state", "open"),
                            ),
                            _connector="OR",
                        ),
                        name="points_take_is_held_or_sold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("over", False), models.Q(("counted_day", False), ("counted_month", False)), _connector="OR"
                        ),
                        name="points_take_over_is_outside",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("points__lte", models.F("taken"))),
                        name="points_take_gives_back_what_it_took",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PointsTally",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("member_id", models.UUIDField()),
                ("promotion_id", models.UUIDField(null=True)),
                ("period", models.CharField(choices=[("day", "day"), ("month", "month")], max_length=5)),
                ("starts_on", models.DateField()),
                ("points_limit", models.PositiveBigIntegerField()),
                ("used_points", models.PositiveBigIntegerField(default=0)),
                ("reserved_points", models.PositiveBigIntegerField(default=0)),
                ("member", common.models.MerchantReference(id_field="member_id", indexed=False, to="members.member")),
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
                (
                    "promotion",
                    common.models.MerchantReference(id_field="promotion_id", null=True, to="rewards.promotion"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "member_id", "promotion_id", "period", "starts_on"),
                        name="points_tally_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "points_limit__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("used_points"), "+", models.F("reserved_points")
                                ),
                            )
                        ),
                        name="points_tally_within_limit",
                    ),
                ],
            },
        ),
        ProtectTenantTables(models=["PointsTake", "PointsTally"]),
    ]
