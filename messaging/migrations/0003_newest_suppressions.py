from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0002_guards"),
        ("messaging", "0002_guards"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(fields=["merchant", "-created_at", "-id"], name="suppression_newest"),
        ),
    ]
