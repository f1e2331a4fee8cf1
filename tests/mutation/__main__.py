"""Draws mutants and tries each against its room's tests: `python -m tests.mutation --count 400 --seed 7`.

The tests are collected once. Each mutant is put into the functions of a fork of that process, which runs those of the
room's tests that reach the changed line, the quickest first, up to the first that fails. The checkout is not changed.
Prints the seed, one line per mutant as it ends, then the survivors. What was tried is kept in the folder `--kept`: the
same command goes on where it was stopped, and tries those again that survived. `--only rewards/engine` draws from a
part, `--function take_back` only from functions of that name.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.mutants import draw, mutants_of
from tests.mutation.rooms import files_of_rooms
from tests.mutation.trying import DEAD, TIMED_OUT, End, MutantTrial

ROOT = Path(__file__).resolve().parents[2]
WANTED_SHARE = 0.95
OPTIONS = ("-n", "0", "-s", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-profile=mutants")


def main() -> int:
    asked = _asked()
    rooms = files_of_rooms(ROOT, asked.only)
    found = [mutant for path in rooms for mutant in mutants_of(ROOT, path)]
    found = [mutant for mutant in found if asked.function in ("", mutant.function)]
    drawn = draw(found, asked.count, asked.seed)
    print(f"seed {asked.seed}: {len(drawn)} of {len(found)} mutants in {len(rooms)} files", flush=True)
    asked.kept.mkdir(parents=True, exist_ok=True)
    trial = MutantTrial(ROOT, drawn, rooms, asked.kept, asked.look)
    tests = sorted({test for tests in rooms.values() for test in tests if (ROOT / test).exists()})
    if pytest.main([*OPTIONS, *tests], plugins=[trial]) != pytest.ExitCode.OK:
        return 2
    return _report(trial.ends, trial.seconds)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.mutation", description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", default="", help="only files whose path contains this")
    parser.add_argument("--function", default="", help="only functions of this name")
    parser.add_argument("--kept", type=Path, default=ROOT / "var" / "mutation", help="where results are kept")
    parser.add_argument("--look", type=float, default=3600, help="seconds of tests for one mutant: a first look")
    return parser.parse_args()


def _report(ends: list[End], seconds: float) -> int:
    counts = Counter(end.how for end in ends)
    dead = sum(counts[how] for how in DEAD)
    print(
        f"\n{dead} of {len(ends)} killed ({counts[TIMED_OUT]} by the clock) in {seconds / 60:.0f} minutes", flush=True
    )
    for end in sorted(ends, key=lambda end: (end.mutant.path, end.mutant.line)):
        if end.how not in DEAD:
            print(f"  {end.line}")
    return 0 if ends and dead / len(ends) >= WANTED_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
