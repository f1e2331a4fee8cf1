from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("rewards", "0013_coupon_touched")]

    operations = [sql_file("0014_coupon_use")]
