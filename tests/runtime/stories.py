"""Runs a story written as a coroutine, whatever ran in this thread before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")


def run_story(story: Coroutine[Any, Any, T], loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None) -> T:
    """Run like `asyncio.run`, in a thread of its own: a browser test leaves a loop running in the tests' thread."""

    def tell() -> T:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(story)

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(copy_context().run, tell).result()
