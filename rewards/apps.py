from django.apps import AppConfig


class RewardsConfig(AppConfig):
    name = "rewards"

    def ready(self) -> None:
        """Hand the check of promised coupons down to promotions, which know no coupons."""
        from rewards.coupons.operations import coupon_term_problems  # noqa: PLC0415 - tables are loaded only now
        from rewards.promotions.operations import register_coupon_check  # noqa: PLC0415

        register_coupon_check(coupon_term_problems)
