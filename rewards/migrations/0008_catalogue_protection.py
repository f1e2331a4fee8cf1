from typing import Any

from django.db import migrations, models

from common.migration_operations import ProtectTenantTables, owner_sees_all, sql_file


def date_redemptions_and_open_stocks(apps: Any, schema_editor: Any) -> None:
    """What was redeemed gets its merchant's day; each stock that stands becomes its own first movement."""
    schema_editor.execute("""
        UPDATE rewards_redemption d
        SET business_date = (d.created_at AT TIME ZONE m.timezone - (m.day_starts_at - '00:00'::time))::date
        FROM merchants_merchant m WHERE m.id = d.merchant_id AND d.business_date IS NULL""")
    schema_editor.execute("""
        INSERT INTO rewards_stockmovement (merchant_id, id, reward_id, kind, change, reason, actor_label, at)
        SELECT merchant_id, uuidv7(), id, 'opening', stock, '', 'system', created_at
        FROM rewards_reward WHERE stock > 0""")


class Migration(migrations.Migration):
    dependencies = [("rewards", "0007_catalogue")]
    operations = [
        ProtectTenantTables(
            models=["RewardPicture", "StockMovement", "RedemptionStep", "Partner", "PartnerShare"],
            append_only=["StockMovement", "RedemptionStep", "PartnerShare"],
        ),
        migrations.RunPython(
            owner_sees_all(
                ["rewards_redemption", "rewards_reward", "rewards_stockmovement"], date_redemptions_and_open_stocks
            ),
            migrations.RunPython.noop,
        ),
        migrations.AlterField("redemption", "business_date", models.DateField()),
        sql_file("0008_catalogue_guards"),
    ]
