"""The restore guard: a database that was restored from a copy must not send again what it has sent.

A small file outside the database, its mark, holds the installation's id and how often it swept; so does one row
inside. A foreign copy has another id, an older copy of our own is behind the mark. In both cases, and when the mark is
gone, everything that sends must pause until a person has looked (docs/decisions/0019-restore-guard.md).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from common.ids import new_id
from messaging.models import Instance


class Origin(Enum):
    """What row and mark say together; the values are written to the log."""

    OURS = "ours"
    FOREIGN = "the mark belongs to another installation: this database came from elsewhere"
    OLDER = "the database is behind its mark: an older copy was brought back"
    UNMARKED = "its mark is gone: a copy on another machine, or INSTANCE_DIR was lost"


@dataclass(frozen=True)
class Mark:
    """What the file holds."""

    instance: UUID
    sweeps: int


def origin_of_database() -> Origin:
    """Return whether this database is the one the mark belongs to, and not behind it. Global read.

    The mark is read first: it is only written after a row that was committed, so however many sweeps come between
    the two reads, the row can only be further. One that never swept has mailed nothing and is ours.
    """
    mark = _read_mark()
    row = _read_row()
    if row is None:
        return Origin.OURS
    if mark is None:
        return Origin.UNMARKED
    if mark.instance != row.instance:
        return Origin.FOREIGN
    return Origin.OURS if row.sweeps >= mark.sweeps else Origin.OLDER


def database_is_ours() -> bool:
    """Return whether anything may be sent from this database."""
    return origin_of_database() is Origin.OURS


@contextmanager
def mark_locked() -> Iterator[None]:
    """Hold the lock under which one sweep at a time judges, counts and adopts.

    Without it a second sweep could see the first one's new row before its mark is written.
    """
    path = _mark_path().with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def count_sweep() -> None:
    """Count one more sweep, in the row first: a kill in between leaves the mark behind the row, which is no restore.

    Needs `mark_locked`.
    """
    with transaction.atomic():
        updated = Instance.objects.filter(id=1).update(sweeps=F("sweeps") + 1)
        if not updated:
            Instance.objects.create(instance=new_id(), sweeps=1)
        row = Instance.objects.get(id=1)
    mark = _read_mark()
    if mark is None or mark.instance != row.instance or mark.sweeps < row.sweeps:
        write_mark(Mark(instance=row.instance, sweeps=row.sweeps))


def adopt_database() -> None:
    """Make this database ours under a new id, once everything is paused. Needs `mark_locked`."""
    with transaction.atomic():
        Instance.objects.update_or_create(id=1, defaults={"instance": new_id(), "sweeps": 1})
        row = Instance.objects.get(id=1)
    write_mark(Mark(instance=row.instance, sweeps=row.sweeps))


def _mark_path() -> Path:
    """Return the mark's path, one per database, so that tests and copies do not share it."""
    folder = Path(settings.INSTANCE_DIR)
    return folder / f"instance-{connection.settings_dict['NAME']}.json"


def _read_row() -> Instance | None:
    return Instance.objects.first()


def _read_mark() -> Mark | None:
    try:
        stored = json.loads(_mark_path().read_text())
        return Mark(instance=UUID(stored["instance"]), sweeps=int(stored["sweeps"]))
    except (FileNotFoundError, ValueError, KeyError):
        return None


def write_mark(mark: Mark) -> None:
    """Write the mark in one step, whole or not at all. Needs `mark_locked` where sweeps may run."""
    path = _mark_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"instance": str(mark.instance), "sweeps": mark.sweeps}))
    fresh.replace(path)
