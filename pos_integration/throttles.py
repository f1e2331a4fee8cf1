"""Guessing coupon codes: 10 failures a minute or 50 an hour from one till close its codes for 15 minutes.

Counted in Redis for all processes together and in this process besides: while Redis is away the local count
goes on, so the gate is never simply open. Buckets carry the merchant; occurred_at plays no part.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

import structlog
from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from merchants.facts import TillCredential

T = TypeVar("T")

PER_MINUTE: Final[RateLimitItem] = RateLimitItemPerMinute(10, namespace="codes")
PER_HOUR: Final[RateLimitItem] = RateLimitItemPerHour(50, namespace="codes")
MERCHANT_ALARM: Final[RateLimitItem] = RateLimitItemPerHour(1000, namespace="codes-alarm")
COOL_DOWN_SECONDS: Final = 15 * 60
PAUSE_SECONDS: Final = 5.0

log = structlog.get_logger("loyalty.api")


class FailureCounter:
    """One place to count in: Redis or this process."""

    def __init__(self, storage: Any) -> None:
        self._storage: Storage = storage
        self._windows = MovingWindowRateLimiter(storage)

    def seconds_closed(self, till: TillCredential) -> int:
        """How long the till's codes stay closed; 0 when they are open."""
        key = _cool_down_key(till)
        if not self._storage.get(key):
            return 0
        return max(1, int(self._storage.get_expiry(key) - time.time()) + 1)

    def count_failure(self, till: TillCredential) -> bool:
        """Counts one; True when it was the one that closed the codes."""
        names = (str(till.merchant.id), str(till.till_id))
        if not self._windows.hit(MERCHANT_ALARM, names[0]):
            log.error("a merchant's tills try very many wrong codes", merchant=names[0])
        for window in (PER_MINUTE, PER_HOUR):
            self._windows.hit(window, *names)
        if all(self._windows.get_window_stats(window, *names).remaining > 0 for window in (PER_MINUTE, PER_HOUR)):
            return False
        return self._storage.incr(_cool_down_key(till), COOL_DOWN_SECONDS) == 1

    def forget(self) -> None:
        self._storage.reset()


class CodeGuard:
    """The gate before every look at a coupon code."""

    def __init__(self, redis_url: str) -> None:
        timeouts: dict[str, Any] = {"socket_connect_timeout": 0.25, "socket_timeout": 0.5}
        self._shared = FailureCounter(RedisStorage(redis_url, key_prefix="throttle", **timeouts))
        self._local = FailureCounter(MemoryStorage())
        self._ask_redis_again_at = 0.0

    def seconds_closed(self, till: TillCredential) -> int:
        shared = self._with_redis(lambda: self._shared.seconds_closed(till), 0)
        return max(shared, self._local.seconds_closed(till))

    def count_failure(self, till: TillCredential) -> bool:
        """True when this failure closed the codes of the till."""
        shared = self._with_redis(lambda: self._shared.count_failure(till), None)
        local = self._local.count_failure(till)
        return local if shared is None else shared

    def forget(self) -> None:
        """Opens every till's codes and drops the counts."""
        self._with_redis(self._shared.forget, None)
        self._local.forget()

    def _with_redis(self, ask: Callable[[], T], away: T) -> T:
        if time.monotonic() < self._ask_redis_again_at:
            return away
        try:
            return ask()
        except RedisError:
            self._ask_redis_again_at = time.monotonic() + PAUSE_SECONDS
            log.warning("redis is away, codes are counted inside the process", pause_seconds=PAUSE_SECONDS)
            return away


@lru_cache(maxsize=1)
def code_guard() -> CodeGuard:
    return CodeGuard(settings.REDIS_URL)


def _cool_down_key(till: TillCredential) -> str:
    return f"codes-closed/{till.merchant.id}/{till.till_id}"
