from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0011_trade_names"),
        ("merchants", "0013_trade_names"),
        ("rewards", "0016_trade_names"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="coupon",
            name="coupon_source_member_once",
        ),
        migrations.AddField(
            model_name="coupon",
            name="occasion_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.UniqueConstraint(
                condition=models.Q(("member_id__isnull", False), ("source_id__isnull", False)),
                fields=("merchant", "source_id", "member_id", "occasion_key"),
                name="coupon_occasion_once",
            ),
        ),
    ]
