from django.db import migrations

from common.migration_operations import ProtectTenantTables


class Migration(migrations.Migration):
    dependencies = [("rewards", "0001_initial"), ("merchants", "0002_protection"), ("members", "0002_protection")]
    operations = [
        ProtectTenantTables(
            models=[
                "Promotion",
                "PromotionVersion",
                "PromotionUse",
                "CouponBatch",
                "Coupon",
                "CouponReservation",
                "CouponRedemption",
                "Reward",
                "Redemption",
            ],
            append_only=["PromotionVersion"],
        )
    ]
