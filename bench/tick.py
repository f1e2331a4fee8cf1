"""What one minute of the timetable costs when nothing is due: every task of it, with 1 merchant and with 10,000.

Prints the statements that reach the database. The bar: at most 20, and as many for 10,000 idle merchants as for one.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import Final

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.database import bench_database
from loyalty.celery import app
from merchants.facts import NIGHT_WORK
from merchants.models import Merchant
from merchants.operations import restore_night_work

MERCHANTS: Final = int(os.environ.get("BENCH_MERCHANTS", "10000"))
BAR_STATEMENTS: Final = 20


def add_idle_merchants(count: int) -> None:
    """Open merchants for which nothing is due before tomorrow."""
    now, existing = timezone.now(), Merchant.objects.count()
    rows = [
        Merchant(name=f"Toko {n}", slug=f"toko-{n}", created_at=now) for n in range(existing + 1, existing + count + 1)
    ]
    Merchant.objects.bulk_create(rows, batch_size=1_000)
    restore_night_work(kind=NIGHT_WORK, now=now + timedelta(days=1))


def count_statements() -> tuple[int, float]:
    """Return the statements of one minute, all tasks of the timetable in turn, and its milliseconds."""
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        for entry in app.conf.beat_schedule.values():
            app.tasks[entry["task"]]()
    return len(captured), (time.perf_counter() - started) * 1_000


def run() -> int:
    app.loader.import_default_modules()  # as a worker does
    add_idle_merchants(1)
    count_statements()  # the first one ever writes the installation's mark
    one, _ = count_statements()
    add_idle_merchants(MERCHANTS - 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM merchants_merchant")
        [(merchants,)] = cursor.fetchall()
    many, milliseconds = count_statements()
    verdict = "ok" if many == one and many <= BAR_STATEMENTS else "TOO MANY"
    print(
        f"tick: {one} statements with 1 idle merchant, {many} with {merchants:,} in {milliseconds:.0f} ms "
        f"(bar {BAR_STATEMENTS}) {verdict}"
    )
    return 0 if verdict == "ok" else 1


def main() -> int:
    with bench_database(), TemporaryDirectory() as marks:
        settings.INSTANCE_DIR = marks
        return run()
