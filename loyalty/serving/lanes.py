"""Lanes: a pool of threads for each kind of request, and before it a bounded queue in which senders take turns.

Who waits in the queue holds no thread. The next turn goes to the sender who has waited longest for one, so a shop with
seven hundred open connections waits behind itself, not before its neighbour.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass
from typing import TypeVar

from common.lock_waits import lock_room

T = TypeVar("T")


class LaneFull(Exception):
    """There is no room to wait, or the wait took too long."""


@dataclass(frozen=True)
class LanePlan:
    """How much a lane holds. `lock_waits` are further threads, only for requests that wait for a lock."""

    name: str
    threads: int
    lock_waits: int = 0
    queue: int = 256
    queue_per_sender: int = 32
    patience_seconds: float = 5.0


class Lane:
    """Everything but the work itself happens in the event loop, so nothing here needs a lock of its own."""

    def __init__(self, plan: LanePlan) -> None:
        self.plan = plan
        self.free = plan.threads
        self.waiting = 0
        self.lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self.lock_waits = threading.Semaphore(plan.lock_waits)
        self.pool = ThreadPoolExecutor(plan.threads + plan.lock_waits, thread_name_prefix=plan.name)

    async def run(self, sender: str, work: Callable[[], T]) -> T:
        """Return what `work` returns, from a thread of this lane, in a context of its own. Raises LaneFull.

        A caller that is cancelled leaves at once; the turn ends when the thread has finished the work.
        """
        await self._wait_for_turn(sender)
        loop = asyncio.get_running_loop()
        turn = Turn(self, loop)
        try:
            job = loop.run_in_executor(self.pool, Context().run, turn.carry_out, work)
        except RuntimeError:  # the pool was shut down
            turn.end()
            raise
        job.add_done_callback(lambda _: turn.end())
        return await asyncio.shield(job)

    async def _wait_for_turn(self, sender: str) -> None:
        if self.free > 0:
            self.free -= 1
            return
        line = self.lines.get(sender)
        if self.waiting >= self.plan.queue or (line is not None and len(line) >= self.plan.queue_per_sender):
            raise LaneFull
        loop = asyncio.get_running_loop()
        ticket = loop.create_future()
        self.lines.setdefault(sender, deque()).append(ticket)
        timer = loop.call_later(self.plan.patience_seconds, _give_up, ticket)
        self.waiting += 1
        try:
            await ticket
        except asyncio.CancelledError:
            if _is_granted(ticket):
                self.give_turn()
            raise
        finally:
            self.waiting -= 1
            timer.cancel()
            self._leave_line(sender, ticket)

    def _leave_line(self, sender: str, ticket: asyncio.Future[None]) -> None:
        """Leave the line: a ticket without a turn takes no room of those who come after it."""
        line = self.lines.get(sender)
        if line is not None and ticket in line:
            line.remove(ticket)
            if not line:
                del self.lines[sender]

    def give_turn(self) -> None:
        """Give a thread that became free to the next sender in the round."""
        while self.lines:
            sender, line = self.lines.popitem(last=False)
            ticket = line.popleft()
            if line:
                self.lines[sender] = line
            if not ticket.done():
                ticket.set_result(None)
                return
        self.free += 1


class Turn:
    """One request's time in a thread. It is the room that `common.lock_waits` asks."""

    def __init__(self, lane: Lane, loop: asyncio.AbstractEventLoop) -> None:
        self.lane = lane
        self.loop = loop
        self.waits_for_lock = False

    def carry_out(self, work: Callable[[], T]) -> T:
        lock_room.set(self)
        return work()

    def enter(self) -> bool:
        """Return, in the thread, whether it may wait for a lock; its turn is given away while it does."""
        if not self.waits_for_lock:
            if not self.lane.lock_waits.acquire(blocking=False):
                return False
            self.waits_for_lock = True
            self.loop.call_soon_threadsafe(self.lane.give_turn)
        return True

    def end(self) -> None:
        if self.waits_for_lock:
            self.lane.lock_waits.release()
        else:
            self.lane.give_turn()


def _is_granted(ticket: asyncio.Future[None]) -> bool:
    return ticket.done() and not ticket.cancelled() and ticket.exception() is None


def _give_up(ticket: asyncio.Future[None]) -> None:
    if not ticket.done():
        ticket.set_exception(LaneFull())
