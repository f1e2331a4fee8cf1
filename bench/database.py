"""The database of one bench: made for it, the one Django uses meanwhile, dropped at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from tests.databases import make_test_database


@contextmanager
def bench_database() -> Iterator[str]:
    """Make an empty database, point Django at it, and yield its name."""
    with make_test_database(settings.DATABASE_OWNER_URL) as database:
        connection.close()
        configuration: Any = settings.DATABASES["default"]
        configuration["NAME"] = connection.settings_dict["NAME"] = database
        try:
            yield database
        finally:
            connection.close()
