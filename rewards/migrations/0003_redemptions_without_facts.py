from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rewards", "0002_guards")]
    operations = [migrations.RemoveField("redemption", "facts")]
