"""Request bodies: read whole, within a deadline and a size, before a thread is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, Final

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

DEADLINE_SECONDS: Final = 10.0
SLOWEST_BYTES_PER_SECOND: Final = 65_536
IN_MEMORY_BYTES: Final = 65_536
MOST_DRAINED_BYTES: Final = 64 * 1024 * 1024
"""A body that is too large is read to its end all the same, or the sender would see a broken connection, no answer."""


class BodyTooSlow(Exception):
    """The deadline passed before the body had come."""


class BodyUnreadable(Exception):
    """The body ended before its end, or its chunks are none.

    The server tells both alike: a sender that is gone does not read the answer, one that sent nonsense does.
    """


@dataclass(frozen=True)
class Body:
    """`file` holds the whole body, or nothing when `size` is above the limit."""

    file: SpooledTemporaryFile[bytes]
    size: int
    is_too_large: bool


async def read_body(receive: Receive, *, limit: int, declared: int | None) -> Body:
    """Read the whole body. Raises BodyTooSlow, BodyUnreadable.

    The deadline moves with what has come, so a large file over a thin line arrives while a drip is cut off after
    DEADLINE_SECONDS. Of a body above `limit` nothing is kept; above MOST_DRAINED_BYTES it is not even read.
    """
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
    if declared == 0:
        return Body(file, 0, is_too_large=False)
    if declared is not None and declared > MOST_DRAINED_BYTES:
        return Body(file, declared, is_too_large=True)
    size = 0
    started = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS) as deadline:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    file.close()
                    raise BodyUnreadable
                chunk = message.get("body", b"")
                size += len(chunk)
                if size <= limit:
                    file.write(chunk)
                if not message.get("more_body"):
                    break
                if size > MOST_DRAINED_BYTES:
                    break
                deadline.reschedule(started + DEADLINE_SECONDS + size / SLOWEST_BYTES_PER_SECOND)
    except TimeoutError:
        file.close()
        raise BodyTooSlow from None
    if size > limit:
        file.seek(0)
        file.truncate()
    file.seek(0)
    return Body(file, size, is_too_large=size > limit)
