"""What every request came to: counts, times, differences, and a line of JSON each."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, Any


@dataclass
class Journal:
    """`ok`: a success. `fail`: a definite refusal. `unknown`: cut, timed out or 5xx, so it is sent again."""

    lines: IO[str] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: str, *, seconds: float, operation: str, **facts: Any) -> None:
        with self._lock:
            self.counts[outcome] += 1
            self.operations[f"{operation} {outcome}"] += 1
            if outcome == "ok":
                self.times.append(seconds)
            if self.lines is not None:
                entry = {"at": round(time.time(), 3), "outcome": outcome, "operation": operation, **facts}
                self.lines.write(json.dumps({**entry, "ms": round(seconds * 1000, 1)}) + "\n")
                self.lines.flush()

    def surprise(self, text: str) -> None:
        """Note something that must not happen, whatever the network does."""
        with self._lock:
            self.counts["surprise"] += 1
            self.unexpected.append(text)

    def percentile(self, share: float) -> float:
        """Return milliseconds of the successful requests."""
        times = sorted(self.times)
        return round(times[min(len(times) - 1, int(share * len(times)))] * 1000, 1) if times else 0.0
