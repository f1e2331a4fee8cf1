"""Old code on a newer schema and new code on an older one: every start refuses, and there is a way back."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db.migrations import AddField, AlterField, DeleteModel, RemoveField, RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader
from django.db.models import CharField, Field, IntegerField
from django.db.utils import OperationalError
from psycopg2 import sql

from common.models import MerchantReference
from loyalty import schema
from tests.databases import database_url, make_test_database
from tests.product_server import environment_for

ROOT = Path(__file__).resolve().parents[2]
CELERY = [sys.executable, "-m", "celery", "--app", "loyalty.celery", "--quiet"]
DOORS = {
    "web": lambda: [sys.executable, "-c", "import loyalty.wsgi"],
    "worker": lambda: [*CELERY, "worker", "--concurrency", "1", "--pool", "solo"],
    "beat": lambda: [*CELERY, "beat", "--schedule", "var/beat-of-test", "--pidfile="],
    "command": lambda: [sys.executable, "manage.py", "verify"],
}


@pytest.fixture(scope="module")
def scratch(django_db_setup: None) -> Iterator[str]:
    """Yield a migrated database of its own, whose list of migrations may be changed."""
    with make_test_database(settings.DATABASE_OWNER_URL, beside="versions") as name:
        yield name


def as_owner(database: str, statement: str) -> None:
    opened = psycopg2.connect(database_url(settings.DATABASE_OWNER_URL, database))
    with opened, opened.cursor() as cursor:
        cursor.execute(sql.SQL(statement))
    opened.close()


@pytest.fixture
def newer(scratch: str) -> Iterator[str]:
    as_owner(scratch, "INSERT INTO django_migrations (app, name, applied) VALUES ('rewards', '9999_later', now())")
    yield scratch
    as_owner(scratch, "DELETE FROM django_migrations WHERE name = '9999_later'")


@pytest.fixture
def former(scratch: str) -> Iterator[str]:
    as_owner(
        scratch, "INSERT INTO django_migrations (app, name, applied) VALUES ('merchants', '0002_protection', now())"
    )
    yield scratch
    as_owner(scratch, "DELETE FROM django_migrations WHERE app = 'merchants' AND name = '0002_protection'")


@pytest.fixture
def older(scratch: str) -> Iterator[str]:
    as_owner(scratch, "DELETE FROM django_migrations WHERE app = 'sales' AND name = '0002_guards'")
    yield scratch
    as_owner(scratch, "INSERT INTO django_migrations (app, name, applied) VALUES ('sales', '0002_guards', now())")


def run(command: list[str], database: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=environment_for(database), capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.gate
@pytest.mark.parametrize("door", DOORS)
def test_old_code_does_not_start_on_a_newer_schema(newer: str, door: str) -> None:
    done = run(DOORS[door](), newer)
    assert done.returncode != 0
    assert "was migrated by a newer version: this code does not know rewards.9999_later" in done.stdout + done.stderr


@pytest.mark.gate
def test_new_code_does_not_start_on_an_older_schema(older: str) -> None:
    done = run(DOORS["command"](), older)
    assert done.returncode != 0
    assert "the database lacks sales.0002_guards. Run first: python manage.py migrate" in done.stderr


@pytest.mark.gate
@pytest.mark.parametrize("command", [DOORS["web"](), DOORS["command"](), [sys.executable, "manage.py", "migrate"]])
def test_data_from_before_the_first_release_is_refused(former: str, command: list[str]) -> None:
    done = run(command, former)
    assert done.returncode != 0
    assert "made by a version before the first release and cannot be carried over" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.gate
def test_its_own_schema_is_let_in(scratch: str) -> None:
    assert run(DOORS["command"](), scratch).returncode == 0


def test_a_web_that_started_without_its_database_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database, no database, then one with a newer schema: the process is ended."""
    answers: list[Callable[[], str | None]] = [_away, _away, lambda: "the database was migrated by a newer version"]

    def answer() -> str | None:
        return answers.pop(0)()

    monkeypatch.setattr(schema, "schema_problem", answer)
    monkeypatch.setattr(schema, "LOOK_AGAIN_SECONDS", 0.0)
    ended: list[int] = []
    monkeypatch.setattr("loyalty.schema.os.kill", lambda _pid, number: ended.append(number))
    monkeypatch.setattr("loyalty.schema.threading.Thread", _AtOnce)
    schema.refuse_unknown_schema_once_it_answers()
    assert ended == [signal.SIGTERM]
    assert answers == []


