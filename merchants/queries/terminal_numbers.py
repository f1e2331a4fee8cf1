"""Which numbers of tills' batches never came. Read off one index, however many numbers there are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts, MissingNumbers, NumberGap

LOOKED_BACK: Final = 100_000
"""A till is answered by so many of the latest numbers of its device."""
LOOKED_BACK_FOR_STAFF: Final = 20_000
"""Pages for staff ask for all devices at once, and only for what went missing in the last days."""
MOST_NAMED: Final = 1_000
ALARM_AFTER: Final = timedelta(hours=24)
"""A number that is missing longer is shown to staff: until then its till may still be on its way."""
SHOWN_FOR: Final = timedelta(days=30)
"""After that no one can do anything about it any more."""

_MISSING: Final = """
WITH latest AS (
    SELECT number FROM merchants_terminalnumber
    WHERE merchant_id = %(merchant)s AND till_id = %(till)s AND device_id = %(device)s
    ORDER BY number DESC LIMIT %(back)s
), steps AS (
    SELECT lag(number) OVER (ORDER BY number) AS below, number FROM latest
)
SELECT missing FROM steps
CROSS JOIN LATERAL generate_series(below + 1, least(number - 1, below + %(most)s)) AS missing
WHERE number > below + 1 ORDER BY missing LIMIT %(most)s
"""


def missing_numbers(*, merchant: MerchantFacts, till_id: UUID, device_id: str) -> MissingNumbers:
    """Return the numbers between the lowest and the highest of this device that never came, at most 1,000."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MISSING,
            {
                "merchant": merchant.id,
                "till": till_id,
                "device": device_id,
                "back": LOOKED_BACK,
                "most": MOST_NAMED + 1,
            },
        )
        found = tuple(number for (number,) in cursor.fetchall())
    return MissingNumbers(found[:MOST_NAMED], has_more=len(found) > MOST_NAMED)


# The devices are walked by the first entry of each in the index, and a device is looked at closely only if it was heard
# lately and its latest numbers are fewer than they span. A gap is there since the first higher number came, whichever
# that was: later ones may have come in between. Both windows go down the index, so nothing is sorted.
_MINE: Final = "n.merchant_id = %(merchant)s AND n.till_id = device.till_id AND n.device_id = device.device_id"
_GAPS: Final = f"""
WITH RECURSIVE device AS (
    (SELECT till_id, device_id FROM merchants_terminalnumber
     WHERE merchant_id = %(merchant)s ORDER BY till_id, device_id LIMIT 1)
    UNION ALL
    SELECT following.till_id, following.device_id FROM device CROSS JOIN LATERAL (
        SELECT n.till_id, n.device_id FROM merchants_terminalnumber n
        WHERE n.merchant_id = %(merchant)s AND (n.till_id, n.device_id) > (device.till_id, device.device_id)
        ORDER BY n.till_id, n.device_id LIMIT 1) following
), incomplete AS MATERIALIZED (
    SELECT device.till_id, device.device_id
    FROM device
    CROSS JOIN LATERAL (
        SELECT n.claimed_at FROM merchants_terminalnumber n WHERE {_MINE} ORDER BY n.number DESC LIMIT 1) highest
    CROSS JOIN LATERAL (
        SELECT max(number) - min(number) + 1 - count(*) AS missing
        FROM (SELECT n.number FROM merchants_terminalnumber n
              WHERE {_MINE} ORDER BY n.number DESC LIMIT %(back)s) latest) counted
    WHERE highest.claimed_at > %(from)s AND counted.missing > 0
), gap AS (
    SELECT device.till_id, device.device_id, steps.below + 1 AS first, steps.number - 1 AS last, steps.since
    FROM incomplete AS device CROSS JOIN LATERAL (
        SELECT number, lead(number) OVER downwards AS below, min(claimed_at) OVER downwards AS since
        FROM (SELECT n.number, n.claimed_at FROM merchants_terminalnumber n
              WHERE {_MINE} ORDER BY n.number DESC LIMIT %(back)s) latest
        WINDOW downwards AS (ORDER BY number DESC ROWS UNBOUNDED PRECEDING)
    ) steps
    WHERE steps.number > steps.below + 1 AND steps.since <= %(until)s AND steps.since > %(from)s
)
"""  # noqa: S608 - a constant


def number_gaps(
    *, merchant: MerchantFacts, now: datetime, till_ids: Collection[UUID] | None = None, limit: int
) -> list[NumberGap]:
    """Return the gaps that are older than a day and younger than 30, the latest first."""
    narrowed: dict[str, Any] = {"everywhere": till_ids is None, "tills": sorted(till_ids or ())}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_GAPS} SELECT till_id, device_id, first, last, since FROM gap "  # noqa: S608
            "WHERE %(everywhere)s OR till_id = ANY(%(tills)s::uuid[]) "
            "ORDER BY since DESC, till_id, device_id, first LIMIT %(limit)s",
            {**_bounds_of(merchant, now), **narrowed, "limit": limit},
        )
        return [NumberGap(*row) for row in cursor.fetchall()]


def missing_numbers_by_till(*, merchant: MerchantFacts, now: datetime) -> dict[UUID, int]:
    """Return how many numbers `number_gaps` speaks of, by till; tills without any are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_GAPS} SELECT till_id, sum(last - first + 1)::bigint FROM gap GROUP BY till_id",  # noqa: S608
            _bounds_of(merchant, now),
        )
        return dict(cursor.fetchall())


def _bounds_of(merchant: MerchantFacts, now: datetime) -> dict[str, Any]:
    bounds: dict[str, Any] = {"until": now - ALARM_AFTER, "from": now - SHOWN_FOR}
    return {**bounds, "merchant": merchant.id, "back": LOOKED_BACK_FOR_STAFF}
