import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0003_jobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="DueWork",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=30)),
                ("subject_id", models.UUIDField(null=True)),
                ("due_at", models.DateTimeField()),
                ("next_try_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("is_asked_again", models.BooleanField(default=False)),
                ("last_error", models.CharField(blank=True, max_length=200)),
                ("given_up_at", models.DateTimeField(null=True)),
                (
                    "merchant",
                    models.ForeignKey(
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
                        condition=models.Q(("given_up_at__isnull", True)),
                        fields=["next_try_at", "merchant", "kind"],
                        name="due_work_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "kind", "subject_id"), name="due_work_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("given_up_at__isnull", True),
                            models.Q(
                                ("attempts__gte", 1),
                                ("claimed_at__isnull", True),
                                models.Q(("last_error", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="due_work_given_up_was_tried",
                    ),
                ],
            },
        ),
        sql_file("0005_timetable"),
    ]
