from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0012_invitations_as_offered")]

    operations = [
        migrations.RemoveConstraint("sentform", "sent_form_once"),
        migrations.RenameField("merchant", "engine", "promotion_settings"),
        migrations.RenameField("claimedkey", "fingerprint", "request_fingerprint"),
        migrations.RenameField("sentform", "content_hash", "request_fingerprint"),
        migrations.AddConstraint(
            "sentform", models.UniqueConstraint(fields=["merchant", "request_fingerprint"], name="sent_form_once")
        ),
    ]
