from django.db import migrations

from common.migration_operations import AllowErasing, ProtectTenantTables, sql_file


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial"), ("merchants", "0002_guards")]
    operations = [
        ProtectTenantTables(
            models=[
                "TierProgram",
                "Tier",
                "Member",
                "Card",
                "WaitingCardShown",
                "NameSearch",
                "VerificationCode",
                "Consent",
                "TierMove",
                "Tag",
                "MemberTag",
                "FormerContact",
                "AwaitedMember",
                "AttributeDefinition",
                "DataRequest",
                "Viewing",
                "MemberMerge",
                "NotSamePerson",
                "Guardian",
            ],
            append_only=["Consent", "TierMove"],
        ),
        AllowErasing("TierMove", ["reason"]),
        sql_file("0002_guards"),
        sql_file("0002_waiting_cards"),
        sql_file("0002_awaited"),
        sql_file("0002_blocked"),
        sql_file("0002_data_requests"),
        sql_file("0002_merges"),
        sql_file("0002_erasures"),
        sql_file("0002_guardians"),
    ]
