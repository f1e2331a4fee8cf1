"""Many threads that start at the same instant, each with its own connection and its own result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection

from common.errors import DomainError


def outcomes(work: Callable[[int], Any], count: int, *, workers: int = 16) -> Counter[str]:
    """How `count` calls ended: 'ok', the code of a named refusal, or the class of any other error."""
    workers = min(workers, count)
    barrier = Barrier(workers)
    results: list[str] = [""] * count

    def run(first: int) -> None:
        barrier.wait(timeout=30)
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
        work(number)
    except DomainError as refusal:
        return refusal.code
    except Exception as error:
        return type(error).__name__
    return "ok"
