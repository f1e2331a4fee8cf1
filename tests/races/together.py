"""Many threads that start at the same instant, each with its own connection and its own result.

A race that only usually happens proves nothing on a busy machine. So threads meet where the race is: all have looked
before one writes (`Meeting`, `meeting_before`), or one commits exactly when the other waits for its row (`overlap`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Barrier, Event, Lock, Thread
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection

from common.errors import DomainError
from merchants.tenancy import merchant_scope

LOCK_TIMEOUT = "55P03"
PATIENCE_SECONDS = 60


def outcomes(work: Callable[[int], Any], count: int, *, workers: int = 16) -> Counter[str]:
    """How `count` calls ended: 'ok', the code of a named refusal, or the class of any other error.

    Each call is one transaction: it is made again when it waited too long for a lock, as `patiently` says.
    """
    workers = min(workers, count)
    barrier = Barrier(workers)
    results: list[str] = [""] * count

    def run(first: int) -> None:
        barrier.wait(timeout=PATIENCE_SECONDS)
        for number in range(first, count, workers):
            results[number] = ending_of(work, number)
        connection.close()

    threads = [Thread(target=run, args=(first,)) for first in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(results)


def ending_of(work: Callable[[int], Any], number: int) -> str:
    try:
        patiently(lambda: work(number))
    except DomainError as refusal:
        return refusal.code
    except Exception as error:
        return type(error).__name__
    return "ok"


def patiently(work: Callable[[], Any]) -> Any:
    """Send again what waited too long for a lock, as a till does after a 503: it has not happened.

    Nothing else is tried again; a deadlock comes out as the error it is.
    """
    while True:
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != LOCK_TIMEOUT:
                raise


class Meeting:
    """A place in the code where the first `count` threads that come wait for each other; later ones pass."""

    def __init__(self, count: int) -> None:
        self._barrier, self._left, self._counting = Barrier(count), count, Lock()

    def wait(self, *_: Any) -> None:
        with self._counting:
            if not self._left:
                return
            self._left -= 1
        self._barrier.wait(timeout=PATIENCE_SECONDS)


@contextmanager
def meeting_before(meeting: Meeting, statement: str) -> Iterator[None]:
    """Hold this thread's first SQL that begins with `statement` until every thread is about to send theirs."""
    begun: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not begun and sql.lstrip().startswith(statement):
            begun.append(sql)
            meeting.wait()
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield


def overlap(merchant_id: UUID, first: Callable[[], Any], second: Callable[[], Any]) -> str:
    """Run both in transactions of their own; `first` commits when `second` waits for it. Return how `second` ended."""
    done, pids, endings = Event(), list[int](), list[str]()

    def act_and_wait() -> None:
        with merchant_scope(merchant_id):
            first()
            done.set()
            wait_until_blocked(pids)
        connection.close()

    def follow(_: int) -> None:
        done.wait(timeout=PATIENCE_SECONDS)
        with merchant_scope(merchant_id):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
            second()

    def end() -> None:
        endings.append(ending_of(follow, 0))
        connection.close()

    threads = [Thread(target=act_and_wait), Thread(target=end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * PATIENCE_SECONDS)
    return endings[0]


def wait_until_blocked(pids: Sequence[int]) -> None:
    """Return once the other thread's session waits for a lock of this one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if pids:
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [pids[0]])
                if cursor.fetchone()[0]:
                    return
        time.sleep(0.01)
    raise AssertionError("the second one never waited")
