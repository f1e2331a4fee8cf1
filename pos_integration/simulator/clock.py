"""A till's own clock, which may be wrong, and what the server has to make of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, Final

from pos_integration.simulator.journal import Journal

ACCEPTED: Final = 300.0
CORRECTED: Final = 86_400.0
ON_ITS_WAY: Final = 35.0
"""Seconds that a request may take until the server has read its clock."""
OFFSETS: Final = (0.0, 120.0, -2_400.0, 7_200.0, -108_000.0)
"""Seconds by which the tills' clocks are wrong, dealt out in turn: the last one by more than a day."""


@dataclass
class TillClock:
    """`offset`: seconds by which this clock is ahead; said in `X-Till-Clock`, or in `Date` where not `is_named`."""

    offset: float = 0.0
    is_named: bool = True
    _truth: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def headers(self) -> dict[str, str]:
        """Return the header that tells the server what this clock shows now."""
        now = time.time() + self.offset
        return {"X-Till-Clock": _write_instant(now)} if self.is_named else {"Date": formatdate(now, usegmt=True)}

    def stamp(self, reference: str, *, ago: float = 0.0) -> str:
        """Return what this clock showed `ago` seconds before now, and keep when that really was."""
        happened = time.time() - ago
        with self._lock:
            self._truth[reference] = happened
        return _write_instant(happened + self.offset)

    def check(self, journal: Journal, body: Mapping[str, Any], sold: Mapping[str, Any]) -> None:
        """Compare when the server says the receipt was printed with when it was; nothing for one without a time."""
        reference = body["reference"]
        if "occurred_at" not in body or reference not in self._truth:
            return
        happened, said = self._truth[reference], datetime.fromisoformat(sold["occurred_at"]).timestamp()
        flags = {warning["code"] for warning in sold["warnings"]}
        if abs(self.offset) <= ACCEPTED:
            first = last = happened + self.offset
        elif abs(self.offset) <= CORRECTED:
            first, last = happened, happened + ON_ITS_WAY
            if "clock_corrected" not in flags:
                journal.surprise(f"{reference}: a clock {self.offset:.0f} s off was not flagged")
        else:
            first, last = happened, time.time()
            if "clock_wrong" not in flags:
                journal.surprise(f"{reference}: a clock {self.offset:.0f} s off was believed")
        if not first - 2 <= said <= last + 2:
            journal.surprise(
                f"{reference}: printed {said - happened:+.0f} s from when it was, the clock {self.offset:+.0f}"
            )


def _write_instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
