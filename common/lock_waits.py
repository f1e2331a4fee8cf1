"""How work inside a request tells the server before it that it has to wait.

A thread that serves requests is worth more than its turn: anyone who waits for a lock in the database asks first
whether there is still room to wait, and an answer that says "not now" may ask to be held back, so that a client that
asks again at once does not turn the server's wheels for nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final, Protocol

WAIT_HEADER: Final = "X-Loyalty-Wait"
"""On an answer: so many seconds pass, without a thread, before it is sent (a GET is tried again instead)."""


class LockRoom(Protocol):
    """Where the request in this context may wait for a lock."""

    def enter(self) -> bool:
        """Return True when the request may wait now; its turn then goes to another one."""


lock_room: ContextVar[LockRoom | None] = ContextVar("lock_room", default=None)


def may_wait_for_lock() -> bool:
    """Return whether this request may wait long for a lock; outside the web server always."""
    room = lock_room.get()
    return room is None or room.enter()
