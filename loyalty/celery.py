"""The Celery app and the whole timetable.

Times are intervals in UTC, never local hours: what is due is decided from rows (each merchant's own business day),
so a tick that is late, doubled or lost changes nothing.
"""

import os
import time
from typing import TYPE_CHECKING, Any

import structlog
from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.signals import beat_init, worker_init, worker_shutting_down
from kombu.exceptions import OperationalError

from common.stop_requests import ask_to_stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

log = structlog.get_logger("loyalty.celery")

PAUSE_SECONDS = 5.0


if TYPE_CHECKING:
    _Task = DjangoTask[..., Any]
else:  # generic only for the type checker
    _Task = DjangoTask


class BestEffortTask(_Task):
    """A task is a hint that rows wait; a broker that is away must not fail the request which left the rows.

    The timetable finds the rows again. After a failure the broker is left alone for PAUSE_SECONDS,
    so that one which hangs does not hold up request after request.
    """

    ask_broker_again_at = 0.0

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < BestEffortTask.ask_broker_again_at:
            return None
        try:
            return super().apply_async(*args, **kwargs)
        except OperationalError:
            BestEffortTask.ask_broker_again_at = time.monotonic() + PAUSE_SECONDS
            log.warning("the broker is away, the timetable will find the work", task=self.name)
            return None


@worker_shutting_down.connect
def leave_off(**_: Any) -> None:
    """Ask the worker to stop: it finishes the step it is in, not the minute it has planned."""
    ask_to_stop()


app = Celery("loyalty", task_cls=BestEffortTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # in every thread: the web server's worker threads publish too
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _refuse_unknown_schema(**_of_celery: Any) -> None:
    """End worker and beat with one sentence; their supervisor starts them again, also without an answer."""
    from loyalty.schema import refuse_unknown_schema  # noqa: PLC0415 - needs Django's apps

    refuse_unknown_schema()


app.conf.beat_schedule = {
    # All work that waits as rows: nights, outbox events, ordered codes, jobs, campaigns, messages. A tick may be late,
    # doubled or lost.
    "work": {"task": "loyalty.tick", "schedule": 60.0, "options": {"expires": 60}},
    # Nights that lost their row, found by one statement over all merchants.
    "restore": {"task": "loyalty.restore_work", "schedule": 3600.0, "options": {"expires": 3600}},
    # Whether this database is still the one that sends; a restored copy pauses everything first.
    "guard": {"task": "messaging.guard", "schedule": 60.0, "options": {"expires": 60}},
}
