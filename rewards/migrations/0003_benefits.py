import common.ids
import common.models
from common.migration_operations import ProtectTenantTables, sql_file
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0002_guards"),
        ("rewards", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="BenefitGiven",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("sale_id", models.UUIDField()),
                ("cause_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("given", "given"), ("claimed", "claimed"), ("returned", "returned")], max_length=8
                    ),
                ),
                ("promotion_id", models.UUIDField()),
                ("version_number", models.PositiveIntegerField(null=True)),
                ("coupon_id", models.UUIDField(null=True)),
                ("discount_amount", models.BigIntegerField(default=0)),
                ("gift_amount", models.BigIntegerField(default=0)),
                ("cashback_amount", models.BigIntegerField(default=0)),
                ("points", models.BigIntegerField(default=0)),
                ("spend", models.BigIntegerField(default=0)),
                ("business_date", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "coupon",
                    common.models.MerchantReference(
                        id_field="coupon_id", indexed=False, null=True, to="rewards.coupon"
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
                (
                    "promotion",
                    common.models.MerchantReference(id_field="promotion_id", indexed=False, to="rewards.promotion"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["merchant", "promotion_id", "business_date"], name="benefit_by_promotion")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "sale_id", "promotion_id", "kind", "cause_id"), name="benefit_given_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "claimed"),
                            models.Q(
                                ("cashback_amount__gte", 0),
                                ("discount_amount__gte", 0),
                                ("gift_amount__gte", 0),
                                ("kind", "given"),
                                ("points__gte", 0),
                                ("spend__gte", 0),
                            ),
                            models.Q(
                                ("cashback_amount__lte", 0),
                                ("discount_amount__lte", 0),
                                ("gift_amount__lte", 0),
                                ("kind", "returned"),
                                ("points__lte", 0),
                                ("spend__lte", 0),
                            ),
                            _connector="OR",
                        ),
                        name="benefit_given_sign",
                    ),
                ],
            },
        ),
        ProtectTenantTables(models=["BenefitGiven"], append_only=["BenefitGiven"]),
        sql_file("0003_benefits"),
    ]
