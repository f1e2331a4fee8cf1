"""Protection is removed as it was added: a migration undone leaves the catalogue as if it had never run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings

from tests.databases import database_url, make_test_database
from tests.product_server import environment_for

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = """
    SELECT 'table', relname, relkind::text, relrowsecurity::text, relforcerowsecurity::text,
           (SELECT array_agg(one::text ORDER BY one::text) FROM unnest(relacl) one)::text
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'i')
    UNION ALL SELECT 'policy', tablename, policyname, cmd, qual, with_check FROM pg_policies
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid),
                     condeferrable::text, convalidated::text
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text, ''
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', oid::regprocedure::text, prosrc, prosecdef::text, proacl::text, proconfig::text
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace"""


@pytest.fixture(scope="module")
def scratch(django_db_setup: None) -> Iterator[str]:
    with make_test_database(settings.DATABASE_OWNER_URL, beside="undone") as name:
        yield name


@pytest.mark.gate
@pytest.mark.parametrize("app", ["insights", "segments"])
def test_undone_protection_leaves_the_catalogue_of_tables_never_protected(scratch: str, app: str) -> None:
    protected = catalogue(scratch)
    assert {row[2] for row in protected if row[1].startswith(f"{app}_")} >= {"merchant_only", "append_only_row"}
    migrate(scratch, app, "0001")
    undone = catalogue(scratch)
    migrate(scratch, app, "zero")
    migrate(scratch, app, "0001")
    assert undone == catalogue(scratch)
    assert not [row for row in undone if row[1].startswith(f"{app}_") and row[0] in {"policy", "trigger"}]
    migrate(scratch, app)
    assert catalogue(scratch) == protected


def catalogue(database: str) -> set[tuple[Any, ...]]:
    """Return every table, policy, constraint, index, trigger and function with what protects it."""
    opened = psycopg2.connect(database_url(settings.DATABASE_OWNER_URL, database))
    with opened, opened.cursor() as cursor:
        cursor.execute(CATALOGUE)
        rows = set(cursor.fetchall())
    opened.close()
    return rows


def migrate(database: str, *target: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks", *target]
    done = subprocess.run(
        command, cwd=ROOT, env=environment_for(database), capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
