from django.db import migrations

from common.migration_operations import GrantAppRole, sql_file


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [GrantAppRole(), sql_file("0001_history")]
