from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("merchants", "0009_one_merchant_at_a_time")]

    operations = [sql_file("0010_doors")]
