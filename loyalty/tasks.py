"""Celery doors of the whole product: what belongs to no single app."""

from __future__ import annotations

from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from merchants.facts import NIGHT_WORK
from merchants.operations import restore_night_work
from merchants.tasks import hand_out_work

log = structlog.get_logger("loyalty.tasks")


@shared_task(name="loyalty.tick", ignore_result=True)
def tick(**_later: Any) -> None:
    """Hand out all work that is due, of every merchant. Ticks may overlap: work is claimed by the one who does it."""
    hand_out_work(now=timezone.now())


@shared_task(name="loyalty.restore_work", ignore_result=True)
def restore_work(**_later: Any) -> None:
    """Ask for the night of merchants that have none, whatever took it away."""
    restored = restore_night_work(kind=NIGHT_WORK, now=timezone.now())
    if restored:
        log.error("nights that nobody waited for", merchants=restored)
