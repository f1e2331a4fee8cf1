from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("members", "0002_protection")]
    operations = [sql_file("0003_guards")]
