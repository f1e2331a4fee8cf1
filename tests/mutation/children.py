"""Runs collected tests in a fork of the process that collected them: nothing is imported or set up twice."""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

Answer = TypeVar("Answer")
LOOK_EVERY_SECONDS = 0.02


class TookTooLong(Exception):
    """The child was killed by the clock."""


def in_a_child(work: Callable[[], Answer], seconds: float) -> Answer:
    """Return what `work` returns, or raise its exception, from a process of its own. Raises TookTooLong.

    Nothing that `work` changes in memory comes back. Its output goes nowhere.
    """
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        answer = Path(place) / "answer"
        process = os.fork()
        if process == 0:
            _work_and_exit(work, answer)
        _wait(process, seconds)
        if not answer.exists():
            raise RuntimeError("the child died without an answer")
        found: Answer | BaseException = pickle.loads(answer.read_bytes())  # noqa: S301 - written by our own child
    if isinstance(found, BaseException):
        raise found
    return found


def _work_and_exit(work: Callable[[], object], answer: Path) -> None:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        found = work()
    except BaseException as error:  # whatever it is, the parent has to know
        found = error
    answer.write_bytes(pickle.dumps(found))
    os._exit(0)


def _wait(process: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while os.waitpid(process, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            raise TookTooLong
        time.sleep(LOOK_EVERY_SECONDS)


class Failures:
    """Notes whether a test that runs fails, in any of its phases."""

    def __init__(self) -> None:
        self.seen = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seen = self.seen or report.failed


def run_until_failure(session: pytest.Session, items: Iterable[pytest.Item], failures: Failures) -> str | None:
    """Return the first test that fails; None when all pass. What the tests share is taken down at the end."""
    items = list(items)
    try:
        for item, following in zip(items, [*items[1:], None], strict=True):
            if not run(item, following, failures):
                return item.nodeid
        return None
    finally:
        session._setupstate.teardown_exact(None)


def run(item: pytest.Item, following: pytest.Item | None, failures: Failures) -> bool:
    """Run it; return whether it passes."""
    failures.seen = False
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return not failures.seen
