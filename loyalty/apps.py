from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self) -> None:
        """Make the Celery app known wherever Django runs, and name who does work that waits and long work."""
        from loyalty import celery  # noqa: F401, PLC0415
        from loyalty.due_work import register_workers  # noqa: PLC0415 - tables are loaded only now
        from loyalty.jobs import JOB_KINDS  # noqa: PLC0415
        from loyalty.message_sources import register_message_sources  # noqa: PLC0415
        from merchants.tasks import register_job_kinds  # noqa: PLC0415

        register_workers()
        register_job_kinds(JOB_KINDS)
        register_message_sources()
