from django.db import migrations

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("sales", "0008_spread_returns")]

    operations = [
        migrations.RenameField("quote", "cart_hash", "request_fingerprint"),
        migrations.RenameField("sale", "content", "request_fingerprint"),
        migrations.RenameField("refund", "content", "request_fingerprint"),
        sql_file("0009_trade_names"),
    ]
