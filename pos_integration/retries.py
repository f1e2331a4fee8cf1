"""What passes by itself: deadlocks and lost connections are tried again here, other weather is answered 503.

A lock that another transaction holds is waited for briefly. Anyone who has to wait longer needs room to wait: the
server has little of it, so that one locked row cannot take every thread. Without room the till is refused at once, and
the answer is held back a second, or a till that asks again and again would keep a thread busy with nothing else.

Trying again is safe: every effect shares its transaction with the idempotency key. When the connection was lost
during COMMIT it is unknown whether it happened; the next attempt claims the key and finds out.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, connection

from common.errors import TemporarilyUnavailable
from common.lock_waits import lock_room, may_wait_for_lock
from merchants.tenancy import lock_patience

T = TypeVar("T")

RETRIES: Final = 3
BRIEF_MS: Final = 30
LONG_MS: Final = 1_500
LONGEST_MS: Final = 1_700
_LOCK_TIMEOUT: Final = "55P03"
_COLLISIONS: Final = frozenset({"40001", "40P01"})
_WEATHER: Final = frozenset({"55P03", "57014", "25006", "53100", "53200", "53300", "57P01", "57P02", "57P03"})
_WEATHER_CLASSES: Final = ("08", "53", "58")

log = structlog.get_logger("loyalty.api")


class NoRoomToWait(TemporarilyUnavailable):
    """A lock is held by another transaction, and as many as may wait for locks are waiting already."""


def run_retrying(work: Callable[[], T]) -> T:
    """Run `work` (one whole transaction); raises TemporarilyUnavailable when the database cannot do it now."""
    patience = None if lock_room.get() is None else BRIEF_MS
    for attempt in range(RETRIES + 1):
        try:
            with lock_patience(patience, statement_ms=LONGEST_MS if patience == LONG_MS else None):
                return work()
        except (DatabaseError, InterfaceError, TemporarilyUnavailable) as error:
            code = _find_sqlstate(error)
            if code == _LOCK_TIMEOUT and patience == BRIEF_MS:
                if not may_wait_for_lock():
                    raise NoRoomToWait from error
                patience = LONG_MS
                continue
            _raise_unless_passing(error, code, attempt)
        time.sleep(random.uniform(0.5, 1.5) * 0.02 * 2**attempt)  # noqa: S311 - jitter, not a secret
    raise TemporarilyUnavailable


def _raise_unless_passing(error: Exception, code: str | None, attempt: int) -> None:
    """Return when another attempt may succeed, else raise; a lost connection is dropped first."""
    if isinstance(error, TemporarilyUnavailable):
        raise error
    lost = _connection_lost(error, code)
    if not (lost or code in _COLLISIONS):
        if code in _WEATHER or (code or "").startswith(_WEATHER_CLASSES):
            raise TemporarilyUnavailable from error
        raise error
    log.warning("database attempt failed", attempt=attempt + 1, sqlstate=code, connection_lost=lost)
    if lost:
        _drop_connection()
    if attempt == RETRIES:
        raise TemporarilyUnavailable from error


def _find_sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's own code, also behind a named error that was made of it."""
    cause = error.__cause__
    while cause is not None:
        code = getattr(cause, "pgcode", None)
        if code:
            return str(code)
        cause = cause.__cause__
    return None


def _connection_lost(error: Exception, code: str | None) -> bool:
    """Return whether the connection broke or was refused: there is no SQLSTATE, or the server is going down."""
    if code is None:
        return isinstance(error, InterfaceError) or type(error).__name__ == "OperationalError"
    return code in {"57P01", "57P02", "57P03"} or code.startswith("08")


def _drop_connection() -> None:
    """Forget the broken connection; never inside a surrounding transaction, whose end must see it."""
    if not connection.in_atomic_block:
        connection.close()
