"""An event loop without a wall clock: its time jumps to the next appointment, so no load can make anything late."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.runtime.stories import run_story

T = TypeVar("T")


class HandMovedLoop(asyncio.SelectorEventLoop):
    """Seconds pass only when nothing else is left to do. For stories without threads: those take real time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.seconds


class _JumpingSelector(selectors.DefaultSelector):
    """Where the loop would sleep until an appointment, its clock is moved there."""

    def __init__(self, loop: HandMovedLoop) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout else timeout)
        if not ready and timeout:
            self.loop.seconds += timeout
        return ready


def run_by_hand(story: Coroutine[Any, Any, T]) -> T:
    """Run a story like `run_story`, on a clock moved by hand."""
    return run_story(story, HandMovedLoop)
