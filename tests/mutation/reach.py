"""Which test reaches which line, and how long it takes: measured once, kept until a test or a room's file changes."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import coverage
import pytest

from tests.mutation.children import Failures, in_a_child, run
from tests.mutation.mutants import Mutant
from tests.mutation.swapping import LiveFunctions

MEASURING_SECONDS = 3600.0


@dataclass(frozen=True)
class Test:
    """One test: `file` is the digest of the file it is in, `lines` those it reaches by path of the source."""

    file: str
    seconds: float
    passes: bool
    lines: dict[str, list[int]]

    def reaches(self, path: str, lines: range) -> bool:
        return any(line in lines for line in self.lines.get(path, ()))


@dataclass(frozen=True)
class TestReach:
    tests: dict[str, Test]

    def tests_of(self, mutant: Mutant, items: Iterable[pytest.Item]) -> list[pytest.Item]:
        """Return those that reach the changed lines, quickest first."""
        known = [item for item in items if self.tests[item.nodeid].passes]
        for lines in (range(mutant.line, mutant.last_line + 1), mutant.statement_lines):
            found = [item for item in known if self.tests[item.nodeid].reaches(mutant.path, lines)]
            if found:
                return sorted(found, key=lambda item: self.tests[item.nodeid].seconds)
        return []

    def seconds(self, items: Iterable[pytest.Item]) -> float:
        return sum(self.tests[item.nodeid].seconds for item in items)


def measure_reach(
    items: Sequence[pytest.Item], live: LiveFunctions, paths: Collection[str], kept: Path, failures: Failures
) -> TestReach:
    """Runs those tests that are not known from the file `kept`, and keeps what they tell there."""
    sources = {path: _digest(live.root / path) for path in sorted(paths)}
    known = _read(kept, sources)
    files = {path: _digest(path) for path in {item.path for item in items}}
    new = [item for item in items if item.nodeid not in known or known[item.nodeid].file != files[item.path]]
    if new:
        print(f"Measuring what {len(new)} tests reach ...", flush=True)
        data = str(kept.with_suffix(".coverage"))
        ends = in_a_child(lambda: _run_all(new, live, paths, data, failures), MEASURING_SECONDS)
        lines = _lines_by_test(live.root, paths, data)
        for item in new:
            seconds, passes = ends[item.nodeid]
            known[item.nodeid] = Test(files[item.path], seconds, passes, lines.get(item.nodeid, {}))
        tests = {name: asdict(test) for name, test in known.items()}
        kept.write_text(json.dumps({"sources": sources, "tests": tests}))
    return TestReach(known)


def _read(kept: Path, sources: dict[str, str]) -> dict[str, Test]:
    """Return the tests that reach no file which has changed since."""
    if not kept.exists():
        return {}
    found = json.loads(kept.read_text())
    changed = {path for path, digest in sources.items() if found["sources"].get(path) != digest}
    tests = {name: Test(**test) for name, test in found["tests"].items()}
    return {name: test for name, test in tests.items() if changed.isdisjoint(test.lines)}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _run_all(
    items: Sequence[pytest.Item], live: LiveFunctions, paths: Collection[str], data: str, failures: Failures
) -> dict[str, tuple[float, bool]]:
    """Run all; return (seconds, whether it passes) by test. A cache would hide from later tests what they reach."""
    include = [str(live.root / path) for path in paths]
    measured = coverage.Coverage(data_file=data, config_file=False, include=include, messages=False)
    measured.erase()
    measured.start()
    ends = {}
    for item, following in zip(items, [*items[1:], None], strict=True):
        live.clear_caches()
        measured.switch_context(item.nodeid)
        started = time.monotonic()
        passes = run(item, following, failures)
        ends[item.nodeid] = time.monotonic() - started, passes
    measured.stop()
    measured.save()
    return ends


def _lines_by_test(root: Path, paths: Collection[str], data: str) -> dict[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = {}
    measured = coverage.CoverageData(data)
    measured.read()
    for path in paths:
        for line, tests in measured.contexts_by_lineno(str(root / path)).items():
            for test in tests:
                found.setdefault(test, {}).setdefault(path, []).append(line)
    return found
