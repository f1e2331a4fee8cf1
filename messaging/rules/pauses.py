"""When a message is tried again and when a shop keeps quiet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

RETRY_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 240, 480, 720, 720, 720, 720, 720))
"""Waits after the first, second, ... temporary refusal: 30 minutes, then longer, never longer than 12 hours."""
RETRY_UNTIL: Final = timedelta(hours=72)
"""After this long a temporary refusal counts as a soft bounce."""
LINK_RETRY: Final = timedelta(minutes=1)
LINK_RETRY_LIMIT: Final = timedelta(minutes=30)
SOFT_BOUNCES: Final = 3
SOFT_BOUNCE_WINDOW: Final = timedelta(days=30)


def next_try(*, deferrals: int, first_tried_at: datetime, now: datetime) -> datetime | None:
    """Return when to try again after `deferrals` (at least 1) temporary refusals; None when the 72 hours are over."""
    until = first_tried_at + RETRY_UNTIL
    if now >= until:
        return None
    return min(now + RETRY_AFTER[min(deferrals, len(RETRY_AFTER)) - 1], until)


def hold_after(failures: int) -> timedelta:
    """Return how long to leave a server alone that did not answer: 1, 2, 4, ... up to 30 minutes."""
    return min(LINK_RETRY * (1 << min(max(failures - 1, 0), 10)), LINK_RETRY_LIMIT)


def is_quiet(at: datetime, *, zone: str, quiet_from: time, quiet_until: time) -> bool:
    """Return whether it is quiet time in `zone`; the hours may run past midnight, equal bounds mean never."""
    local = at.astimezone(ZoneInfo(zone)).time()
    if quiet_from == quiet_until:
        return False
    if quiet_from < quiet_until:
        return quiet_from <= local < quiet_until
    return local >= quiet_from or local < quiet_until


def after_quiet_hours(at: datetime, *, zone: str, quiet_from: time, quiet_until: time) -> datetime:
    """Return `at` itself, or the end of the quiet time it is in."""
    if not is_quiet(at, zone=zone, quiet_from=quiet_from, quiet_until=quiet_until):
        return at
    local = at.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() < quiet_until else local.date() + timedelta(days=1)
    return datetime.combine(day, quiet_until, tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)
