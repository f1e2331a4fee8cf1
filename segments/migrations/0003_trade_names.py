from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("segments", "0002_protection")]

    operations = [
        migrations.RenameModel("Standing", "SegmentMembership"),
    ]
