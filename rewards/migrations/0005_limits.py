import common.ids
import common.models
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from common.migration_operations import ProtectTenantTables, owner_sees_all


def date_earlier_uses(apps, schema_editor):
    """Uses of the time before limits per day: what day they were counts for nothing, but each has one."""
    schema_editor.execute("UPDATE rewards_promotionuse SET day = used_at::date WHERE day IS NULL")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0003_guards"),
        ("merchants", "0002_protection"),
        ("rewards", "0004_stamps"),
    ]

    operations = [
        migrations.CreateModel(
            name="PromotionDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("promotion_id", models.UUIDField()),
                ("day", models.DateField()),
                ("day_limit", models.PositiveBigIntegerField()),
                ("used_count", models.PositiveBigIntegerField(default=0)),
                ("reserved_count", models.PositiveBigIntegerField(default=0)),
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
                    common.models.MerchantReference(id_field="promotion_id", indexed=False, to="rewards.promotion"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PromotionTurn",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("promotion_id", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("live", "live"), ("paused", "paused"), ("ended", "ended")], max_length=8
                    ),
                ),
                ("starts_at", models.DateTimeField()),
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
                (
                    "promotion",
                    common.models.MerchantReference(id_field="promotion_id", indexed=False, to="rewards.promotion"),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="promotion",
            name="promotion_usage_limit",
        ),
        migrations.RemoveConstraint(
            model_name="promotion",
            name="promotion_budget",
        ),
        migrations.RemoveIndex(
            model_name="promotion",
            name="promotion_live",
        ),
        migrations.AddField(
            model_name="promotion",
            name="reserved_amount",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="promotion",
            name="reserved_count",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="counted",
            field=models.BooleanField(default=False),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="counted_today",
            field=models.BooleanField(default=False),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="day",
            field=models.DateField(null=True),
        ),
        migrations.RunPython(owner_sees_all(["rewards_promotionuse"], date_earlier_uses), migrations.RunPython.noop),
        migrations.AlterField(
            model_name="promotionuse",
            name="day",
            field=models.DateField(),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="day_slot",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="day_slot_limit",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="over",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="quote_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="reserved_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="slot_limit",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="spend",
            field=models.PositiveBigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="state",
            field=models.CharField(choices=[("open", "open"), ("used", "used")], default="used", max_length=4),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="taken",
            field=models.PositiveBigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="till_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="promotionuse",
            name="member",
            field=common.models.MerchantReference(id_field="member_id", null=True, to="members.member"),
        ),
        migrations.AlterField(
            model_name="promotionuse",
            name="member_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="promotionuse",
            name="sale_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="promotionuse",
            name="slot",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="promotion",
            index=models.Index(
                condition=models.Q(models.Q(("state", "draft"), _negated=True), ("needs_coupon", False)),
                fields=["merchant", "id"],
                name="promotion_open",
            ),
        ),
        migrations.AddIndex(
            model_name="promotionuse",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["merchant", "quote_id"], name="promotion_use_by_quote"
            ),
        ),
        migrations.AddIndex(
            model_name="promotionuse",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["merchant", "promotion_id", "reserved_until"],
                name="promotion_use_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("usage_limit__isnull", True),
                    (
                        "usage_limit__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("used_count"), "+", models.F("reserved_count")
                        ),
                    ),
                    _connector="OR",
                ),
                name="promotion_usage_limit",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("budget_limit__isnull", True),
                    (
                        "budget_limit__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("spent_amount"), "+", models.F("reserved_amount")
                        ),
                    ),
                    _connector="OR",
                ),
                name="promotion_budget",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.UniqueConstraint(
                fields=("merchant", "promotion_id", "member_id", "day", "day_slot"), name="promotion_use_day_slot"
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.UniqueConstraint(
                fields=("merchant", "promotion_id", "sale_id"), name="promotion_use_once_per_sale"
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("slot__isnull", True),
                        models.Q(("slot__gte", 1), ("slot__lte", models.F("slot_limit"))),
                        _connector="OR",
                    ),
                    models.Q(
                        ("day_slot__isnull", True),
                        models.Q(("day_slot__gte", 1), ("day_slot__lte", models.F("day_slot_limit"))),
                        _connector="OR",
                    ),
                ),
                name="promotion_use_within_slots",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.CheckConstraint(
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
                name="promotion_use_is_held_or_sold",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("over", False),
                    models.Q(
                        ("counted", False), ("counted_today", False), ("day_slot__isnull", True), ("slot__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="promotion_use_over_is_outside",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("spend__lte", models.F("taken"))), name="promotion_use_gives_back_what_it_took"
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionday",
            constraint=models.UniqueConstraint(fields=("merchant", "promotion_id", "day"), name="promotion_day_once"),
        ),
        migrations.AddConstraint(
            model_name="promotionday",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "day_limit__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("used_count"), "+", models.F("reserved_count")
                        ),
                    )
                ),
                name="promotion_day_limit",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionturn",
            constraint=models.UniqueConstraint(
                fields=("merchant", "promotion_id", "number"), name="promotion_turn_once"
            ),
        ),
        ProtectTenantTables(models=["PromotionDay", "PromotionTurn"], append_only=["PromotionTurn"]),
    ]
