"""Test databases: a migrated template per state of the migrations, and one quick copy of it per test process."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg2
import psycopg2.errors
from django.conf import settings
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE_PREFIX = "loyalty_template_"
TEST_PREFIX = "loyalty_test_"
DROP_SECONDS = 30.0
BUILD_LOCK = 7_205_759_403  # any number of our own; one process builds a template, the others wait for it


@contextmanager
def make_test_database(owner_url: str, *, beside: str = "") -> Iterator[str]:
    """Yield the name of a fresh, migrated database owned by the owner role; dropped afterwards.

    `beside` names a further one for a test that must not touch the database all others use.
    """
    name = f"{TEST_PREFIX}{os.getpid()}" + (f"_{beside}" if beside else "")
    with _maintenance(owner_url) as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
        template = _ensure_template(cursor, owner_url)
        _drop_leftovers(cursor)
        _create(cursor, name, template=template)
        # What a crash of the server would take is made again by the next run: no commit has to reach the disk.
        cursor.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
        cursor.execute("SELECT pg_advisory_unlock(%s)", [BUILD_LOCK])
    try:
        yield name
    finally:
        with _maintenance(owner_url) as cursor:
            _drop(cursor, name)


def prepare_template(owner_url: str) -> None:
    """Migrate the template where it is missing, so that no test's own time is spent on it."""
    with _maintenance(owner_url) as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
        _ensure_template(cursor, owner_url)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [BUILD_LOCK])


def database_url(url: str, name: str) -> str:
    """Return the URL of the same server and role with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def state_of_migrations() -> str:
    """Return a digest of everything that decides what `migrate` makes."""
    digest = hashlib.sha256(repr((sys.version_info[:2], settings.INSTALLED_APPS)).encode())
    digest.update((ROOT / "requirements.txt").read_bytes())
    sources = [path for path in ROOT.glob("*/migrations/**/*") if path.suffix in {".py", ".sql"}]
    for path in sorted([*sources, *ROOT.glob("common/migration_*.py")]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _ensure_template(cursor: Any, owner_url: str) -> str:
    """Migrate into a database with a provisional name; it gets its own name only when that is done."""
    name = TEMPLATE_PREFIX + state_of_migrations()
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATE_PREFIX])
    present = [row[0] for row in cursor.fetchall()]
    if name in present:
        return name
    for stale in present:
        _drop(cursor, stale)
    building = f"{TEMPLATE_PREFIX}building"
    _create(cursor, building)
    _migrate(database_url(owner_url, building))
    cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name)))
    return name


def _migrate(owner_url: str) -> None:
    """Migrate as `make run` does: the real command in a process of its own, as the owner."""
    environment = {
        **os.environ,
        "DATABASE_ROLE": "owner",
        "DATABASE_OWNER_URL": owner_url,
        "DATABASE_URL": app_url(urlsplit(owner_url).path.lstrip("/")),
        "SECRET_KEY": settings.SECRET_KEY,
        "CODE_KEY": settings.CODE_KEY,
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the test database could not be migrated:\n{done.stdout}\n{done.stderr}")


def app_url(name: str) -> str:
    """Return the application role's URL of database `name`, on the server of the settings."""
    return database_url(settings.DATABASE_APP_URL, name)


def _drop_leftovers(cursor: Any) -> None:
    """Drop databases of test processes that were killed: their name holds the process id."""
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEST_PREFIX])
    for (name,) in cursor.fetchall():
        if not psutil.pid_exists(int(name.removeprefix(TEST_PREFIX).partition("_")[0])):
            _drop(cursor, name)


def _drop(cursor: Any, name: str) -> None:
    """Drop the database; each role ends its own sessions, and the server stops those of autovacuum, without FORCE."""
    deadline = time.monotonic() + DROP_SECONDS
    while True:
        with _maintenance(app_url("postgres")) as app:
            for role in (cursor, app):
                role.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = %s AND usename = current_user",
                    [name],
                )
        try:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        except psycopg2.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
        else:
            return


def _create(cursor: Any, name: str, *, template: str = "template1") -> None:
    _drop(cursor, name)
    words = map(sql.Identifier, (name, template))
    cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*words))


@contextmanager
def _maintenance(url: str) -> Iterator[Any]:
    connection = psycopg2.connect(database_url(url, "postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
