from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sales", "0004_stored_value")]

    operations = [
        migrations.AddField(model_name="sale", name="device_hash", field=models.BinaryField(max_length=32, null=True)),
        migrations.AddField(model_name="sale", name="tender_hash", field=models.BinaryField(max_length=32, null=True)),
        migrations.AddField(model_name="sale", name="referral_id", field=models.UUIDField(null=True)),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(
                condition=models.Q(("device_hash__isnull", False)),
                fields=["merchant", "device_hash"],
                name="sale_by_device",
            ),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(
                condition=models.Q(("tender_hash__isnull", False)),
                fields=["merchant", "tender_hash"],
                name="sale_by_tender",
            ),
        ),
    ]
