from django.db import migrations

from common.migration_operations import AllowErasing, ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0001_initial"),
        ("common", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [
        ProtectTenantTables(
            models=[
                "Outlet",
                "StaffOutlet",
                "Till",
                "ClaimedKey",
                "AuditEntry",
                "OutboxEvent",
                "NightRun",
                "SavedView",
                "SentForm",
                "Job",
                "JobPart",
                "Approval",
                "LoggedRequest",
                "TerminalNumber",
            ],
            append_only=["AuditEntry", "TerminalNumber"],
        ),
        AllowErasing("AuditEntry", ["reason", "before", "after"]),
        sql_file("0002_one_merchant_at_a_time"),
        sql_file("0002_doors"),
        sql_file("0002_one_account"),
        sql_file("0002_invitations"),
        sql_file("0002_jobs"),
        sql_file("0002_timetable"),
        sql_file("0002_approvals"),
        sql_file("0002_sandboxes"),
        sql_file("0002_staff_outlets"),
    ]
