"""Draws mutants and runs each against its room's tests: `python -m tests.mutation --count 400 --seed 7`.

Works on a copy of the tracked files, so that the checkout is never wrong; the servers of the checkout are shared.
Prints the seed, one line per mutant as it ends, then the survivors. `--only rewards/engine` draws from a part.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.rooms import files_of_rooms

ROOT = Path(__file__).resolve().parents[2]
KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"


def main() -> int:
    asked = _asked()
    rooms = files_of_rooms(ROOT, asked.only)
    mutants = [mutant for path in rooms for mutant in mutants_of(ROOT, path)]
    drawn = random.Random(asked.seed).sample(mutants, min(asked.count, len(mutants)))
    print(f"seed {asked.seed}: {len(drawn)} of {len(mutants)} mutants in {len(rooms)} files", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        copy = Path(place)
        _copy_tracked(copy)
        ends = [(mutant, _try(copy, mutant, rooms[mutant.path], asked.timeout)) for mutant in drawn]
    return _report(ends)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.mutation", description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", default="", help="only files whose path contains this")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one mutant, then killed")
    return parser.parse_args()


def _copy_tracked(copy: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    for folder in ROOT.glob("locale/*/LC_MESSAGES"):  # made, not tracked
        shutil.copytree(folder, copy / folder.relative_to(ROOT), dirs_exist_ok=True)


def _try(copy: Path, mutant: Mutant, tests: tuple[str, ...], timeout: int) -> str:
    target = copy / mutant.path
    sound = target.read_text()
    target.write_text(mutant.source)
    started = time.monotonic()
    try:
        end = _run(copy, tests, timeout)
    finally:
        target.write_text(sound)
    seconds = time.monotonic() - started
    print(f"{end:9} {seconds:5.0f} s  {mutant.path}:{mutant.line}  {mutant.change}", flush=True)
    return end


def _run(copy: Path, tests: tuple[str, ...], timeout: int) -> str:
    """The room's tests in the order given, up to the first that fails."""
    there = [test for test in tests if (copy / test).exists()]
    options = ["-n", "0", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"]
    command = [sys.executable, "-m", "pytest", *options, *there]
    environment = {
        **os.environ,
        "LOYALTY_VAR_DIR": os.environ.get("LOYALTY_VAR_DIR", str(ROOT / "var")),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return TIMED_OUT
    return SURVIVED if done.returncode == 0 else KILLED


def _report(ends: list[tuple[Mutant, str]]) -> int:
    counts = Counter(end for _, end in ends)
    survivors = [mutant for mutant, end in ends if end == SURVIVED]
    killed = counts[KILLED] + counts[TIMED_OUT]
    print(f"\n{killed} of {len(ends)} killed ({counts[TIMED_OUT]} by the clock), {len(survivors)} survived")
    for mutant in sorted(survivors, key=lambda one: (one.path, one.line)):
        print(f"  {mutant.path}:{mutant.line}  {mutant.change}")
    return 0 if ends and killed / len(ends) >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
