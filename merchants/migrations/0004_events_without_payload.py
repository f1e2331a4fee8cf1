from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("merchants", "0003_jobs")]
    operations = [migrations.RemoveField("outboxevent", "payload")]
