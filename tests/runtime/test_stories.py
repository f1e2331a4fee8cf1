"""Stories run, whatever ran in this thread before, as after a browser test."""

from __future__ import annotations

import asyncio

import pytest

from tests.runtime.hand_clock import run_by_hand
from tests.runtime.stories import run_story


async def later() -> str:
    await asyncio.sleep(0)
    return "told"


def test_a_loop_that_runs_in_this_thread_stops_no_story() -> None:
    async def in_a_running_loop() -> list[str]:
        refused = later()
        with pytest.raises(RuntimeError, match="running event loop"):
            asyncio.run(refused)
        refused.close()
        return [run_story(later()), run_by_hand(later())]

    assert run_story(in_a_running_loop()) == ["told", "told"]
