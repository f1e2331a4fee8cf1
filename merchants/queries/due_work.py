"""Which work waits: of all merchants at once for the timetable, and of one merchant for its people."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from common.errors import Missing
from merchants.facts import MerchantFacts, StoppedWork
from merchants.models import DueWork
from merchants.tenancy import require_no_scope

_FREE_WORK: Final = """
    SET LOCAL app.timetable = 'on';
    SELECT merchant_id, kind FROM merchants_duework
    WHERE given_up_at IS NULL AND next_try_at <= %(now)s
    GROUP BY merchant_id, kind ORDER BY min(next_try_at), merchant_id, kind LIMIT %(limit)s"""


def merchants_with_free_work(*, now: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Return (merchant, kind) of all work that a worker may take, longest waiting first. Outside any scope.

    The rows of all merchants are seen until the transaction ends: one statement for any number of merchants.
    """
    require_no_scope()
    with connection.cursor() as cursor:
        cursor.execute(_FREE_WORK, {"now": now, "limit": limit})
        return [(merchant_id, kind) for merchant_id, kind in cursor.fetchall()]


def stopped_work(*, merchant: MerchantFacts, limit: int = 200) -> list[StoppedWork]:
    """Return the work that was given up, latest first."""
    rows = DueWork.objects.filter(merchant_id=merchant.id, given_up_at__isnull=False)
    return [_read_stopped(row) for row in rows.order_by("-given_up_at", "-id")[:limit]]


def _read_stopped(row: DueWork) -> StoppedWork:
    if row.given_up_at is None:
        raise Missing("work_not_stopped")
    return StoppedWork(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        due_at=row.due_at,
        attempts=row.attempts,
        last_error=row.last_error,
        given_up_at=row.given_up_at,
    )
