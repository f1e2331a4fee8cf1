"""Frozen values of work that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class WorkKind:
    """How work of one kind is given out: `batch` rows at once to one worker, `tries` times before it is given up.

    A worker has `time_limit` seconds; then it is ended and the work is free again. After a failure the next try waits
    `first_wait`, then twice as long each time, at most `longest_wait`.
    """

    name: str
    tries: int = 10
    time_limit: int = 300
    batch: int = 1
    first_wait: timedelta = timedelta(minutes=1)
    longest_wait: timedelta = timedelta(hours=6)

    @property
    def lease(self) -> timedelta:
        """Return how long claimed work belongs to its worker: longer than the worker may live."""
        return timedelta(seconds=self.time_limit + 60)


EVENT_WORK: Final = WorkKind("event", batch=500)
"""An outbox event that has a handler; its subject is the event."""
NIGHT_WORK: Final = WorkKind("night", tries=20, time_limit=900)
"""The merchant's next night; one row per merchant, for ever."""

JOB_WORK: Final = WorkKind("jobs", time_limit=60)
"""The merchant's open jobs: while one is open, a worker is asked for each minute; one row per merchant."""

HEARD_EVENTS: Final = frozenset({"member.enrolled", "member.awaited"})
"""Outbox events that a handler waits for (`loyalty.events`); the others need no work."""


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """Work that one worker has until its lease ends; `attempt` counts from 1, this one included."""

    id: UUID
    kind: str
    subject_id: UUID | None
    fence: int
    attempt: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class StoppedWork:
    """Work that was given up after its last try; it waits for a person."""

    id: UUID
    kind: str
    subject_id: UUID | None
    due_at: datetime
    attempts: int
    last_error: str
    given_up_at: datetime
