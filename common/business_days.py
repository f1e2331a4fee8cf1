"""The days of a shop: where a business day begins and ends, over the jumps of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FIRST_DAY: Final = date(1, 1, 3)
LAST_DAY: Final = date(9999, 12, 28)


def business_date(at: datetime, zone: str, day_starts_at: time) -> date:
    """Return the shop's day that the instant belongs to: a café whose day starts at 04:00 counts 02:30 to yesterday."""
    tz = ZoneInfo(zone)
    day = at.astimezone(tz).date()
    return day if at.astimezone(UTC) >= _day_start(day, tz, day_starts_at) else day - timedelta(days=1)


def day_bounds(day: date, zone: str, day_starts_at: time) -> tuple[datetime, datetime]:
    """Return the first instant of the business day and the first after it, in UTC (23 or 25 hours apart at jumps).

    A day at either end of the calendar gives the outermost day that has both ends in every zone: people write
    31/12/9999 for "no end".
    """
    tz = ZoneInfo(zone)
    day = min(max(day, FIRST_DAY), LAST_DAY)
    return _day_start(day, tz, day_starts_at), _day_start(day + timedelta(days=1), tz, day_starts_at)


def _day_start(day: date, tz: ZoneInfo, day_starts_at: time) -> datetime:
    """Return when the clock on the wall first shows the day's start or, where it jumps over it, when it has jumped."""
    start = datetime.combine(day, day_starts_at, tzinfo=tz).astimezone(UTC)
    if start.astimezone(tz).time() == day_starts_at:
        return start
    # In the hour that is left out: the jump lies between the start read with the offset after it and before it.
    low = datetime.combine(day, day_starts_at, tzinfo=tz).replace(fold=1).astimezone(UTC)
    high, before = start, low.astimezone(tz).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def last_ended_day(now: datetime, zone: str, day_starts_at: time) -> date:
    """Return the latest business day that is over at `now`."""
    return business_date(now, zone, day_starts_at) - timedelta(days=1)
