import django.db.models.deletion
from django.db import migrations, models

import common.ids
import common.models
from common.migration_operations import ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_guards"),
        ("members", "0007_referral_evidence"),
        ("merchants", "0002_protection"),
        ("rewards", "0011_gift_cards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Referral",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("programme_id", models.UUIDField()),
                ("friend_id", models.UUIDField()),
                ("referrer_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("joined", "joined"),
                            ("qualified", "qualified"),
                            ("in_review", "in_review"),
                            ("granted", "granted"),
                            ("refused", "refused"),
                            ("clawed_back", "clawed_back"),
                            ("expired", "expired"),
                        ],
                        default="joined",
                        max_length=11,
                    ),
                ),
                ("source", models.CharField(max_length=8)),
                ("joined_at", models.DateTimeField()),
                ("joined_on", models.DateField()),
                ("sale_id", models.UUIDField(null=True)),
                ("sale_amount", models.BigIntegerField(default=0)),
                ("qualified_on", models.DateField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("checked_on", models.DateField(null=True)),
                ("cleared_at", models.DateTimeField(null=True)),
                ("reasons", models.JSONField(default=list)),
                ("friend", common.models.MerchantReference(id_field="friend_id", indexed=False, to="members.member")),
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
                    "referrer",
                    common.models.MerchantReference(id_field="referrer_id", indexed=False, to="members.member"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReferralMove",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("referral_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("from_state", models.CharField(max_length=11, null=True)),
                ("to_state", models.CharField(max_length=11)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_label", models.CharField(max_length=254)),
                ("reasons", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=300)),
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
                ("referral", common.models.MerchantReference(id_field="referral_id", to="rewards.referral")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ReferralProgramme",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("number", models.PositiveIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=254)),
                ("is_open", models.BooleanField()),
                ("minimum_amount", models.PositiveBigIntegerField()),
                ("qualify_days", models.PositiveSmallIntegerField()),
                ("waiting_days", models.PositiveSmallIntegerField()),
                (
                    "reward_kind",
                    models.CharField(
                        choices=[("points", "points"), ("wallet", "wallet"), ("coupon", "coupon")], max_length=6
                    ),
                ),
                ("reward_amount", models.PositiveBigIntegerField()),
                ("reward_batch_id", models.UUIDField(null=True)),
                (
                    "friend_price",
                    models.CharField(
                        choices=[("none", "none"), ("percent", "percent"), ("amount", "amount")], max_length=7
                    ),
                ),
                ("friend_value", models.PositiveBigIntegerField()),
                ("friend_batch_id", models.UUIDField(null=True)),
                ("promotion_id", models.UUIDField(null=True)),
                ("monthly_cap", models.PositiveIntegerField(null=True)),
                ("total_cap", models.PositiveIntegerField(null=True)),
                ("joins_per_day", models.PositiveSmallIntegerField()),
                (
                    "friend_batch",
                    common.models.MerchantReference(
                        id_field="friend_batch_id", indexed=False, null=True, to="rewards.couponbatch"
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
                    common.models.MerchantReference(
                        id_field="promotion_id", indexed=False, null=True, to="rewards.promotion"
                    ),
                ),
                (
                    "reward_batch",
                    common.models.MerchantReference(
                        id_field="reward_batch_id", indexed=False, null=True, to="rewards.couponbatch"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="referral",
            name="programme",
            field=common.models.MerchantReference(
                id_field="programme_id", indexed=False, to="rewards.referralprogramme"
            ),
        ),
        migrations.CreateModel(
            name="ReferralClawback",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("referral_id", models.UUIDField()),
                ("sale_id", models.UUIDField()),
                ("taken", models.PositiveBigIntegerField()),
                ("missing", models.PositiveBigIntegerField()),
                ("coupon_used", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("business_date", models.DateField()),
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
                    "referral",
                    common.models.MerchantReference(id_field="referral_id", indexed=False, to="rewards.referral"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "referral_id"), name="referral_clawed_back_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReferralGrant",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "merchant_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.UUIDField(default=common.ids.new_id, editable=False)),
                ("referral_id", models.UUIDField()),
                ("referrer_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("points", "points"), ("wallet", "wallet"), ("coupon", "coupon")], max_length=6
                    ),
                ),
                ("amount", models.PositiveBigIntegerField()),
                ("transfer_id", models.UUIDField(null=True)),
                ("coupon_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("business_date", models.DateField()),
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
                    "referral",
                    common.models.MerchantReference(id_field="referral_id", indexed=False, to="rewards.referral"),
                ),
                (
                    "referrer",
                    common.models.MerchantReference(id_field="referrer_id", indexed=False, to="members.member"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["merchant", "referrer_id", "business_date"], name="referral_grant_by_referrer")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "referral_id"), name="referral_granted_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount", 0),
                                ("coupon_id__isnull", False),
                                ("kind", "coupon"),
                                ("transfer_id__isnull", True),
                            ),
                            models.Q(
                                models.Q(("kind", "coupon"), _negated=True),
                                ("amount__gt", 0),
                                ("coupon_id__isnull", True),
                                ("transfer_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="referral_grant_is_whole",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="referralprogramme",
            constraint=models.UniqueConstraint(fields=("merchant", "number"), name="referral_programme_once"),
        ),
        migrations.AddConstraint(
            model_name="referralprogramme",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reward_amount", 0), ("reward_batch_id__isnull", False), ("reward_kind", "coupon")),
                    models.Q(
                        models.Q(("reward_kind", "coupon"), _negated=True),
                        ("reward_amount__gt", 0),
                        ("reward_batch_id__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="referral_programme_reward",
            ),
        ),
        migrations.AddConstraint(
            model_name="referralprogramme",
            constraint=models.CheckConstraint(
                condition=models.Q(("qualify_days__gte", 1)), name="referral_programme_days"
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["merchant", "referrer_id", "joined_on"], name="referral_by_referrer"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["merchant", "state", "id"], name="referral_by_state"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["merchant", "joined_on"], name="referral_by_day"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.UniqueConstraint(fields=("merchant", "friend_id"), name="referral_friend_once"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sale_id__isnull", False)),
                fields=("merchant", "sale_id"),
                name="referral_sale_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(("friend_id", models.F("referrer_id")), _negated=True), name="referral_of_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["joined", "qualified", "in_review", "granted", "refused", "clawed_back", "expired"])
                ),
                name="referral_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("state__in", ["qualified", "in_review", "granted", "clawed_back"]), _negated=True),
                        models.Q(("due_on__isnull", False), ("sale_id__isnull", False)),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("state__in", ["joined", "expired"]), _negated=True),
                        ("sale_id__isnull", True),
                        _connector="OR",
                    ),
                ),
                name="referral_has_its_sale",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "in_review"), _negated=True),
                    models.Q(("reasons", []), _negated=True),
                    _connector="OR",
                ),
                name="referral_in_review_for_reasons",
            ),
        ),
        ProtectTenantTables(
            models=["ReferralProgramme", "Referral", "ReferralGrant", "ReferralClawback", "ReferralMove"],
            append_only=["ReferralProgramme", "ReferralGrant", "ReferralClawback", "ReferralMove"],
        ),
        sql_file("0012_referrals"),
    ]