def _away() -> str | None:
    raise OperationalError("the database system is starting up")


class _AtOnce:
    def __init__(self, target: Callable[[], None], **_rest: object) -> None:
        self.start = target


@pytest.mark.gate
def test_the_way_back_undoes_what_came_after(scratch: str, tmp_path: Path) -> None:
    printed = run([sys.executable, "manage.py", "schema"], scratch).stdout
    assert "rewards 00" in printed
    before = tmp_path / "before.txt"
    before.write_text(re.sub("sales .*", "sales 0001_initial", printed))
    done = run([sys.executable, "manage.py", "schema", "--return-to", str(before)], scratch)
    assert "undone sales.0002_guards" in done.stdout, done.stderr
    refused = run(DOORS["command"](), scratch)
    assert "the database lacks sales.0002_guards" in refused.stderr
    assert run([sys.executable, "manage.py", "migrate", "--no-input"], scratch).returncode == 0
    assert run(DOORS["command"](), scratch).returncode == 0


@pytest.mark.gate
def test_a_list_of_another_version_is_refused(scratch: str, tmp_path: Path) -> None:
    strange = tmp_path / "strange.txt"
    strange.write_text("sales 9999_unknown\n")
    done = run([sys.executable, "manage.py", "schema", "--return-to", str(strange)], scratch)
    assert done.returncode != 0
    assert "this version does not know sales.9999_unknown" in done.stderr


def test_before_the_first_release_an_app_has_two_migrations_at_most() -> None:
    """The tables, and the guards that need them: until a release there is no installation to migrate."""
    apps = {
        path.parent: sorted(one.stem for one in path.parent.glob("0*.py")) for path in ROOT.glob("*/migrations/*.py")
    }
    assert [names for names in apps.values() if names not in (["0001_initial"], ["0001_initial", "0002_guards"])] == []


def test_migrations_are_additive() -> None:
    """The version before still works on the new schema: nothing it reads is removed, nothing new is required."""
    loader = MigrationLoader(None)
    ours = {path.parent.parent.name for path in ROOT.glob("*/migrations/__init__.py")}
    assert "ledger" in ours
    found = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if app in ours
        for operation in migration.operations
        if _breaks_the_version_before(operation, partial(_field_before, loader, (app, name)))
    ]
    assert not found


def _breaks_the_version_before(operation: object, field_before: Callable[[AlterField], Field[Any, Any]]) -> bool:
    if isinstance(operation, AddField):
        field = operation.field
        return not (field.null or field.has_db_default() or isinstance(field, MerchantReference))
    if isinstance(operation, AlterField):
        return _narrows(field_before(operation), operation.field)
    return isinstance(operation, DeleteModel | RemoveField | RenameField | RenameModel)


def _field_before(loader: MigrationLoader, migration: tuple[str, str], operation: AlterField) -> Field[Any, Any]:
    state = loader.project_state(migration, at_end=False)
    for earlier in takewhile(lambda known: known is not operation, loader.disk_migrations[migration].operations):
        earlier.state_forwards(migration[0], state)
    field: Field[Any, Any] = state.models[migration[0], operation.model_name_lower].fields[operation.name]
    return field


def _narrows(before: Field[Any, Any], after: Field[Any, Any]) -> bool:
    if type(before) is not type(after) or (before.null and not after.null):
        return True
    longest = [field.max_length or 10_000 for field in (before, after)]
    return longest[1] < longest[0]


@pytest.mark.parametrize(
    ("operation", "breaks"),
    [
        (AddField("sale", "x", IntegerField()), True),
        (AddField("sale", "x", IntegerField(default=0)), True),  # Django drops the default from the column again
        (AddField("sale", "x", IntegerField(default=0, db_default=0)), False),
        (AddField("sale", "x", IntegerField(null=True)), False),
        (RemoveField("sale", "x"), True),
        (AlterField("sale", "x", CharField(max_length=20)), True),
        (AlterField("sale", "x", CharField(max_length=40, null=True)), False),
        (AlterField("sale", "x", CharField(max_length=30)), True),
        (AlterField("sale", "x", IntegerField(null=True)), True),
    ],
)
def test_the_test_of_additive_migrations_can_fail(operation: object, breaks: bool) -> None:
    assert _breaks_the_version_before(operation, lambda _: CharField(max_length=30, null=True)) is breaks
