"""The .down files take away exactly what the .up files made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from tests.databases import database_url

SQL = Path(settings.BASE_DIR) / "ledger" / "migrations" / "sql"
GUARDS = (
    "SELECT 'function ' || proname FROM pg_proc WHERE starts_with(proname, 'ledger_') "
    "UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger "
    "WHERE NOT tgisinternal AND starts_with(tgrelid::regclass::text, 'ledger_') "
    "AND NOT starts_with(tgname, 'append_only') "
    "UNION ALL SELECT 'view ' || viewname FROM pg_views WHERE starts_with(viewname, 'ledger_')"
)


@pytest.fixture
def owner(real_commits: None) -> Iterator[Any]:
    """The tables' owner in a transaction that is rolled back."""
    url = database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"])
    with closing(psycopg2.connect(url)) as session, session.cursor() as cursor:
        yield cursor
        session.rollback()


def guards(owner: Any) -> set[str]:
    owner.execute(GUARDS)
    return {row[0] for row in owner.fetchall()}


def test_down_takes_away_what_up_made_and_up_makes_it_again(owner: Any) -> None:
    before = guards(owner)
    assert len(before) > 40
    for name in ("0002_lot_days.down", "0002_limits.down", "0002_book.down", "0002_extensions.down"):
        owner.execute((SQL / f"{name}.sql").read_text())
    assert guards(owner) == set()
    for name in ("0002_extensions.up", "0002_book.up", "0002_limits.up", "0002_lot_days.up"):
        owner.execute((SQL / f"{name}.sql").read_text())
    assert guards(owner) == before
