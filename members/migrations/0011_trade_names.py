from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0010_reachable")]

    operations = [
        migrations.RenameModel("TillCode", "VerificationCode"),
        migrations.RenameModel("TierProgramme", "TierProgram"),
        migrations.RemoveConstraint(
            model_name="tierprogram",
            name="tier_programme_once",
        ),
        migrations.RemoveConstraint(
            model_name="tierprogram",
            name="tier_programme_down_policy",
        ),
        migrations.RemoveConstraint(
            model_name="tierprogram",
            name="tier_programme_window",
        ),
        migrations.RemoveConstraint(
            model_name="verificationcode",
            name="till_code_one_per_member",
        ),
        migrations.AddConstraint(
            model_name="tierprogram",
            constraint=models.UniqueConstraint(fields=("merchant",), name="tier_program_once"),
        ),
        migrations.AddConstraint(
            model_name="tierprogram",
            constraint=models.CheckConstraint(
                condition=models.Q(("down_policy__in", ["earned", "one_step", "never"])),
                name="tier_program_down_policy",
            ),
        ),
        migrations.AddConstraint(
            model_name="tierprogram",
            constraint=models.CheckConstraint(condition=models.Q(("window_days__gte", 1)), name="tier_program_window"),
        ),
        migrations.AddConstraint(
            model_name="verificationcode",
            constraint=models.UniqueConstraint(
                fields=("merchant", "member_id"), name="verification_code_one_per_member"
            ),
        ),
    ]
