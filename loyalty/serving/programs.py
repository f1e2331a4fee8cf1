"""The workers as programs to be kept running: each by itself, so that one that keeps dying takes no other with it."""

from __future__ import annotations

import sys
from pathlib import Path

from loyalty.supervisor import Program


def web_programs(descriptor: int, *, workers: int, logs: Path | None = None) -> list[Program]:
    """Return `workers` processes on one listening socket; their logs under `logs`, else on standard error."""
    command = [sys.executable, "-m", "loyalty.serving.worker", "--fd", str(descriptor)]
    return [
        Program(f"web-{number}", command, logs / f"web-{number}.log" if logs else None, pass_fds=(descriptor,))
        for number in range(1, workers + 1)
    ]
