from django.db import migrations, models

from common.migration_operations import GrantAppRole, LimitAppRole, sql_file


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        GrantAppRole(),
        sql_file("0001_history"),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("written_at", models.DateTimeField()),
            ],
        ),
        sql_file("0001_statistics"),
        LimitAppRole(),
    ]
