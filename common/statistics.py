"""The planner's picture of the tables, renewed at once where many rows have come and it would go by yesterday's."""

from __future__ import annotations

from django.db import connection


def refresh_statistics(*tables: str) -> None:
    """ANALYZE of these tables, or of every table (the application role may, by MAINTAIN).

    Autovacuum would come by a minute later. A table that somebody else holds is left out, never waited for.
    """
    named = ", ".join(connection.ops.quote_name(table) for table in tables)
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            cursor.execute("SELECT current_setting('statement_timeout')")
            (before,) = cursor.fetchone()
            cursor.execute("SET LOCAL statement_timeout = '120s'")
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {named}")
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
        else:
            cursor.execute("SET statement_timeout = '120s'")
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {named}")
            cursor.execute("RESET statement_timeout")
