"""Who was erased, kept outside the database: a restored copy erases them again. Only ids and instants, no one's data.

One line of JSON per erasure, appended before it commits. If the commit fails, the request is still open and the next
night erases; if the request is then taken back or refused, a line says that the member is kept. The last line of a
member counts.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection


def note_erasure(*, merchant_id: UUID, member_id: UUID, at: datetime) -> None:
    """Append that the member is erased; on the disk when it returns."""
    _append_line({"merchant": str(merchant_id), "member": str(member_id), "at": at.isoformat()})


def note_kept(*, merchant_id: UUID, member_id: UUID, at: datetime) -> None:
    """Append that the member is kept after all, if the journal has them."""
    if (merchant_id, member_id) in erased_members():
        line = {"merchant": str(merchant_id), "member": str(member_id), "at": at.isoformat(), "kept": True}
        _append_line(line)


def erased_members() -> list[tuple[UUID, UUID]]:
    """Return (merchant, member) of everyone whose last line says that they were erased, in the order of their lines.

    A line that a crash cut short is left out: its erasure did not commit.
    """
    path = journal_path()
    if not path.exists():
        return []
    last: dict[tuple[UUID, UUID], bool] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
            last[UUID(line["merchant"]), UUID(line["member"])] = not line.get("kept", False)
        except (ValueError, KeyError):
            continue
    return [person for person, is_erased in last.items() if is_erased]


def journal_path() -> Path:
    """Return the journal's path: one per database, beside the mark of the restore guard."""
    return Path(settings.INSTANCE_DIR) / f"erasures-{connection.settings_dict['NAME']}.jsonl"


def _append_line(line: dict[str, object]) -> None:
    """Append one line whole and make sure that it is on the disk."""
    path = journal_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(file).st_size
        cut_short = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, ("\n" * cut_short + json.dumps(line) + "\n").encode())
        os.fsync(file)
    finally:
        os.close(file)
