"""Does the database take writes? Asked by what decides whether requests are sent here."""

from __future__ import annotations

from datetime import datetime

from django.db import Error, connection, transaction

from common.models import Heartbeat

WAIT_MS = 500


def database_state(*, now: datetime) -> str:
    """Return 'ok' if a row was written and committed, 'read_only' if it can only be read, 'down' without an answer.

    A full disk and a standby are both read-only. Who else writes the row at this moment proves it as well.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{4 * WAIT_MS}ms'")
            Heartbeat.objects.update_or_create(id=1, defaults={"written_at": now})
    except Error:
        return "read_only" if _can_be_read() else "down"
    return "ok"


def _can_be_read() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        if not connection.in_atomic_block:
            connection.close()
        return False
    return True
