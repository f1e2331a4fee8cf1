from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("sales", "0009_trade_names"), ("merchants", "0013_trade_names")]
    operations = [sql_file("0010_receipt_views")]
