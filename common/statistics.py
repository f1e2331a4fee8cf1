"""The planner's picture of the tables, renewed at once where many rows have come and it would go by yesterday's."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

_EVERY_TABLE: Final = (
    "SELECT relname FROM pg_class "
    "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname"
)


def refresh_statistics(*tables: str) -> None:
    """Run ANALYZE on these tables, or on every table, by a function that the owner lends to the application role.

    Autovacuum would do it a minute later. A table that another session holds is left out, never waited for. Inside a
    transaction the tables are kept from autovacuum until it ends, so name few there. Raises ProgrammingError for a name
    that is none of our tables.
    """
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            cursor.execute("SELECT current_setting('statement_timeout')")
            (before,) = cursor.fetchone()
            cursor.execute("SET LOCAL statement_timeout = '120s'")
            _analyze_tables(cursor, tables)
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
        else:
            cursor.execute("SET statement_timeout = '120s'")
            _analyze_tables(cursor, tables)
            cursor.execute("RESET statement_timeout")


def _analyze_tables(cursor: Any, tables: tuple[str, ...]) -> None:
    if not tables:
        cursor.execute(_EVERY_TABLE)
        tables = tuple(name for (name,) in cursor.fetchall())
    for table in tables:
        cursor.execute("SELECT refresh_statistics(%s)", [table])
