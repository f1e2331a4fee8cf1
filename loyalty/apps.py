from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self) -> None:
        """Make the Celery app known wherever Django runs, so that every task is published to our broker."""
        from loyalty import celery  # noqa: F401, PLC0415
