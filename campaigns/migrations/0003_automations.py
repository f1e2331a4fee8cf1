from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_guards"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="campaign",
            name="one_welcome",
        ),
        migrations.RemoveConstraint(
            model_name="campaign",
            name="campaign_kind",
        ),
        migrations.RemoveConstraint(
            model_name="campaign",
            name="campaign_runs_frozen",
        ),
        migrations.AddField(
            model_name="campaign",
            name="trigger",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="kind",
            field=models.CharField(default="campaign", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(
                condition=models.Q(("trigger", ""), _negated=True),
                fields=("merchant", "trigger"),
                name="one_automation_of_a_trigger",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "campaign"), ("trigger", "")),
                    models.Q(("kind", "automation"), ("trigger__in", ["joined"])),
                    _connector="OR",
                ),
                name="campaign_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "automation"),
                    models.Q(("state__in", ["running", "finished"]), _negated=True),
                    ("frozen_at__isnull", False),
                    _connector="OR",
                ),
                name="campaign_runs_frozen",
            ),
        ),
    ]
