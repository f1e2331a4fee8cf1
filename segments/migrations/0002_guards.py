from django.db import migrations

from common.migration_operations import ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial"), ("members", "0002_guards")]
    operations = [
        ProtectTenantTables(
            models=[
                "LifecycleRule",
                "SegmentRun",
                "SegmentPointer",
                "SegmentMembership",
                "SegmentCount",
                "SegmentMove",
            ],
            append_only=["SegmentRun", "SegmentCount", "SegmentMove"],
        ),
        sql_file("0002_segments_current"),
    ]
