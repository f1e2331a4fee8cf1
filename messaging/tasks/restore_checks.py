"""The check that this database is still the one that sends; after a restore everything pauses first."""

from __future__ import annotations

from datetime import datetime

import structlog

from merchants.queries import all_merchants
from merchants.tenancy import merchant_scope
from messaging.operations import Origin, adopt_database, all_sources, count_sweep, mark_locked, origin_of_database

log = structlog.get_logger("messaging.guard")


def guard_database(*, now: datetime) -> None:
    """Count one more minute of this installation; after a restore, pause everything first."""
    with mark_locked():
        origin = origin_of_database()
        if origin is not Origin.OURS:
            _pause_everything(now, origin)
        count_sweep()


def _pause_everything(now: datetime, origin: Origin) -> None:
    """Pause every merchant, one after the other; this happens once, after a restore."""
    log.error("all that sends pauses until a person resumes it", why=origin.value)
    for merchant in all_merchants():
        with merchant_scope(merchant.id):
            for source in all_sources():
                source.pause_for_review(merchant=merchant, now=now)
    adopt_database()
