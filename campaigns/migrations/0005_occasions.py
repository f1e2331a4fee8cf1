from django.db import migrations, models

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_trade_names"),
        ("members", "0011_trade_names"),
        ("merchants", "0013_trade_names"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="delivery",
            name="delivery_member_once",
        ),
        migrations.RemoveConstraint(
            model_name="delivery",
            name="delivery_address_once",
        ),
        migrations.AddField(
            model_name="delivery",
            name="occasion_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("merchant", "campaign_id", "member_id", "occasion_key"), name="delivery_member_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("merchant", "campaign_id", "address_hash", "occasion_key"), name="delivery_address_once"
            ),
        ),
        sql_file("0005_occasions"),
    ]
