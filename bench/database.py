"""The database of one bench: made for it, the one Django uses meanwhile, dropped at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg2 import connect, sql

from tests.databases import database_url, make_test_database


def _commit_as_shipped(database: str) -> None:
    """Let commits wait for the disk, as they do in the product; those of tests do not."""
    owner = connect(database_url(settings.DATABASE_OWNER_URL, database))
    try:
        with owner, owner.cursor() as cursor:
            cursor.execute(sql.SQL("ALTER DATABASE {} RESET synchronous_commit").format(sql.Identifier(database)))
    finally:
        owner.close()


@contextmanager
def bench_database() -> Iterator[str]:
    """Make an empty database, point Django at it, and yield its name."""
    with make_test_database(settings.DATABASE_OWNER_URL) as database:
        connection.close()
        _commit_as_shipped(database)
        configuration: Any = settings.DATABASES["default"]
        configuration["NAME"] = connection.settings_dict["NAME"] = database
        try:
            yield database
        finally:
            connection.close()
