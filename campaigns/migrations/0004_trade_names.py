from django.db import migrations, models

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_guards")]

    operations = [
        migrations.RenameField("campaign", "trouble", "last_error"),
        migrations.RenameField("campaign", "hold_until", "retry_at"),
        migrations.RemoveConstraint(
            model_name="attempt",
            name="one_open_attempt",
        ),
        migrations.RemoveConstraint(
            model_name="attempt",
            name="attempt_state",
        ),
        migrations.RemoveConstraint(
            model_name="attempt",
            name="attempt_handed_over_began",
        ),
        migrations.RemoveConstraint(
            model_name="delivery",
            name="delivery_state",
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["sending", "uncertain"])),
                fields=("merchant", "delivery_id"),
                name="one_open_attempt",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["sending", "accepted", "deferred", "failed", "refused", "uncertain", "abandoned", "overruled"],
                    )
                ),
                name="attempt_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["accepted", "uncertain", "overruled"]), _negated=True),
                    ("data_started_at__isnull", False),
                    _connector="OR",
                ),
                name="attempt_handed_over_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "control",
                            "excluded",
                            "queued",
                            "sending",
                            "accepted",
                            "deferred",
                            "failed",
                            "uncertain",
                            "suppressed",
                            "cancelled",
                        ],
                    )
                ),
                name="delivery_state",
            ),
        ),
        sql_file("0004_trade_names"),
    ]
