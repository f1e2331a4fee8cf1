from django.db import migrations

from common.migration_operations import LendStatistics, sql_file


class Migration(migrations.Migration):
    dependencies = [("common", "0002_heartbeat")]

    operations = [sql_file("0003_statistics"), LendStatistics()]
