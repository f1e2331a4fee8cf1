from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_guards")]
    operations = [sql_file("0005_owners")]
