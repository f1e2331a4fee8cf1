from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0011_trade_names")]

    operations = [
        migrations.RemoveConstraint(model_name="tier", name="tier_need_not_negative"),
        migrations.RenameField(model_name="tier", old_name="need", new_name="threshold"),
        migrations.AddConstraint(
            model_name="tier",
            constraint=models.CheckConstraint(
                condition=models.Q(("threshold__gte", 0)), name="tier_threshold_not_negative"
            ),
        ),
    ]
