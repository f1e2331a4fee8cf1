from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_protection"), ("members", "0003_guards"), ("common", "0001_initial")]
    operations = [sql_file("0003_guards")]
