"""Lanes: bounded queues in which senders take turns, and threads that never all wait for locks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.lock_waits import lock_room, may_wait_for_lock
from loyalty.serving.lanes import Lane, LaneFull, LanePlan
from tests.runtime.stories import run_story

HANGS_SECONDS = 30


@dataclass
class Held:
    """Work that goes on until it is let go; `started` lists who was begun, in order."""

    started: list[str] = field(default_factory=list)
    gates: dict[str, threading.Event] = field(default_factory=dict)

    def work(self, name: str, *, waits_for_lock: bool = False) -> Callable[[], str]:
        gate = self.gates.setdefault(name, threading.Event())

        def carry_out() -> str:
            if waits_for_lock and not may_wait_for_lock():
                return "refused"
            self.started.append(name)
            assert gate.wait(HANGS_SECONDS)
            return name

        return carry_out

    def let_go(self, *names: str) -> None:
        for name in names or tuple(self.gates):
            self.gates[name].set()


def in_lane(plan: LanePlan, story: Callable[[Lane, Held], Awaitable[Any]]) -> Any:
    held = Held()

    async def tell() -> Any:
        lane = Lane(plan)
        try:
            return await asyncio.wait_for(story(lane, held), HANGS_SECONDS)
        finally:
            held.let_go()
            lane.pool.shutdown()

    return run_story(tell())


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.001)


def test_the_next_turn_goes_to_the_sender_who_waits_longest_for_one() -> None:
    async def story(lane: Lane, held: Held) -> list[str]:
        begun = [asyncio.create_task(lane.run("crowd", held.work("crowd-0")))]
        await until(lambda: held.started == ["crowd-0"])
        begun += [asyncio.create_task(lane.run("crowd", held.work(f"crowd-{n}"))) for n in range(1, 6)]
        begun += [asyncio.create_task(lane.run("till", held.work("till-0")))]
        await until(lambda: lane.waiting == 6)
        held.let_go()
        await asyncio.gather(*begun)
        return held.started

    order = in_lane(LanePlan("one", threads=1), story)
    assert order == ["crowd-0", "crowd-1", "till-0", "crowd-2", "crowd-3", "crowd-4", "crowd-5"]


@pytest.mark.parametrize(
    ("plan", "senders"),
    [
        (LanePlan("short", threads=1, queue=3), ["a", "b", "c", "d"]),
        (LanePlan("per sender", threads=1, queue=99, queue_per_sender=3), ["a"] * 4),
    ],
)
def test_who_finds_the_queue_full_is_answered_at_once(plan: LanePlan, senders: list[str]) -> None:
    async def story(lane: Lane, held: Held) -> None:
        begun = [asyncio.create_task(lane.run("first", held.work("first")))]
        begun += [asyncio.create_task(lane.run(sender, held.work(str(n)))) for n, sender in enumerate(senders[:3])]
        await until(lambda: lane.waiting == 3)
        with pytest.raises(LaneFull):
            await lane.run(senders[3], held.work("too many"))
        held.let_go()
        await asyncio.gather(*begun)
        assert await lane.run(senders[3], lambda: "there is room again") == "there is room again"

    in_lane(plan, story)


def test_no_one_waits_for_ever_and_who_gave_up_takes_no_turn() -> None:
    async def story(lane: Lane, held: Held) -> None:
        busy = asyncio.create_task(lane.run("a", held.work("busy")))
        await until(lambda: held.started == ["busy"])
        with pytest.raises(LaneFull):
            await lane.run("b", held.work("impatient"))
        held.let_go("busy")
        await busy
        assert await lane.run("c", lambda: "next") == "next"
        assert held.started == ["busy"]
        assert (lane.free, lane.waiting) == (1, 0)

    in_lane(LanePlan("impatient", threads=1, patience_seconds=0.05), story)


def test_those_who_wait_for_locks_give_their_turn_away_and_are_at_most_two() -> None:
    async def story(lane: Lane, held: Held) -> None:
        stuck = [asyncio.create_task(lane.run("x", held.work(f"stuck-{n}", waits_for_lock=True))) for n in range(2)]
        await until(lambda: len(held.started) == 2)
        third = await lane.run("x", held.work("third", waits_for_lock=True))
        assert third == "refused", "a third one would have waited"
        neighbours = [asyncio.create_task(lane.run("y", held.work(f"neighbour-{n}"))) for n in range(2)]
        await until(lambda: len(held.started) == 4)  # their turns were given away
        held.let_go()
        await asyncio.gather(*stuck, *neighbours)
        assert lane.free == 2
        again = held.work("again", waits_for_lock=True)
        held.let_go("again")
        assert await lane.run("x", again) == "again", "the room was not given back"

    in_lane(LanePlan("tills", threads=2, lock_waits=2), story)


def test_without_the_rule_waiters_take_every_thread() -> None:
    """The negative control: the same story with waiters that do not say so."""

    async def story(lane: Lane, held: Held) -> None:
        stuck = [asyncio.create_task(lane.run("x", held.work(f"stuck-{n}"))) for n in range(2)]
        await until(lambda: len(held.started) == 2)
        with pytest.raises(LaneFull):
            await lane.run("y", held.work("neighbour"))
        held.let_go()
        await asyncio.gather(*stuck)

    in_lane(LanePlan("tills", threads=2, lock_waits=2, patience_seconds=0.1), story)


def test_failed_work_gives_its_turn_back() -> None:
    async def story(lane: Lane, held: Held) -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await lane.run("a", lambda: 1 // 0)
        assert lane.free == 1

    in_lane(LanePlan("one", threads=1), story)


@pytest.mark.parametrize("steps_before_it_wakes", [0, 1])
def test_a_turn_given_to_who_is_cancelled_before_waking_goes_on(steps_before_it_wakes: int) -> None:
    async def story(lane: Lane, held: Held) -> None:
        busy = asyncio.create_task(lane.run("a", held.work("busy")))
        await until(lambda: held.started == ["busy"])
        gone = asyncio.create_task(lane.run("b", held.work("gone")))
        next_one = asyncio.create_task(lane.run("c", lambda: "next"))
        await until(lambda: lane.waiting == 2)
        if steps_before_it_wakes == 0:
            lane.give_turn()  # granted; the task has not woken
            lane.free -= 1  # that turn was a second one, which this lane does not have
            gone.cancel()
            lane.free += 1
        else:
            gone.cancel()
        held.let_go("busy")
        await busy
        assert await next_one == "next"
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert held.started == ["busy"]
        assert lane.lines == {}

    in_lane(LanePlan("one", threads=1), story)


def test_a_cancelled_caller_leaves_its_thread_counted_until_the_work_is_done() -> None:
    async def story(lane: Lane, held: Held) -> None:
        left = asyncio.create_task(lane.run("a", held.work("left", waits_for_lock=False)))
        await until(lambda: held.started == ["left"])
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        assert lane.free == 0, "the thread still works"
        held.let_go("left")
        await until(lambda: lane.free == 1)

    in_lane(LanePlan("one", threads=1), story)


def test_who_gave_up_takes_no_room_in_the_line() -> None:
    async def story(lane: Lane, held: Held) -> None:
        busy = asyncio.create_task(lane.run("a", held.work("busy")))
        await until(lambda: held.started == ["busy"])
        for _ in range(3):
            with pytest.raises(LaneFull):
                await lane.run("b", held.work("impatient"))
        assert lane.lines == {}
        held.let_go()
        await busy

    in_lane(LanePlan("impatient", threads=1, queue_per_sender=2, patience_seconds=0.05), story)


def test_each_request_has_a_context_of_its_own() -> None:
    async def story(lane: Lane, held: Held) -> None:
        rooms = [await lane.run("a", lock_room.get) for _ in range(2)]
        assert rooms[0] is not rooms[1]

    in_lane(LanePlan("one", threads=1), story)


def test_outside_of_a_lane_everybody_may_wait() -> None:
    with no_room():
        assert may_wait_for_lock()


@contextmanager
def no_room() -> Iterator[None]:
    token = lock_room.set(None)
    try:
        yield
    finally:
        lock_room.reset(token)
