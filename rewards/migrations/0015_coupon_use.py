from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("rewards", "0014_points_caps")]

    operations = [sql_file("0015_coupon_use")]
