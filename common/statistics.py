"""The planner's picture of the tables, renewed at once where a large import would leave it with yesterday's."""

from __future__ import annotations

from django.db import connection


def refresh_statistics() -> None:
    """ANALYZE of every table (the application role may, by MAINTAIN). Autovacuum would come by a minute later."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '120s'")
        cursor.execute("ANALYZE")
        cursor.execute("RESET statement_timeout")
