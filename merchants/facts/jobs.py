"""Frozen values of jobs: long work that a person asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from merchants.facts.tenants import Actor


class JobState(StrEnum):
    """Waiting and running are open; the other three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobError(StrEnum):
    """Why a job failed; the pages have the words."""

    UNEXPECTED = "unexpected"
    UNKNOWN_KIND = "unknown_kind"
    WORKER_LOST = "worker_lost"
    LIST_GREW = "list_grew"


OPEN_STATES: Final = frozenset({JobState.WAITING, JobState.RUNNING})


@dataclass(frozen=True)
class JobFacts:
    """Long work that a person asked for. `done` and `total` count what the kind counts: rows, receipts.

    `needs` are the rights without which the job is neither shown nor read. `cursor` is where a file that grows batch
    by batch continues; None: at its start. `fence` names the worker that has the job. `error` is a
    `JobError`, "" unless it failed. `link_until`: until when the file can be fetched; None without a file.
    """

    id: UUID
    kind: str
    parameters: Mapping[str, Any]
    needs: frozenset[str]
    language: str
    asked_by_id: UUID | None
    asked_by: str
    asked_at: datetime
    state: JobState
    done: int
    total: int
    cursor: Any
    fence: int
    attempts: int
    cancel_asked_at: datetime | None
    finished_at: datetime | None
    error: str
    file_name: str
    file_bytes: int
    link_until: datetime | None

    @property
    def asker(self) -> Actor:
        """Who asked, for the audit entries of what the job does."""
        return Actor(self.asked_by_id, self.asked_by)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def percent(self) -> int:
        """Return the progress in percent, rounded down; 0 while the total is not known."""
        return 100 * self.done // self.total if self.total else 0
