"""How many rows a batch takes: fewer when one took long, fewer again instead of failing on the time limit.

What makes a batch slow is mostly a plan from an old picture of the tables; so the picture is renewed as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from django.db import OperationalError

from common.statistics import refresh_statistics

SLOW_SECONDS: Final = 10.0
QUICK_SECONDS: Final = 1.0
MOST_DIVISOR: Final = 64
STATEMENT_TIMED_OUT: Final = "57014"

Result = TypeVar("Result")


@dataclass
class Pace:
    """Batches of 1/`divisor` of the usual size."""

    divisor: int = 1

    def rows(self, usual: int) -> int:
        """Return how many rows the next batch may take of a usual `usual`; at least one."""
        return max(1, usual // self.divisor)

    def run(self, batch: Callable[[], Result]) -> Result:
        """Run `batch`, a whole transaction, and again in smaller pieces while a statement of it is timed out.

        `batch` asks `rows` each time. Raises what it raises, a timeout too once the pieces cannot get smaller.
        Must be called outside of a transaction, apart from those of tests.
        """
        while True:
            started = time.monotonic()
            try:
                found = batch()
            except OperationalError as error:
                if not _is_timeout(error) or self.divisor >= MOST_DIVISOR:
                    raise
                self._slow_down()
                continue
            self._note_duration(time.monotonic() - started)
            return found

    def _note_duration(self, seconds: float) -> None:
        if seconds > SLOW_SECONDS:
            self._slow_down()
        elif seconds < QUICK_SECONDS:
            self.divisor = max(1, self.divisor // 2)

    def _slow_down(self) -> None:
        self.divisor = min(MOST_DIVISOR, self.divisor * 4)
        refresh_statistics()


def _is_timeout(error: OperationalError) -> bool:
    return getattr(error.__cause__, "pgcode", None) == STATEMENT_TIMED_OUT
