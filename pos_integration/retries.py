"""What passes by itself: deadlocks and lost connections are tried again here, other weather is answered 503.

Trying again is safe: every effect shares its transaction with the idempotency key. When the connection was lost
during COMMIT nobody knows whether it happened; the next attempt claims the key and finds out.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, connection

from common.errors import TemporarilyUnavailable

T = TypeVar("T")

RETRIES: Final = 3
_COLLISIONS: Final = frozenset({"40001", "40P01"})
_WEATHER: Final = frozenset({"55P03", "57014", "25006", "53100", "53200", "53300", "57P01", "57P02", "57P03"})
_WEATHER_CLASSES: Final = ("08", "53", "58")

log = structlog.get_logger("loyalty.api")


def run_retrying(work: Callable[[], T]) -> T:
    """Runs `work` (one whole transaction); raises TemporarilyUnavailable when the database cannot do it now."""
    for attempt in range(RETRIES + 1):
        try:
            return work()
        except (DatabaseError, InterfaceError) as error:
            code = _sqlstate(error)
            lost = _connection_lost(error, code)
            if not (lost or code in _COLLISIONS):
                if code in _WEATHER or (code or "").startswith(_WEATHER_CLASSES):
                    raise TemporarilyUnavailable from error
                raise
            log.warning("database attempt failed", attempt=attempt + 1, sqlstate=code, connection_lost=lost)
            if lost:
                _drop_connection()
            if attempt == RETRIES:
                raise TemporarilyUnavailable from error
        time.sleep(random.uniform(0.5, 1.5) * 0.02 * 2**attempt)  # noqa: S311 - jitter, not a secret
    raise TemporarilyUnavailable


def _sqlstate(error: Exception) -> str | None:
    code = getattr(error.__cause__, "pgcode", None)
    return str(code) if code else None


def _connection_lost(error: Exception, code: str | None) -> bool:
    """A broken or refused connection: the driver reports it without an SQLSTATE, or as the server goes down."""
    if code is None:
        return isinstance(error, InterfaceError) or type(error).__name__ == "OperationalError"
    return code in {"57P01", "57P02", "57P03"} or code.startswith("08")


def _drop_connection() -> None:
    """Forget the broken connection; never inside a surrounding transaction, whose end must see it."""
    if not connection.in_atomic_block:
        connection.close()
