from django.db import migrations, models

from common.migration_operations import sql_file


class Migration(migrations.Migration):
    dependencies = [("rewards", "0017_occasions")]

    operations = [
        migrations.RemoveConstraint(model_name="stampcard", name="stamp_card_needs_stamps"),
        migrations.RenameField(model_name="stampcard", old_name="need", new_name="threshold"),
        migrations.RenameField(model_name="stampcard", old_name="have", new_name="progress"),
        migrations.AddConstraint(
            model_name="stampcard",
            constraint=models.CheckConstraint(
                condition=models.Q(("threshold__gte", 1)), name="stamp_card_needs_stamps"
            ),
        ),
        sql_file("0018_stamp_progress"),
    ]
