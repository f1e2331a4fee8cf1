"""Tries the drawn mutants one after the other, inside one pytest that has collected the tests of all rooms."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.mutation.children import Failures, TookTooLong, in_a_child, run_until_failure
from tests.mutation.mutants import Mutant
from tests.mutation.reach import TestReach, measure_reach
from tests.mutation.swapping import LiveFunctions, NotSwapped

KILLED, TIMED_OUT, SURVIVED, UNREACHED, NOT_SWAPPED = "killed", "by the clock", "survived", "not reached", "not swapped"
DEAD: Final = (KILLED, TIMED_OUT)
REACH_FILE: Final = "reach.json"


@dataclass(frozen=True)
class End:
    mutant: Mutant
    how: str
    by: str = ""  # the test that failed, or how many passed

    @property
    def line(self) -> str:
        return f"{self.how:12} {self.mutant.path}:{self.mutant.line}  {self.mutant.change}  {self.by}"


class Results:
    """What was tried before, in a file. A mutant that was killed stays killed; one that survived is tried again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self._by_digest = {row["digest"]: row for row in map(json.loads, lines)}

    def end_of(self, mutant: Mutant) -> End | None:
        row = self._by_digest.get(mutant.digest)
        return End(mutant, row["how"], row["by"]) if row and row["how"] in DEAD else None

    def has_tried(self, mutant: Mutant) -> bool:
        return mutant.digest in self._by_digest

    def add(self, end: End) -> None:
        row = {"digest": end.mutant.digest, "name": end.mutant.name, "how": end.how, "by": end.by}
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")


class MutantTrial:
    """The pytest plugin that takes the place of running the tests once."""

    def __init__(
        self, root: Path, drawn: Sequence[Mutant], rooms: dict[str, tuple[str, ...]], place: Path, look: float
    ) -> None:
        self.root, self.drawn, self.rooms, self.place, self.look = root, drawn, rooms, place, look
        self.failures = Failures()
        self.results = Results(place / "results.jsonl")
        self.ends: list[End] = []
        self.seconds = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise pytest.UsageError("the tests cannot be collected")
        session.config.pluginmanager.register(self.failures)
        live = LiveFunctions(self.root, self.rooms)
        reach = measure_reach(session.items, live, self.rooms, self.place / REACH_FILE, self.failures)
        for item in session.items:
            if not reach.tests[item.nodeid].passes:
                print(f"fails without a mutant and is not used: {item.nodeid}", flush=True)
        started = time.monotonic()
        gc.freeze()  # so that a child's collector does not copy all that was imported
        for mutant in sorted(self.drawn, key=self.results.has_tried):
            end = self.results.end_of(mutant) or self._try_and_note(session, live, reach, mutant)
            self.ends.append(end)
        self.seconds = time.monotonic() - started
        return True

    def _try_and_note(self, session: pytest.Session, live: LiveFunctions, reach: TestReach, mutant: Mutant) -> End:
        started = time.monotonic()
        end = self._try(session, live, reach, mutant)
        self.results.add(end)
        print(f"{time.monotonic() - started:5.1f} s  {end.line}", flush=True)
        return end

    def _try(self, session: pytest.Session, live: LiveFunctions, reach: TestReach, mutant: Mutant) -> End:
        reaching = reach.tests_of(mutant, self._of_room(session.items, mutant))
        if not reaching:
            return End(mutant, UNREACHED)
        items = [item for n, item in enumerate(reaching) if reach.seconds(reaching[: n + 1]) <= self.look or not n]

        def work() -> str | None:
            live.swap(mutant)
            return run_until_failure(session, items, self.failures)

        try:
            failed = in_a_child(work, 30 + 10 * reach.seconds(items))
        except TookTooLong:
            return End(mutant, TIMED_OUT)
        except NotSwapped:
            return End(mutant, NOT_SWAPPED)
        return (
            End(mutant, KILLED, failed) if failed else End(mutant, SURVIVED, f"{len(items)} of {len(reaching)} tests")
        )

    def _of_room(self, items: Sequence[pytest.Item], mutant: Mutant) -> list[pytest.Item]:
        """A place is a file or a folder."""
        places = self.rooms[mutant.path]
        return [item for item in items if item.nodeid.startswith(places)]
