"""Celery doors of the whole product: what belongs to no single app."""

from __future__ import annotations

from typing import Any, Final

from celery import shared_task
from django.utils import timezone

from loyalty.events import relay_all
from loyalty.nightly import run_every_due_night

TICK_SECONDS: Final = 280
NIGHT_TIME_LIMIT: Final = 900
"""A single long night may go on after the tick's budget; below the broker's visibility timeout of 1,200 s."""


@shared_task(name="loyalty.night", time_limit=NIGHT_TIME_LIMIT, ignore_result=True)
def night(**_later: Any) -> None:
    """Every night that is due by now. Ticks may overlap: a night belongs to one worker at a time."""
    run_every_due_night(now=timezone.now(), seconds=TICK_SECONDS)


@shared_task(name="loyalty.events", ignore_result=True)
def events(**_later: Any) -> None:
    """What happened since the last relay, told to whom it concerns."""
    relay_all(now=timezone.now())
