from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0005_saved_views")]
    operations = [
        migrations.AddField(
            model_name="merchant",
            name="stored_value_valid_months",
            field=models.PositiveSmallIntegerField(null=True),
        )
    ]
