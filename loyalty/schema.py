"""A start refuses a schema that this code does not know: made before the first release, newer, or not migrated yet.

Going on would answer 500 to a sale, or write rows that the newer version's guards were to refuse.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Final

import structlog
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError

log = structlog.get_logger("loyalty.schema")

NAMED: Final = 3
LOOK_AGAIN_SECONDS: Final = 5.0
GO_BACK: Final = "docs/operations.md, 'Upgrades, and the way back'"
FORMER: Final = ("merchants", "0002_protection")
"""A migration of every database made before the schema was made again for the first release; no later one has it."""


def former_schema_problem() -> str | None:
    """Return why this code can neither use nor migrate the database, or None when it can do one of the two.

    Raises OperationalError when the database does not answer.
    """
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    finally:
        connection.close()
    if FORMER not in applied:
        return None
    return (
        "this data was made by a version before the first release and cannot be carried over. To start anew, stop "
        "everything, move the data away (the directory var/ of `make run`, or the database), and start again"
    )


def refuse_former_schema() -> None:
    """End the process with one sentence when the database is from before the first release."""
    problem = former_schema_problem()
    if problem:
        raise SystemExit(f"loyalty: {problem}.")


def schema_problem() -> str | None:
    """Return what is wrong between the migrations in the database and those of this code; None when they are the same.

    Raises OperationalError when the database does not answer.
    """
    if former := former_schema_problem():
        return former
    try:
        loader = MigrationLoader(connection)
        applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
        replaced = {name for node in loader.replacements.values() for name in node.replaces}
    finally:
        connection.close()
    if newer := applied - known - replaced:
        return (
            f"the database was migrated by a newer version: this code does not know {_list_migrations(newer)}. "
            f"Start that version, or take the database back first ({GO_BACK})"
        )
    if missing := set(loader.graph.nodes) - applied:
        return (
            f"the database lacks {_list_migrations(missing)}. Run first: python manage.py migrate (as the owner role)"
        )
    return None


def refuse_unknown_schema() -> None:
    """End the process with one sentence when the schema is another one. OperationalError when there is no answer."""
    problem = schema_problem()
    if problem:
        raise SystemExit(f"loyalty: {problem}.")


def refuse_unknown_schema_once_it_answers() -> None:
    """Check the schema once the database answers: the web also starts while it is away and then answers 503."""
    try:
        refuse_unknown_schema()
    except OperationalError:
        log.warning("the database does not answer; its schema is checked as soon as it does")
        threading.Thread(target=_end_process_when_unknown, name="schema", daemon=True).start()


def _end_process_when_unknown() -> None:
    while True:
        time.sleep(LOOK_AGAIN_SECONDS)
        try:
            problem = schema_problem()
        except OperationalError:
            continue
        if problem:
            log.critical("the process ends: its schema is another one", problem=problem)
            os.kill(os.getpid(), signal.SIGTERM)
        return


def _list_migrations(migrations: set[tuple[str, str]]) -> str:
    """List the first few of them and how many there are."""
    names = [f"{app}.{name}" for app, name in sorted(migrations)]
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + rest
