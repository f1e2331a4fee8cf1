from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("merchants", "0011_one_account")]

    operations = [sql_file("0012_invitations_as_offered")]
