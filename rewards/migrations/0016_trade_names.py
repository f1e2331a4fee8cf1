from django.db import migrations, models

import common.models
from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("rewards", "0015_coupon_use")]

    operations = [
        migrations.RenameModel("PromotionTurn", "PromotionStatusChange"),
        migrations.RenameModel("PartnerShare", "PartnerFunding"),
        migrations.RenameField("topup", "content", "request_fingerprint"),
        migrations.RenameField("giftcard", "content", "request_fingerprint"),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("referral", "programme")]),
        migrations.RenameModel("ReferralProgramme", "ReferralProgram"),
        migrations.RenameField("referral", "programme_id", "program_id"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    "referral",
                    "program",
                    common.models.MerchantReference(id_field="program_id", indexed=False, to="rewards.referralprogram"),
                )
            ]
        ),
        migrations.RemoveConstraint(
            model_name="referralprogram",
            name="referral_programme_once",
        ),
        migrations.RemoveConstraint(
            model_name="referralprogram",
            name="referral_programme_reward",
        ),
        migrations.RemoveConstraint(
            model_name="referralprogram",
            name="referral_programme_days",
        ),
        migrations.AddConstraint(
            model_name="referralprogram",
            constraint=models.UniqueConstraint(fields=("merchant", "number"), name="referral_program_once"),
        ),
        migrations.AddConstraint(
            model_name="referralprogram",
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
                name="referral_program_reward",
            ),
        ),
        migrations.AddConstraint(
            model_name="referralprogram",
            constraint=models.CheckConstraint(
                condition=models.Q(("qualify_days__gte", 1)), name="referral_program_days"
            ),
        ),
        sql_file("0016_trade_names"),
    ]
