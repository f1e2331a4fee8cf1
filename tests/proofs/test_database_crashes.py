"""A crash of the database server takes nothing of a batch that a till has learnt of, though its items share one wait.

The servers are the proof's own: they are stopped without a checkpoint and recover from their log.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loyalty.postgres_server import Cluster
from loyalty.server_plan import ServerPlan
from tests.product_server import ROOT

CONTROLS = 4


def crash_while_batches_come(folder: Path, *options: str) -> dict[str, Any]:
    own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.proofs.crashing_database", str(random.randrange(10**6)), *options],
            cwd=ROOT,
            env={**own, "LOYALTY_VAR_DIR": str(folder)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    finally:
        shutil.rmtree(Cluster(folder, ServerPlan("", 0, 0, 0, "", "", "", "")).home, ignore_errors=True)
    assert done.returncode == 0, done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    print(said)
    return said


@pytest.mark.proof
@pytest.mark.short_proof
@pytest.mark.timeout(300)
def test_no_item_that_a_till_was_told_of_is_lost(tmp_path: Path) -> None:
    """A crash has to fall into a batch, so it has a few tries; in none of them may anything be lost."""
    cut_batches = taken_untold = 0
    for number in range(CONTROLS):
        found = crash_while_batches_come(tmp_path / f"var{number}")
        assert (found["told_and_lost"], found["never_done"]) == ([], 0)
        cut_batches += found["cut_batches"]
        taken_untold += found["taken_untold"]
        if cut_batches and taken_untold:
            return
    assert cut_batches > 0
    assert taken_untold > 0


@pytest.mark.proof
def test_items_would_be_lost_if_no_one_looked_whether_they_are_still_there(tmp_path: Path) -> None:
    """The negative control: a crash has to fall into the right second, so it has a few tries."""
    runs = (crash_while_batches_come(tmp_path / f"var{number}", "--without-a-look") for number in range(CONTROLS))
    assert any(run["told_and_lost"] for run in runs)
